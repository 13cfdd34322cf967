"""Check submitted numbers against a step: the first wrong one, and its likely cause.

A number is right if it differs by no more than rounding: rounding in the precision it was computed
in, or half a unit of the last digit if it was typed by hand. The effect of rounding is measured:
the step is computed again with every number perturbed by a unit in its last place. A slip is named
as the cause if the step computed *with* that slip gives the submitted numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import leaves_of
from clearprop.explaining.build import step_on
from clearprop.explaining.rerun import (
    all_match,
    changes_nothing,
    rounding,
    situation_of,
    values_with,
)
from clearprop.explaining.slips import Slip, slips_of
from clearprop.explaining.step import StepData, gradient
from clearprop.explaining.submitted import SubmittedQuantity, matches, read_work
from clearprop.writing.numbers import shown


@dataclass(frozen=True)
class Finding:
    """One quantity that was checked.

    `error` is the largest difference, `cell` where it is; `transposed` says that the numbers were
    read with rows and columns exchanged.
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

    @property
    def address(self) -> str:
        """The worst cell's address."""
        place = ",".join(map(str, self.cell))
        return f"{self.path}[{place}]" if self.cell else self.path


@dataclass(frozen=True)
class CheckReport:
    """Which quantities are right, which is wrong first, and which known slip gives its numbers.

    True where everything is right. `causes` lists the slips that reproduce the numbers, each a
    name; two names joined by " + " were made together. `explained` says whether they account for
    every number given or for the first wrong quantity only.
    """

    findings: tuple[Finding, ...]
    causes: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    explained: bool = True

    def __bool__(self) -> bool:
        return all(finding.right for finding in self.findings)

    @property
    def first_wrong(self) -> Finding | None:
        """The first wrong quantity in the order of computation."""
        return next((finding for finding in self.findings if not finding.right), None)

    def __str__(self) -> str:
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        first = self.first_wrong
        if first is None:
            count = len(self.findings)
            yield f"right: {'the one quantity' if count == 1 else f'all {count} quantities'} given"
        width = max(len(finding.path) for finding in self.findings)
        for finding in self.findings:
            mark = "right" if finding.right else "WRONG" if finding is first else "wrong"
            detail = "" if finding.right else _how_wrong(finding)
            yield f"  {finding.path:<{width}}  {mark}{detail}"
        if first is not None:
            yield (
                f"first wrong: {first.address} is {shown(first.correct)}, yours is "
                f"{shown(first.yours)}"
            )
            yield from self._cause()
        if any(finding.transposed for finding in self.findings):
            yield "(your matrices were read with rows and columns exchanged)"

    def _cause(self) -> Iterator[str]:
        if not self.causes:
            yield "cause: none of the known slips gives these numbers"
            return
        part = "" if self.explained else " (for the first wrong quantity; more went wrong after it)"
        yield f"cause: {self.causes[0]}{part}"
        yield from (f"       {sentence}" for sentence in self.sentences)
        if len(self.causes) > 1:
            yield f"       the same numbers also come from: {'; '.join(self.causes[1:])}"


def _how_wrong(finding: Finding) -> str:
    many = "" if finding.size == 1 else f"{finding.wrong_cells:,} of {finding.size:,} numbers, "
    return f"   {many}off by {'up to ' if many else ''}{shown(finding.error)}"


def check(step: StepData, work: Mapping[str, Any]) -> CheckReport:
    """Compare numbers with a step's, in the order of computation.

    Parameters
    ----------
    step : Step or StepData
        The true step.
    work : mapping
        Quantities by path (``"dense1.dW"``) or name (``"dW1"``, ``"delta2"``), nested as the
        network or flat. Arrays or lists; a matrix may stand with rows and columns exchanged, and
        one row as a plain vector, as in texts that write examples as columns.

    Raises
    ------
    KeyError
        A quantity the step does not have.
    ValueError
        A shape that does not fit.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(1, 1), cp.Sigmoid(), cp.Dense(1, 1))
    >>> params = net.init(np.random.default_rng(1))
    >>> step = cp.explain(net, cp.SquaredError(), params, [[1.0]], [[0.0]])
    >>> z = float(step["z1"][0, 0])
    >>> print(step.check({"delta1": step["da1"] * z * (1 - z)}))
      dense1.dy  WRONG   off by 0.2617
    first wrong: dense1.dy[0,0] is 0.3105, yours is 0.0488
    cause: slope taken at z in sigmoid1
           the slope's formula takes the activation a and was given z (tanh: 1 − z²)
    """
    given = read_work(step, work)
    if not given:
        raise ValueError("nothing to check: give quantities by path, such as dense1.dW")
    rights = {work.path: np.asarray(step[work.path], np.float64) for work in given}
    findings = tuple(_finding(work, rights[work.path], 0.0) for work in given)
    if all(finding.right for finding in findings):
        return CheckReport(findings)
    slack = rounding(step, given, rights)
    findings = tuple(_finding(work, rights[work.path], slack[work.path]) for work in given)
    if all(finding.right for finding in findings):
        return CheckReport(findings)
    return _diagnosed(step, given, findings, _slack_of_slips(given, rights, slack))


