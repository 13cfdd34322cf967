"""Screens of the page, kept small, and when two of them are the same to a reader.

Text is drawn a little differently by each version of Chromium, so means of 8 × 8 pixels are
compared: of these at most one in two thousand may differ by more than 12 of 255. A ring that
vanishes, a line of text that moves by four pixels, lines no longer dashed are more than that.
"""

import io
from pathlib import Path

import numpy as np
from PIL import Image

FOLDER = Path(__file__).parent / "screens"
KEPT, BLOCK = 4, 8
TOLERANCE, SHARE = 12, 0.0005

# Whatever fonts a machine has: those of fonts-dejavu-core, that every Debian with Chromium has.
FONTS = """
.clearprop, .clearprop * { font-family: "DejaVu Sans" !important; }
.clearprop :is(.mono, .mono *, button.number) { font-family: "DejaVu Sans Mono" !important; }
"""
WITH_FONTS = """(fonts) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(fonts);
  document.adoptedStyleSheets = [sheet];
  const context = document.createElement('canvas').getContext('2d');
  return ['Sans', 'Sans Mono'].map((name) => {
    context.font = `100px "DejaVu ${name}", serif`;
    return context.measureText('m').width;
  });
}"""


def with_fonts(page):
    """Let the page use the fonts that the kept screens were taken with."""
    widths = page.evaluate(WITH_FONTS, FONTS)
    assert np.round(widths).tolist() == [97, 60], "DejaVu is missing: apt install fonts-dejavu-core"


def pixels_of(png):
    """Return a PNG's pixels, rows × columns × 3."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)


def means(pixels, size):
    """Return the means of squares of pixels; what is left over at the edges is left out."""
    rows, columns = (length // size for length in pixels.shape[:2])
    squares = pixels[: rows * size, : columns * size].reshape(rows, size, columns, size, 3)
    return squares.mean(axis=(1, 3))


def keep(pixels, path):
    path.parent.mkdir(exist_ok=True)
    small = means(pixels, KEPT).round().astype(np.uint8)
    Image.fromarray(small).save(path, optimize=True)


def difference(pixels, path):
    """Return what differs from a kept screen, in words; empty where nothing does."""
    kept = pixels_of(path.read_bytes())
    new, old = means(pixels, BLOCK), means(kept, BLOCK // KEPT)
    if new.shape != old.shape:
        return f"the screen is {new.shape[:2]} blocks, was {old.shape[:2]}"
    apart = np.abs(new - old).max(axis=2)
    many = int((apart > TOLERANCE).sum())
    if many <= SHARE * apart.size:
        return ""
    row, column = np.unravel_index(apart.argmax(), apart.shape)
    return (
        f"{many} of {apart.size} blocks differ, most by {apart.max():.0f} of 255 "
        f"at pixel {column * BLOCK}, {row * BLOCK}"
    )


def lab(rgb):
    """Return a colour of 0 … 255 in CIE L*a*b* (D65)."""
    c = np.asarray(rgb) / 255
    linear = np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)
    to_xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    xyz = np.asarray(to_xyz) @ linear / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
