// The document, or the shadow root, that an element stands in.

/** The element with the focus in the document, or the shadow root, that an element stands in. */
export function activeIn(element: Element): Element | null {
  return (element.getRootNode() as Document | ShadowRoot).activeElement ?? null;
}

/** Whether an element stands in a page of somebody else's, apart from it in a shadow root. */
export function isGuest(element: Element): boolean {
  return element.getRootNode() instanceof ShadowRoot;
}
