"""A definition exported as data, written as equations.

`clearprop.learning.exported` has every layer, loss and optimizer as a program: nodes, and the
results that they make. A result is an equation in terms of the other results and of what is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from math import pi
from typing import Any

from clearprop.explaining.formula import Applied, Formula, LiteralNumber, WholeArray
from clearprop.explaining.names import Name
from clearprop.explaining.record import Quantity
from clearprop.explaining.render import ATOM, MULTIPLIED, SUMMED, Style, Writer, call

Program = Mapping[str, Any]
Node = Mapping[str, Any]

NUMBERS = {"rate", "N", "state.t", "length", "inputs", "outputs", "then.factor"}
"""What is one number for the whole network; everything else that is given is an array."""

DERIVED = {"x": "x", "y": "y", "W": "W", "b": "b", "gamma": "γ", "beta": "β"}
NAMES = {
    **{name: Name(letter) for name, letter in DERIVED.items()},
    **{f"d{name}": Name(letter, before="∂E/∂") for name, letter in DERIVED.items()},
    "saved.x_hat": Name("x̂"), "saved.mean": Name("μ"), "saved.variance": Name("v"),
    "saved.inverse_sd": Name("r"), "state.mean": Name("μ", "running"),
    "state.variance": Name("v", "running"),
    "inner.x": Name("x", "inner"), "inner.y": Name("y", "inner"),
    "inner.dx": Name("x", "inner", before="∂E/∂"), "inner.dy": Name("y", "inner", before="∂E/∂"),
    "row_loss": Name("E", "n"), "weights": Name("w"), "rate": Name("η"),
    "params": Name("θ"), "inner.params": Name("θ", "inner"), "state.velocity": Name("v"),
    "state.square": Name("s"), "state.m": Name("m"), "state.v": Name("v"), "state.t": Name("step"),
    "penalty": Name("R"), "l2": Name("θ", before="∂R/∂"),
    "descended": Name("θ", before="∂(E + R)/∂"), "clip": Name("c"), "clipped": Name("g", "clipped"),
    "error": Name("e", "output"), "delta": Name("δ"), "output_delta": Name("δ", "network"),
}  # fmt: skip
"""How quantities of the exported definitions are called; any other by its own name."""

SETTINGS = {
    "alpha": Name("α"), "epsilon": Name("ε"), "momentum": Name("μ"), "beta_1": Name("β", 1),
    "beta_2": Name("β", 2), "threshold": Name("d"), "level": Name("q"),
    "label_smoothing": Name("s"), "strength": Name("λ"), "decay": Name("λ"),
}  # fmt: skip


@dataclass(frozen=True)
class Equation:
    """What a result is called, and the formula that makes it."""

    name: Name
    formula: Formula


@dataclass(frozen=True)
class Branch:
    """The equations of a program, and the conditions under which it is the one that is used."""

    conditions: tuple[Condition, ...]
    equations: tuple[Equation, ...]


@dataclass(frozen=True)
class Condition:
    """A setting or a comparison, and whether it holds; `switch` is a setting's own name."""

    formula: Formula
    holds: bool
    switch: str = ""

    def written(self, style: Style) -> str:
        """Return a comparison, or a number that is 0 or is not, in a style."""
        writer = ProgramWriter(style, name_of)
        if isinstance(self.formula, Applied):
            left, right = (writer.write(arg) for arg in self.formula.args)
            return style.infix(">" if self.holds else "≤", left, right)
        zero = style.number(0.0, True)
        return style.infix("≠" if self.holds else "=", writer.write(self.formula), zero)


def name_of(quantity: Quantity) -> Name:
    """Return the name that a quantity was made with."""
    return quantity.symbol  # type: ignore[return-value]


class ProgramWriter(Writer):
    """Writes sums over inputs, and the two functions of schedules, besides the primitives."""

    def _applied(self, formula: Applied) -> tuple[str, int]:
        if formula.op == "cos":
            return call("cos")(self, formula)
        if formula.op == "sum" and formula.attribute("letter"):
            body = self._tight(formula.args[0], MULTIPLIED)
            return self.style.big_sum(formula.attribute("letter"), body), SUMMED
        if formula.op == "floor_divide":
            quotient = self.write(Applied("divide", formula.args))
            return self.style.fence(quotient, "⌊⌋"), ATOM
        return super()._applied(formula)


