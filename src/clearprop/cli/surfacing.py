"""What `clearprop surface` does: a model file and rows give a slice of the loss."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.cli.encoding import say_json
from clearprop.cli.pictures import check_picture, save_picture
from clearprop.cli.show import Page
from clearprop.data import DataError, open_dataset
from clearprop.data.labels import match, named
from clearprop.descent import NetworkLoss, Sharpness, random_surface, sharpness, terminal
from clearprop.descent.sharpness import CurvatureError
from clearprop.files.container import ModelFileError
from clearprop.saving import load
from clearprop.tables.trained_table import TrainedTable
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.descent import Surface


class SurfaceOptions(NamedTuple):
    """The options of the command."""

    distance: float
    points: int
    seed: int
    out: Path | None
    as_json: bool


def run(path: Path, source: str, wanted: SurfaceOptions) -> None:
    """Load the model, read the rows, and print the surface around the weights."""
    if wanted.out is not None:
        check_picture(wanted.out, pages=True, movies=False)
    model = load(path)
    if not isinstance(model, TrainedTable):
        raise ModelFileError(f"{path} holds an estimator that knows no table; use it from Python.")
    loss, weights = loss_of(model, source)
    # The middle is one of the points only where their number is odd.
    points = wanted.points + (wanted.points + 1) % 2
    found = random_surface(loss, weights, reach=wanted.distance, points=points, seed=wanted.seed)
    sharp = _sharpness(loss, weights)
    if wanted.as_json:
        bends = sharp.to_dict() if isinstance(sharp, Sharpness) else {"error": str(sharp)}
        told = {"model": str(path), "surface": found.to_dict(), "sharpness": bends}
        say_json(told)
    if isinstance(sharp, Sharpness):
        found = replace(found, sharpness=sharp)
    page = Page(silent=wanted.as_json)
    here = shown(loss.height(weights))
    page.line(f"{path}: {found.weights:,} weights, loss {here} on {found.rows:,} rows")
    page.line(found.convention)
    page.line()
    page.lines(picture(found))
    page.line(f"{terminal.density(found.heights)};  {terminal.END} the trained weights", "dim")
    page.line()
    page.lines(str(sharp).splitlines())
    if wanted.out is not None:
        page.line(f"saved {wanted.out} ({save_picture(found, wanted.out)})")


def _sharpness(loss: NetworkLoss, weights: np.ndarray) -> Sharpness | CurvatureError:
    """Return how sharply the loss bends, or why that is not known: the surface is worth seeing."""
    try:
        return sharpness(loss, weights)
    except CurvatureError as error:
        return error


def loss_of(model: TrainedTable, source: str) -> tuple[NetworkLoss, np.ndarray]:
    """Return the loss of a model on the rows of a table, and the model's weights.

    Of several networks it is the first.
    """
    dataset = open_dataset(source, model.target_name if _has_names(source) else None)
    inputs, _ = model.encode(dataset.X)
    estimator = model.estimator
    y: Any = dataset.y
    if model.task == "classification":
        codes = match(named(dataset), estimator.classes_, dataset.name).codes
        known = codes < len(estimator.classes_)
        inputs, y = inputs[known], estimator.classes_[codes[known]]
    elif y.dtype.kind not in "iuf":
        raise DataError(f"{source}: the target {model.target_name} does not hold numbers.")
    else:
        y = y.astype(float)
    found = model.opened(inputs, y)
    loss = NetworkLoss.of(found.network, found.loss, found.params, found.inputs, found.targets)
    return loss, loss.layout.pack(found.params)


def _has_names(source: str) -> bool:
    """Return whether a source is a file whose columns have names."""
    return source.lower().removesuffix(".gz").endswith((".csv", ".tsv", ".parquet"))


def picture(surface: Surface, columns: int = 61, rows: int = 21) -> list[str]:
    """Return a surface of two directions as lines of text, its middle marked."""
    assert surface.b is not None
    across = np.rint(np.linspace(0, len(surface.a) - 1, columns)).astype(int)
    down = np.rint(np.linspace(len(surface.b) - 1, 0, rows)).astype(int)
    lines = terminal.shades_of(surface.heights[np.ix_(down, across)])
    lines[rows // 2][columns // 2] = terminal.END
    reach = float(surface.a[-1])
    return terminal.labelled(lines, (shown(reach), shown(-reach)), (shown(-reach), shown(reach)))
