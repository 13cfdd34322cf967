// The document or the shadow root around an element.

/** The focused element of the document or the shadow root around an element. */
export function activeIn(element: Element): Element | null {
  return (element.getRootNode() as Document | ShadowRoot).activeElement ?? null;
}

/** Whether an element is in a shadow root: it is part of another page, as a notebook's widget is. */
export function isInShadowRoot(element: Element): boolean {
  return element.getRootNode() instanceof ShadowRoot;
}
