"""One recorded training step: every number of it, and the equation that made each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from clearprop.engines.base import Batch, TrainingState, TrainingTask
from clearprop.explaining.cells import cell_formula, evaluated, terms_of
from clearprop.explaining.formula import Formula, IndexedReduction, formula_of
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.names import Name, Names
from clearprop.explaining.record import Quantity, Record
from clearprop.explaining.render import Style, Writer
from clearprop.explaining.render_text import Text
from clearprop.explaining.titles import network_title, optimizer_title
from clearprop.readings.symbol import Symbol

PATHS_SHOWN = 24
"""How many of the step's paths the message about an unknown path lists."""

ADDRESS = re.compile(r"^([^\[\]]+)(?:\[([\d,\s]*)\])?$")


class UnknownQuantityError(KeyError):
    """A path that the step does not have; the message lists paths that it has."""

    def __str__(self) -> str:
        return str(self.args[0])


@dataclass(frozen=True, eq=False, repr=False)
class StepData:
    """The numbers and equations of one true training step on given rows. Immutable.

    ``step["dense1.dW"]`` is an array, ``step["dense1.dW[3,2]"]`` a number. What a reader does with
    them, printing, checking, pages, is :class:`clearprop.explaining.opened.Step`.

    Attributes
    ----------
    task, position, batch, rate
        What is trained, where training stood before the step, its rows, its learning rate.
    record
        Every quantity, in the order of computation.
    loss_after
        The rows' loss after the step; None, like `rate`, for a step without update.
    labels
        Names of model, rows, columns and classes.
    """

    task: TrainingTask
    position: TrainingState
    batch: Batch
    rate: float | None
    record: Record
    loss_after: float | None
    labels: StepLabels

    def __getitem__(self, path: str) -> Any:
        """Return the array at a path, or the number at ``path[row,column]``."""
        quantity, index = self.find(path)
        return quantity.value if index is None else quantity.value[index]

    def __contains__(self, path: object) -> bool:
        try:
            return isinstance(path, str) and bool(self.find(path))
        except (UnknownQuantityError, IndexError):
            return False

    @property
    def paths(self) -> tuple[str, ...]:
        """Every quantity's path, in the order of computation."""
        return tuple(self.record.quantities)

    @property
    def loss_before(self) -> float:
        """E, with the L2 penalty where there is one."""
        penalty = self.record.quantities.get("penalty")
        return float(self["E"]) + (0.0 if penalty is None else float(penalty.value))

    @property
    def loss_predicted(self) -> float | None:
        """The straight-line estimate of the loss's change: Σ dE/dθ · Δθ."""
        if self.rate is None:
            return None
        total = 0.0
        for path in self.task.layout.paths:
            slope = self[f"{path}.descended" if f"{path}.descended" in self else gradient(path)]
            total += float(np.sum(np.float64(slope) * np.float64(self[f"{path}.change"])))
        return total

    @property
    def title(self) -> str:
        """The headline: model, network, optimizer, step, rows."""
        rows = len(self["x"])
        labels = self.labels
        words = [
            labels.model,
            network_title(self.task.network, self.task.loss),
            optimizer_title(self.task.optimizer, self.rate),
            None if labels.step is None else f"step {labels.step:,}",
            labels.rows[0] if rows == 1 and labels.rows else f"{rows:,} row{'s' * (rows > 1)}",
        ]
        return "   ".join(word for word in words if word)

    def find(self, path: str) -> tuple[Quantity, tuple[int, ...] | None]:
        """Return the quantity at a path, and the cell if the path names one."""
        match = ADDRESS.match(path.strip())
        if match is None:
            raise UnknownQuantityError(f"{path!r} is no path; one looks like dense1.dW[3,2]")
        name, places = match.groups()
        quantity = self._quantity(name.strip())
        if places is None:
            return quantity, None
        shape = np.shape(quantity.value)
        index = tuple(int(place) for place in places.split(",") if place.strip())
        if len(index) != len(shape) or any(i >= n for i, n in zip(index, shape, strict=True)):
            size = " × ".join(map(str, shape)) or "a single number"
            raise IndexError(f"{name} is {size}: it has no cell [{places}], counting from 0")
        return quantity, index

    def _quantity(self, name: str) -> Quantity:
        path = self.names.get(name, name)
        path = self.record.aliases.get(path, path)
        if path not in self.record.quantities:
            raise UnknownQuantityError(_unknown(name, self.paths, [*self.names, *self.paths]))
        return self.record.quantities[path]

    def name_of(self, quantity: Quantity) -> Name:
        """Return what a quantity is called."""
        return self._words.of(quantity.path, self.record.aliases)

    def meaning_of(self, quantity: Quantity) -> str:
        """Return what a quantity is, in words."""
        return self._words.meaning(quantity.path)

    @cached_property
    def _words(self) -> Names:
        return Names(self.task.network, self.task.layout.paths)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Short names and the paths they stand for: W1, z1, a1, delta1, dW1, dense1.delta."""
        short: dict[str, str] = {}
        for path, quantity in self.record.quantities.items():
            word = typed(self.name_of(quantity))
            if word is not None:
                short.setdefault(word, path)
        for path in [*self.record.quantities, *self.record.aliases]:
            if path.endswith(".dy"):
                own = self.record.aliases.get(path, path)
                short.setdefault(f"{path.removesuffix('dy')}delta", own)
        return short

    def formula(self, symbol: Symbol, style: Style, numbers: bool = False) -> str:
        """Return how a symbol was made, in a style."""
        return Writer(style, self.name_of, numbers).write(formula_of(self.record, symbol))

    def equation(self, path: str, style: Style | None = None) -> str:
        """Return the equation of an array: ``∂E/∂W₁ = xᵀ δ₁``; a given one has none: ``x``."""
        style = style or Text()
        quantity, _ = self.find(path)
        name = style.name(self.name_of(quantity))
        if quantity.symbol.op == "given":
            return name
        return f"{name} = {self.formula(quantity.symbol, style)}"

    def cell(self, path: str) -> tuple[Quantity, tuple[int, ...], Formula]:
        """Return a number's quantity and place, and the formula that made it."""
        quantity, index = self.find(path)
        shape = np.shape(quantity.value)
        if index is None and int(np.prod(shape)) == 1:
            index = (0,) * len(shape)
        if index is None:
            size = " × ".join(map(str, shape))
            where = ",".join("0" for _ in shape)
            raise IndexError(f"{path} has {size} numbers; ask for one of them: {path}[{where}]")
        return quantity, index, cell_formula(self.record, quantity.symbol, index)

    def pulls(self, path: str) -> np.ndarray:
        """Return each row's contribution to one number of a gradient.

        Shape (N,); the contributions sum to the gradient. A descent step moves against them: a
        row with a positive one moves the parameter down.
        """
        quantity, _, formula = self.cell(path)
        rows = len(self["x"])
        if (
            isinstance(formula, IndexedReduction)
            and formula.letter == "n"
            and formula.kind == "sum"
        ):
            return np.array([evaluated(term) for term in terms_of(formula)])
        if rows == 1 and not isinstance(formula, IndexedReduction):
            return np.array([evaluated(formula)])
        raise ValueError(
            f"{quantity.path} is not a sum over rows; ask for a parameter's gradient, such as "
            f"{gradient(self.task.layout.paths[0])}[0,0]"
        )


def gradient(path: str) -> str:
    """Return the path of a parameter's gradient: dense1.W, dense1.dW."""
    layer, dot, name = path.rpartition(".")
    return f"{layer}{dot}d{name}"


def typed(name: Name) -> str | None:
    """Return a name as it is typed: W1, delta1, dW1; None for names that need more."""
    letters = {"δ": "delta", "γ": "gamma", "β": "beta", "η": "eta"}
    if not isinstance(name.index, int | None) or name.mark or name.before not in ("", "∂E/∂"):
        return None
    d = "d" if name.before else ""
    return f"{d}{letters.get(name.letter, name.letter)}{name.index or ''}"


def _unknown(name: str, paths: Sequence[str], known: Sequence[str]) -> str:
    import difflib  # only for a message: importing it takes a millisecond

    near = difflib.get_close_matches(name, known, 3, 0.5)
    near.sort(key=lambda other: other.lower() != name.lower())
    if near:
        return f"the step has no quantity {name!r}; did you mean {', '.join(near)}?"
    more = len(paths) - PATHS_SHOWN
    rest = f" and {more:,} more" if more > 0 else ""
    return f"the step has no quantity {name!r}; it has {', '.join(paths[:PATHS_SHOWN])}{rest}"
