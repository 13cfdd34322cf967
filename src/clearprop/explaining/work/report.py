"""What a check found: what is right or wrong, the first wrong quantity, its cause."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from clearprop.writing.numbers import DIGITS, exact, shown

MOST_DIGITS = 17

MOST_OTHERS = 3
"""So many other slips that give the same numbers are shown, and how many more there are."""


@dataclass(frozen=True)
class Finding:
    """One quantity that was checked.

    `error` is the largest difference, at `cell`. `follows` says that a wrong quantity is right,
    given the wrong ones before it. `statement` says exactly how the numbers differ, where that is
    known; `beside` how long they are and which way they point, beside the right ones. `transposed`
    says that they were read with rows and columns exchanged.
    """

    path: str
    right: bool
    error: float
    cell: tuple[int, ...]
    yours: float
    correct: float
    wrong_cells: int
    size: int
    transposed: bool = False
    follows: bool = False
    statement: str = ""
    beside: str = ""

    @property
    def address(self) -> str:
        """The worst cell's address."""
        place = ",".join(map(str, self.cell))
        return f"{self.path}[{place}]" if self.cell else self.path


@dataclass(frozen=True)
class CheckReport:
    """What was right, what was wrong first, and which known slip gives exactly these numbers.

    True where everything is right. `causes` lists the slips that reproduce the numbers, each a
    name; names joined by " + " were made together. `explained` says whether they account for every
    number given or for the first wrong quantity only. `convention` names a right way of computing
    that is not this package's, which the numbers were compared in; `notes` are sentences on how
    they were read, `hints` on why a right step may still learn badly.
    """

    findings: tuple[Finding, ...]
    causes: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    explained: bool = True
    convention: str = ""
    notes: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return all(finding.right for finding in self.findings)

    @property
    def first_wrong(self) -> Finding | None:
        """The first quantity, in the order of computation, that is wrong on its own account."""
        wrong = [finding for finding in self.findings if not finding.right]
        own = [finding for finding in wrong if not finding.follows]
        return next(iter(own or wrong), None)

    def with_notes(self, *notes: str) -> CheckReport:
        """Return the report with more notes, those that are not empty, before its own."""
        return replace(self, notes=(*filter(None, notes), *self.notes))

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        first = self.first_wrong
        if first is None:
            count = len(self.findings)
            yield f"right: {'the one quantity' if count == 1 else f'all {count} quantities'} given"
        width = max(len(finding.path) for finding in self.findings)
        for finding in self.findings:
            yield f"  {finding.path:<{width}}  {_verdict(finding, first)}"
        if first is not None:
            correct, yours = apart(first.correct, first.yours)
            yield f"first wrong: {first.address} is {correct}, yours is {yours}"
            yield from self._cause(first)
        yield from (f"note: {note}" for note in self.notes)
        yield from (f"hint: {hint}" for hint in self.hints)

    def _cause(self, first: Finding) -> Iterator[str]:
        if self.causes:
            part = "" if self.explained else " (for the first wrong quantity)"
            yield f"cause: {self.causes[0]}{part}"
            yield from (f"       {sentence}" for sentence in self.sentences)
            _, *others = _kinds(self.causes)
            more = len(others) - MOST_OTHERS
            shown_others = others if more <= 1 else [*others[:MOST_OTHERS], f"{more} more"]
            if others:
                yield f"       the same numbers also come from: {'; '.join(shown_others)}"
        else:
            yield "cause: none of the known slips gives these numbers"
            if first.beside and not first.statement:
                yield f"exact: {first.path}: {first.beside}"
        for finding in self.findings:
            own = not finding.right and not finding.follows
            told = self.causes and (self.explained or finding is first)
            if own and finding.statement and not told:
                yield f"exact: {finding.path}: {finding.statement}"


def _kinds(causes: tuple[str, ...]) -> list[str]:
    """Return the causes without those that tell the same slip of one part or one layer.

    >>> _kinds(("1/N missing", "1/N missing in the gradient alone", "wrong sign in dW in dense1"))
    ['1/N missing', 'wrong sign in dW in dense1']
    """
    told: list[str] = []
    for cause in causes:
        if not any(cause.startswith((f"{one} in ", f"{one}, in ", f"{one}, and ")) for one in told):
            told.append(cause)
    return told


def _verdict(finding: Finding, first: Finding | None) -> str:
    if finding.right:
        return "right"
    if finding.follows and finding is not first:
        return "follows  right, given your earlier numbers"
    many = "" if finding.size == 1 else f"{finding.wrong_cells:,} of {finding.size:,} numbers, "
    mark = "WRONG" if finding is first else "wrong"
    return f"{mark}   {many}off by {'up to ' if many else ''}{shown(finding.error)}"


def apart(correct: float, yours: float) -> tuple[str, str]:
    """Return two numbers with as many digits as tell them apart.

    >>> apart(0.53120001, 0.5312), apart(-1.5, -3.0)
    (('0.53120001', '0.5312'), ('−1.5', '−3'))
    """
    for digits in range(DIGITS, MOST_DIGITS + 1):
        texts = shown(correct, digits), shown(yours, digits)
        if texts[0] != texts[1]:
            return texts
    return exact(correct), exact(yours)
