"""SciPy's L-BFGS, alone or in several processes.

In several processes the first one runs SciPy and tells the others, before it does so itself, where
it computes the loss and when an iteration has ended. So all of them take the same path, even where
their processors round differently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from clearprop.engines.processes import Processes

Computed = Callable[[np.ndarray], tuple[float, np.ndarray]]
"""Returns the loss and its gradient at parameters (P,)."""

AfterIteration = Callable[[np.ndarray, float], None]
"""Told of parameters (P,) and their loss after an iteration; raises StopIteration to end."""

COMPUTE, ITERATION, END = range(3)
"""What the first process tells the others, each with parameters."""

NUMBERS = 3
"""Numbers that are told beside them."""


class Minimum(NamedTuple):
    """Parameters (P,) that SciPy has ended at, whether it has converged, and what it took."""

    x: np.ndarray
    converged: bool
    iterations: int
    evaluations: int


def minimum_of(
    loss: Computed,
    start: np.ndarray,
    after_iteration: AfterIteration,
    processes: Processes,
    options: Any,
) -> Minimum:
    """Return where L-BFGS leads from `start`, (P,), with a dict of SciPy's options."""
    if processes.is_first:
        return _led(loss, start, after_iteration, processes, options)
    return _followed(loss, start, after_iteration, processes)


def _led(
    loss: Computed,
    start: np.ndarray,
    after_iteration: AfterIteration,
    processes: Processes,
    options: Any,
) -> Minimum:
    from scipy.optimize import minimize

    def tell(what: int, x: np.ndarray, *numbers: float) -> np.ndarray:
        told = np.zeros(1 + NUMBERS)
        told[: 1 + len(numbers)] = what, *numbers
        return processes.vector_of_first(np.concatenate([told, x]))[1 + NUMBERS :]

    def compute(x: np.ndarray) -> tuple[float, np.ndarray]:
        return loss(tell(COMPUTE, x))

    # SciPy reads the argument's name to learn what the callback wants.
    def callback(intermediate_result: Any) -> None:
        value = float(intermediate_result.fun)
        after_iteration(tell(ITERATION, intermediate_result.x, value), value)

    found = minimize(
        compute, start, method="L-BFGS-B", jac=True, callback=callback, options=options
    )
    x = tell(END, found.x, found.success, found.nit, found.nfev)
    return Minimum(x, bool(found.success), int(found.nit), int(found.nfev))


def _followed(
    loss: Computed, start: np.ndarray, after_iteration: AfterIteration, processes: Processes
) -> Minimum:
    while True:
        told = processes.vector_of_first(np.zeros(1 + NUMBERS + len(start)))
        (what, *numbers), x = told[: 1 + NUMBERS].tolist(), told[1 + NUMBERS :]
        if what == END:
            return Minimum(x, bool(numbers[0]), int(numbers[1]), int(numbers[2]))
        if what == COMPUTE:
            loss(x)
            continue
        try:
            after_iteration(x, numbers[0])
        except StopIteration:  # the first process ends then too, and says so
            continue
