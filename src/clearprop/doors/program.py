"""A prediction as a list of operations: what every door out writes in its own language.

The network's own definitions and its loss's link are run once on values that remember how they were
made (:mod:`clearprop.readings.symbol`). What does not depend on the inputs is a constant; the rest
are steps, in the order in which they were computed. No layer is known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.readings.symbol import Symbol, TracingNamespace

if TYPE_CHECKING:
    from clearprop.doors.served import Served

ROWS = (3, 5)
"""A network is traced with so many rows: its operations must be the same for both."""


OVER_ROWS = ("transpose", "pack", "norm")
"""Primitives that put rows together."""


class RowsMixedError(ValueError):
    """A prediction of one row depends on the other rows, so that it cannot be served row by row."""


@dataclass(frozen=True, eq=False)
class Step:
    """One operation of a program.

    Attributes
    ----------
    name : str
        Of its result.
    op : str
        A name of `clearprop.readings.symbol.PRIMITIVES`.
    args : tuple of str or number
        Names of earlier results, of constants or "x"; numbers that stand in a definition.
    attributes : dict
        axis and keepdims of sums and means.
    symbol : Symbol
        The operation with its value for some rows of zeros: for its shape.
    """

    name: str
    op: str
    args: tuple[Any, ...]
    attributes: Mapping[str, Any]
    symbol: Symbol


@dataclass(frozen=True, eq=False)
class Program:
    """The operations from inputs "x" (N, `inputs`) to results (N, width).

    Attributes
    ----------
    constants : dict of str to ndarray
        Parameters and what is computed from them alone, by name.
    steps : tuple of Step
        In an order in which they can be computed.
    results : tuple of str
        The names of what is computed: of steps, or "x".
    widths : tuple of int
        How many numbers a row of each result has.
    """

    inputs: int
    constants: Mapping[str, np.ndarray]
    steps: tuple[Step, ...]
    results: tuple[str, ...]
    widths: tuple[int, ...]

    @property
    def size(self) -> int:
        """How many numbers its constants hold."""
        return sum(constant.size for constant in self.constants.values())


class NamedTrace(TracingNamespace):
    """A tracing namespace that keeps the names of the parameters it is given."""

    def __init__(self, dtype: Any) -> None:
        super().__init__()
        self.dtype = dtype
        self.names: dict[int, str] = {}

    def named(self, tree: Any, prefix: str = "") -> Any:
        """Return a tree of arrays as symbols."""
        if isinstance(tree, Mapping):
            return {name: self.named(one, f"{prefix}{name}_") for name, one in tree.items()}
        if tree is None:
            return None
        symbol = self.given(np.asarray(tree, self.dtype))
        self.names[symbol.serial] = prefix.removesuffix("_")
        return symbol


Reader = Callable[[NamedTrace, Symbol], Sequence[Symbol]]
"""A function of a namespace and rows (N, inputs) that returns results."""


def program_of(served: Served, dtype: Any) -> Program:
    """Return the program of a prediction, computed in `dtype`.

    Raises
    ------
    RowsMixedError
        If the prediction of a row depends on the rows beside it, or on their number.
    """

    def read(trace: NamedTrace, x: Symbol) -> list[Symbol]:
        given = trace.named(served.network.recall(served.state), "running_")
        seen = served.before(trace, x)
        output, _ = served.network.forward(trace, trace.named(served.params), seen, given)
        return [served.after(served.link(trace, output))]

    return program(read, served.inputs, dtype)


def program(read: Reader, inputs: int, dtype: Any) -> Program:
    """Return the program of what a function of a namespace and rows computes.

    Raises
    ------
    RowsMixedError
        If the results of a row depend on the rows beside it, or on their number.
    """
    first, second = (_traced(read, rows, inputs, dtype) for rows in ROWS)
    if _shape_of(first) != _shape_of(second):
        raise RowsMixedError(
            "the network computes other things for other numbers of rows: it cannot be exported"
        )
    for step in first.steps:
        if _mixes_rows(step, first):
            raise RowsMixedError(
                f"the network computes {step.op!r} over rows, so that the prediction of one row "
                "depends on the others. A BatchNorm without running statistics does that: give "
                "the state that training returned, state=result.state"
            )
    return first


def _mixes_rows(step: Step, program: Program) -> bool:
    if step.op == "matmul":
        return step.args[1] not in program.constants
    return step.attributes.get("axis", 1) not in (1, -1) or step.op in OVER_ROWS


def _traced(read: Reader, rows: int, inputs: int, dtype: Any) -> Program:
    trace = NamedTrace(dtype)
    x = trace.given(np.zeros((rows, inputs), dtype))
    with np.errstate(all="ignore"):
        results = read(trace, x)
    return _written(x, results, trace.names)


def _written(x: Symbol, results: Sequence[Symbol], names: Mapping[int, str]) -> Program:
    """Return the program from symbols: what depends on x are steps, all else is constants."""
    order = list(_reachable(results))
    moving = {x.serial}
    for symbol in order:
        if any(arg.serial in moving for arg in symbol.args):
            moving.add(symbol.serial)
    if not moving.issuperset(result.serial for result in results):
        raise ValueError("the network's output does not depend on its inputs")
    called: dict[int, Any] = {x.serial: "x"}
    constants: dict[str, np.ndarray] = {}
    steps: list[Step] = []

    def name_of(symbol: Symbol) -> Any:
        if symbol.serial not in called:
            value = np.asarray(symbol.value)
            if not value.ndim:
                called[symbol.serial] = float(value)
            else:
                name = names.get(symbol.serial) or f"constant{len(constants) + 1}"
                constants[name], called[symbol.serial] = value, name
        return called[symbol.serial]

    for symbol in order:
        if symbol.serial in moving and symbol is not x:
            args = tuple(name_of(arg) for arg in symbol.args)
            name = called[symbol.serial] = f"v{len(steps) + 1}"
            steps.append(Step(name, symbol.op, args, dict(symbol.attributes), symbol))
    return Program(
        x.shape[1],
        constants,
        tuple(steps),
        tuple(called[result.serial] for result in results),
        tuple(result.shape[-1] for result in results),
    )


def _reachable(results: Sequence[Symbol]) -> Iterator[Symbol]:
    """Yield all symbols that results are made of, each after its arguments."""
    found: dict[int, Symbol] = {}
    waiting = [*results]
    while waiting:
        symbol = waiting.pop()
        if symbol.serial not in found:
            found[symbol.serial] = symbol
            waiting += symbol.args
    for serial in sorted(found):
        yield found[serial]


def _shape_of(program: Program) -> list[Any]:
    """Return what two programs of one network have in common."""
    steps = [(step.op, step.args, dict(step.attributes)) for step in program.steps]
    sizes = {name: constant.shape for name, constant in program.constants.items()}
    return [steps, sizes, program.results]