class Reader:
    """Reads one program: nodes to formulas."""

    def __init__(
        self, program: Program, names: Mapping[str, Name], switches: frozenset[str] = frozenset()
    ) -> None:
        self._nodes = program["nodes"]
        self._program, self._names, self._switches = program, names, switches
        self._results = program["results"]
        self._called: dict[int, Name] = {}
        for result, node in self._results.items():
            if self._nodes[node]["op"] not in ("given", "constant"):
                self._called.setdefault(node, self._result(result))

    def branch(self, results: Iterable[str]) -> Branch:
        """Return the equations of these results."""
        return Branch(
            tuple(self._condition(node, holds) for node, holds in self._program["when"]),
            tuple(Equation(self._result(one), self._made(one)) for one in results),
        )

    def _result(self, result: str) -> Name:
        name = self._name(result)
        return replace(name, mark="new") if result == "params" else name

    def _name(self, name: str) -> Name:
        plain = name.rpartition(".")[2].replace("_", " ")
        return self._names.get(name) or NAMES.get(name) or Name(plain)

    def _made(self, result: str) -> Formula:
        node = self._results[result]
        called = self._called.get(node)
        if called is not None and called != self._result(result):
            return _whole(called)
        return self._formula(node, itself=True)

    def _formula(self, place: int, itself: bool = False) -> Formula:
        node = self._nodes[place]
        if not itself and place in self._called:
            return _whole(self._called[place])
        if node["op"] == "constant":
            return _whole(Name("π")) if node["value"] == pi else LiteralNumber(node["value"])
        if node["op"] == "given":
            return _whole(self._given_name(node))
        args = tuple(self._formula(arg) for arg in node["args"])
        return READING.get(node["op"], Reader._applied)(self, node, args)

    def _applied(self, node: Node, args: tuple[Formula, ...]) -> Formula:
        attributes = {key: value for key, value in node.items() if key not in ("op", "args")}
        return Applied(node["op"], args, tuple(attributes.items()))

    def _multiplied(self, node: Node, args: tuple[Formula, ...]) -> Formula:
        if args[0] == args[1]:
            return Applied("power", (args[0], LiteralNumber(2)))
        arrays = not any(map(self._is_number, node["args"]))
        return Applied("multiply", args, (("arrays", True),) if arrays else ())

    def _summed(self, node: Node, args: tuple[Formula, ...]) -> Formula:
        summed = self._nodes[node["args"][0]]
        if node["axis"] == 0 and summed["op"] == "mean" and summed["axis"] == 0:
            return args[0]  # the sum of one row is the row
        if node["axis"] == 0 and summed.get("name") == "W":
            return Applied("sum", args, (("letter", "i"),))
        if node["axis"] is None and "row_loss" in self._results:
            return Applied("sum", args, (("axis", 0),))
        return self._applied(node, args)

    def _given_name(self, node: Mapping[str, Any]) -> Name:
        if "name" in node:
            name = self._name(node["name"])
            old = node["name"].startswith("state.") and node["name"] in self._results
            return replace(name, mark="old") if old else name
        if "size" in node:
            return Name(f"{'columns' if node['of'] else 'rows'} of {node['size']}")
        setting = node["setting"]
        return self._names.get(setting) or SETTINGS.get(setting) or self._name(setting)

    def _is_number(self, place: int) -> bool:
        """Return whether a node is one number, not an array."""
        node = self._nodes[place]
        if node["op"] == "given":
            return "setting" in node or "size" in node or node["name"] in NUMBERS
        if node["op"] == "sum" and node.get("axis") is None:
            return True
        return all(map(self._is_number, node.get("args", ())))

    def _condition(self, place: int, holds: bool) -> Condition:
        setting = self._nodes[place].get("setting", "")
        switch = setting if setting in self._switches else ""
        return Condition(self._formula(place, itself=True), holds, switch)


READING = {"multiply": Reader._multiplied, "sum": Reader._summed}
"""The primitives whose equation depends on what they are applied to."""


def _whole(name: Name) -> WholeArray:
    return WholeArray(Quantity(str(name), name, "given"))  # type: ignore[arg-type]
