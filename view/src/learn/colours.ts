// The page's colour scale for canvases: the same blue and orange as elsewhere, between which it blends.

const STOPS = ["n6", "n5", "n4", "n3", "n2", "n1", "z", "p1", "p2", "p3", "p4", "p5", "p6"];
const STEPS = 256;

export interface Palette {
  /** Red, green and blue of a value on the scale from −1 to 1, as one number for an image. */
  scale: Uint32Array;
  read(name: string): string;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
let known: { isDark: boolean; palette: Palette } | null = null;

/** The palette of the element's theme. Styles are read once a theme: to read them the browser lays the page out. */
export function paletteOf(element: HTMLElement): Palette {
  if (known?.isDark === dark.matches) return known.palette;
  const style = getComputedStyle(element);
  const colours = STOPS.map((name) => rgb(style.getPropertyValue(`--${name}`).trim()));
  const scale = Uint32Array.from({ length: STEPS }, (_, step) => {
    const at = (step / (STEPS - 1)) * (STOPS.length - 1);
    const [low, part] = [Math.min(Math.floor(at), STOPS.length - 2), at - Math.min(Math.floor(at), STOPS.length - 2)];
    const [r, g, b] = [0, 1, 2].map((one) => Math.round(colours[low]![one]! * (1 - part) + colours[low + 1]![one]! * part)) as [number, number, number];
    return (255 << 24) | (b << 16) | (g << 8) | r;
  });
  const words = new Map<string, string>();
  const read = (name: string) => {
    let colour = words.get(name);
    if (colour === undefined) words.set(name, (colour = style.getPropertyValue(`--${name}`).trim()));
    return colour;
  };
  known = { isDark: dark.matches, palette: { scale, read } };
  return known.palette;
}

function rgb(hex: string): [number, number, number] {
  const value = parseInt(hex.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/** Fill an image with values on the scale from −end to end. */
export function paint(image: ImageData, values: ArrayLike<number>, end: number, scale: Uint32Array, from = 0, stride = 1): void {
  const pixels = new Uint32Array(image.data.buffer);
  const factor = end > 0 ? (STEPS - 1) / 2 / end : 0;
  for (let place = 0; place < pixels.length; place++) {
    const value = values[from + place * stride]!;
    const step = Math.round((STEPS - 1) / 2 + value * factor);
    pixels[place] = scale[step < 0 ? 0 : step > STEPS - 1 ? STEPS - 1 : step || 0]!;
  }
}