def _slack_of_slips(
    given: list[SubmittedQuantity],
    rights: Mapping[str, np.ndarray],
    slack: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Return how far rounding may move the numbers of a step with a slip.

    A slip may make numbers small, as the slope of a saturated softmax does; their rounding is still
    that of the larger numbers behind them, so the right quantity's size is taken.
    """
    sizes = {
        path: float(np.max(np.abs(right), initial=0.0, where=np.isfinite(right)))
        for path, right in rights.items()
    }
    return {work.path: slack[work.path] + work.epsilon * sizes[work.path] for work in given}


def _finding(work: SubmittedQuantity, right: np.ndarray, slack: Any) -> Finding:
    difference = np.abs(work.values - right)
    wrong = ~matches(work, right, slack)
    difference = np.where(np.isnan(difference), np.where(wrong, np.inf, 0.0), difference)
    worst = np.unravel_index(int(np.argmax(np.where(wrong, difference, -1))), right.shape)
    cell = tuple(int(place) for place in worst)
    return Finding(
        work.path, not wrong.any(), float(np.max(difference)) if difference.size else 0.0, cell,
        float(work.values[cell]), float(right[cell]), int(wrong.sum()), right.size, work.transposed,
    )  # fmt: skip


def _diagnosed(
    step: StepData,
    given: list[SubmittedQuantity],
    findings: tuple[Finding, ...],
    slack: Mapping[str, Any],
) -> CheckReport:
    """Return the report with its causes: one slip, else two together, else one for a part."""
    first = next(place for place, finding in enumerate(findings) if not finding.right)
    until_first = given[: first + 1]
    situation = situation_of(step)
    slips = list(slips_of(situation))
    single = [((slip,), values_with(situation, (slip,), given)) for slip in slips]
    whole: list[tuple[Slip, ...]] = [tried for tried, v in single if all_match(given, v, slack)]
    if not whole:
        helpful = [
            tried[0] for tried, values in single if not changes_nothing(step, until_first, values)
        ]
        pairs = combinations(helpful, 2)
        tried_pairs = ((pair, values_with(situation, pair, given)) for pair in pairs)
        whole = [pair for pair, values in tried_pairs if all_match(given, values, slack)]
    explained = bool(whole)
    if not whole:
        whole = [tried for tried, values in single if all_match(until_first, values, slack)]
    causes = tuple(dict.fromkeys(" + ".join(slip.name for slip in tried) for tried in whole))
    sentences = tuple(slip.sentence for slip in whole[0]) if whole else ()
    return CheckReport(findings, causes, sentences, explained)


def check_work(
    step_function: Callable[[Any, np.ndarray, np.ndarray], Any],
    network: Layer,
    loss: Loss,
    params: Tree,
    x: Any,
    t: Any,
    **how: Any,
) -> CheckReport:
    """Run *your own* training step beside the true one, and compare.

    Parameters
    ----------
    step_function : callable
        ``step_function(params, x, t)`` gets copies: parameters nested as the network is, inputs
        (N, I) and targets as the loss takes them (N, K). It returns the new parameters; or loss
        and gradients, as ``(value, gradients)``; or any quantities by path, such as
        ``{"dense1.dW": ..., "dense1.W.new": ...}``; or nothing, having changed `params` in place.
    network, loss, params, x, t
        As in :func:`clearprop.explain`.
    **how
        The other arguments of :func:`clearprop.explain`: `optimizer`, `state`, `l2` ...

    Raises
    ------
    TypeError
        What came back is none of these.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 1))
    >>> def mine(params, x, t):
    ...     o = x @ params["dense1"]["W"] + params["dense1"]["b"]
    ...     delta = (o - t)                         # forgot to divide by the rows
    ...     return {"dense1.dW": x.T @ delta, "dense1.db": delta.sum(axis=0)}
    >>> params = net.init(np.random.default_rng(0))
    >>> print(cp.check_work(mine, net, cp.SquaredError(), params, np.eye(2), [1.0, 2.0]))
      dense1.dW  WRONG   2 of 2 numbers, off by up to 1.326
      dense1.db  wrong   off by 1.632
    first wrong: dense1.dW[1,0] is −1.326, yours is −2.651
    cause: 1/N missing
           summed over the rows; the step takes their mean
           the same numbers also come from: 1/2 missing
    """
    step = step_on(network, loss, params, x, t, **how)
    layout = step.task.layout
    mine = layout.unpack(layout.pack(params))
    answer = step_function(mine, np.array(step["x"]), np.array(step["t"]))
    return check(step, _as_work(step, mine if answer is None else answer))


def _as_work(step: StepData, answer: Any) -> Mapping[str, Any]:
    """Return the answer of a training function as quantities by path."""
    if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], Mapping):
        value, gradients = answer
        named = {gradient(path): array for path, array in leaves_of(gradients)}
        return {"E": value, **named}
    if not isinstance(answer, Mapping):
        raise TypeError(
            "the training function must return parameters, (value, gradients) or quantities by "
            f"path, got {type(answer).__name__}"
        )
    leaves = dict(leaves_of(answer))
    if set(leaves) != set(step.task.layout.paths):
        return answer
    if step.rate is None:
        raise TypeError(
            "the training function returned parameters; give the optimizer that makes the true "
            "step: optimizer=cp.SGD(0.1)"
        )
    return {f"{path}.new": array for path, array in leaves.items()}
