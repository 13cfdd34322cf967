"""Marking the answers of a worksheet: an error carried forward is counted once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from clearprop.explaining.arithmetic import number_of
from clearprop.explaining.step import StepData
from clearprop.explaining.work.check import check
from clearprop.explaining.work.local import made_from
from clearprop.explaining.work.submitted import matches, submitted
from clearprop.writing.columns import aligned
from clearprop.writing.numbers import DIGITS, shown

TRIES = 16
"""So often an item is computed again with the numbers of the sheet moved within their rounding."""

FEWEST_DIGITS = 3
"""An answer that is rounded to fewer significant digits is wrong, unless they are exact."""

SIMPLE_DIGITS = 1
"""A factor between two single numbers is told if it has so few digits: 2 or 0.5, not 2.499."""

_MULTIPLE = re.compile(r"exactly (\S+) × ours")

RIGHT, FOLLOWS, WRONG, BLANK = "right", "right given your earlier answers", "wrong", "blank"

Index = tuple[int, ...] | None


@dataclass(frozen=True)
class Mark:
    """The mark of one item: its number, address, points (0 or 1), verdict and a sentence."""

    item: int
    address: str
    points: int
    verdict: str
    sentence: str = ""

    @property
    def told(self) -> str:
        """The mark in one sentence."""
        why = f": {self.sentence}" if self.sentence else ""
        return f"item {self.item}, {self.address}, is {self.verdict}{why}"


@dataclass(frozen=True)
class Marks:
    """The marks of a worksheet, an item after the other; ``print(marks)`` shows a table."""

    items: tuple[Mark, ...]

    @property
    def total(self) -> int:
        """The sum of the points; each item has one."""
        return sum(mark.points for mark in self.items)

    def __str__(self) -> str:
        cells = [["", "number", "points", ""]]
        for mark in self.items:
            said = f"{mark.verdict}: {mark.sentence}" if mark.sentence else mark.verdict
            cells.append([str(mark.item), mark.address, str(mark.points), said])
        lines = [line.rstrip() for line in aligned(cells, left=4, gap="  ")]
        return "\n".join([*lines, f"total  {self.total} of {len(self.items)}"])


def marked(step: StepData, addresses: Sequence[str], answers: Mapping[Any, Any]) -> Marks:
    """Return the marks of answers by item number, from 1, or by address.

    Raises
    ------
    KeyError
        An answer to what is no item.
    ValueError
        An answer that is no number or arithmetic, or an array of another shape.
    """
    given = _read(step, addresses, answers)
    marking = _Marking(step)
    order = {path: place for place, path in enumerate(step.record.quantities)}
    found: dict[int, Mark] = {}
    places = sorted(range(len(addresses)), key=lambda i: order[step.find(addresses[i])[0].path])
    for place in places:
        address = addresses[place]
        answer = given.get(address)
        if answer is None:
            found[place] = Mark(place + 1, address, 0, BLANK)
            continue
        verdict = marking.verdict(address, answer)
        sentence = marking.sentence(address, answer) if verdict == WRONG else ""
        found[place] = Mark(place + 1, address, int(verdict != WRONG), verdict, sentence)
        marking.note(address, answer, verdict)
    return Marks(tuple(found[place] for place in range(len(addresses))))


def _read(
    step: StepData, addresses: Sequence[str], answers: Mapping[Any, Any]
) -> dict[str, np.ndarray]:
    """Return the answers as arrays by address; what was left empty is left out."""
    known = {str(place): address for place, address in enumerate(addresses, 1)}
    known |= {address: address for address in addresses}
    found: dict[str, np.ndarray] = {}
    for name, answer in answers.items():
        key = str(name).replace(" ", "")
        if key not in known:
            raise KeyError(f"the sheet has no item {name!r}; it has 1 to {len(addresses)}")
        if answer is None or (isinstance(answer, str) and not answer.strip()):
            continue
        if known[key] in found:
            raise ValueError(f"item {name!r} is answered twice, by number and by address")
        array, shape = _numbers(name, answer), np.shape(step[known[key]])
        if array.shape != shape and (array.size != 1 or np.prod(shape) != 1):
            size, own = (" × ".join(map(str, s)) or "one number" for s in (shape, array.shape))
            raise ValueError(f"item {name!r} ({known[key]}) is {size}, yours is {own}")
        found[known[key]] = array.reshape(shape)
    return found


def readable(
    step: StepData, addresses: Sequence[str], answers: Mapping[Any, Any], needed: Sequence[Any]
) -> dict[Any, Any]:
    """Return the answers without those that are no number, unless they are `needed`."""
    wanted = {str(name).replace(" ", "") for name in needed}
    wanted |= {addresses[int(name) - 1] for name in wanted if name.isdigit()}
    known = {str(place): address for place, address in enumerate(addresses, 1)}
    found = {}
    for name, answer in answers.items():
        key = str(name).replace(" ", "")
        if known.get(key, key) not in wanted:
            try:
                _read(step, addresses, {name: answer})
            except ValueError:
                continue
        found[name] = answer
    return found


def _numbers(name: Any, answer: Any) -> np.ndarray:
    try:
        if isinstance(answer, str):
            return np.asarray(number_of(answer))
        if isinstance(answer, list | tuple):
            return np.array([_numbers(name, one) for one in answer], np.float64)
        return np.asarray(answer, np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"item {name!r}: {error}") from error


class _Marking:
    """The answers so far, and the step's numbers with these in place of its own."""

    def __init__(self, step: StepData) -> None:
        self.step = step
        self.answers: dict[str, list[tuple[Index, np.ndarray]]] = {}
        self.right: dict[str, np.ndarray] = {}
        self.any_wrong = False

    def note(self, address: str, answer: np.ndarray, verdict: str) -> None:
        """Take an answer for what later items are computed from."""
        quantity, index = self.step.find(address)
        self.answers.setdefault(quantity.path, []).append((index, answer))
        self.any_wrong |= verdict == WRONG
        if verdict == RIGHT:
            self.right[address] = answer

    def verdict(self, address: str, answer: np.ndarray) -> str:
        """Return whether an answer is right, right given the earlier ones, or wrong."""
        true = self._true()
        if self._agrees(address, answer, true):
            return RIGHT
        for numbers in (self._patched(true), self._carried(true)):
            if self.answers and self._agrees(address, answer, numbers):
                return FOLLOWS if self.any_wrong else RIGHT
        return WRONG

    def sentence(self, address: str, answer: np.ndarray) -> str:
        """Return what the check says of a wrong answer: its likely cause, or how it differs."""
        report = check(self.step, {**self.right, address: answer})
        path = self.step.find(address)[0].path
        finding = next((f for f in report.findings if f.path in (address, path)), None)
        if finding is None or finding.right:  # right by the check in another convention
            finding = report.first_wrong
        said = [f"it is {shown(np.ravel(self.step[address])[0])}"] if np.ndim(answer) == 0 else []
        if report.causes:
            said.append(report.causes[0])
        elif finding is not None and _says_something(finding.statement, np.ndim(answer)):
            said.append(finding.statement)
        return "; ".join(said or [f"off by up to {shown(finding.error if finding else 0)}"])

    def _true(self) -> dict[str, np.ndarray]:
        return {
            path: np.asarray(quantity.value, np.float64)
            for path, quantity in self.step.record.quantities.items()
        }

    def _patched(self, numbers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the numbers with the answers in place; the others are those of the sheet."""
        return {path: self._with_answers(path, array) for path, array in numbers.items()}

    def _with_answers(self, path: str, array: np.ndarray) -> np.ndarray:
        array = np.array(array, np.float64)
        for index, answer in self.answers.get(path, ()):
            array[() if index is None else index] = answer
        return array

    def _carried(self, numbers: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the numbers computed anew from the answers, item after item."""
        carried: dict[str, np.ndarray] = {}
        own: dict[int, np.ndarray] = {}
        for path, quantity in self.step.record.quantities.items():
            made = made_from(quantity.symbol, own) if quantity.symbol.args else None
            carried[path] = self._with_answers(path, numbers[path] if made is None else made)
            own.setdefault(quantity.symbol.serial, carried[path])
        return carried

    def _agrees(self, address: str, answer: np.ndarray, numbers: dict[str, np.ndarray]) -> bool:
        """Return whether an answer is made of these numbers, each known to a few digits.

        How much rounding does is measured: the item is computed again with every number moved by
        at most half a unit of its last digit shown.
        """
        quantity, index = self.step.find(address)
        place = () if index is None else index
        own = {
            other.symbol.serial: numbers[path]
            for path, other in self.step.record.quantities.items()
            if other.symbol.serial != quantity.symbol.serial
        }
        made = made_from(quantity.symbol, own)
        if made is None:
            made = np.asarray(quantity.value, np.float64)
        right = np.asarray(made[place])
        slack, rng = half_unit(right), np.random.default_rng(0)
        needed = _reached(quantity.symbol, own)
        for _ in range(TRIES):
            moved = {
                serial: own[serial] + rng.uniform(-1, 1, np.shape(own[serial])) * units
                for serial, units in needed.items()
            }
            again = made_from(quantity.symbol, moved)
            if again is not None:
                slack = np.maximum(slack, 2 * np.abs(np.asarray(again[place]) - right))
        one = submitted(address, np.asarray(answer), right, DIGITS, False)
        one = replace(one, typed=np.minimum(one.typed, half_unit(right, FEWEST_DIGITS)))
        near = np.abs(answer - right) <= slack
        return bool((near | matches(one, right, 0.0)).all())


def _says_something(statement: str, dimensions: int) -> bool:
    """Return whether a statement is news: one number is a multiple of any other.

    >>> _says_something("yours is exactly 2 × ours", 0)
    True
    >>> _says_something("yours is exactly 2.499 × ours", 0)
    False
    """
    factor = _MULTIPLE.search(statement)
    if factor is None or dimensions:
        return bool(statement)
    return len(re.sub(r"\D", "", factor[1]).lstrip("0")) <= SIMPLE_DIGITS


def _reached(symbol: Any, own: Mapping[int, np.ndarray]) -> dict[int, np.ndarray]:
    """Return the rounding of the numbers that a symbol is made of, by their serials."""
    found: dict[int, np.ndarray] = {}
    waiting = list(symbol.args)
    while waiting:
        one = waiting.pop()
        if one.serial in own:
            found[one.serial] = half_unit(own[one.serial])
        else:
            waiting.extend(one.args)
    return found


def half_unit(array: np.ndarray, digits: int = DIGITS) -> np.ndarray:
    """Return half a unit of the last of the significant digits; 0 for whole numbers."""
    array = np.asarray(array, np.float64)
    sizes = np.abs(np.where(np.isfinite(array) & (array != 0), array, 1.0))
    units = 0.5 * 10.0 ** (np.floor(np.log10(sizes)) + 1 - digits)
    return np.asarray(np.where(array == np.round(array), 0.0, units))
