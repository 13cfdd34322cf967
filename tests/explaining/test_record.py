"""Every number a step records is the one that other libraries compute.

1,000 random steps: the gradients of 960 are held against complex steps, of 40 against JAX's
autodiff (which compiles for each new shape and takes a hundred times as long), every update
against Optax. A quarter of the 960 runs with the fast tests, all else with the slow ones.
"""

import numpy as np
import pytest

from clearprop.explaining.step import gradient
from tests.explaining import oracle
from tests.explaining.steps import Situation, over, situations

TOLERANCE, FLOOR = 1e-10, 1e-3


def agree(ours, theirs, floor=FLOOR):
    """Assert that numbers agree relative to their size, or to `floor` where they are smaller."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape
    assert np.all(np.abs(ours - theirs) <= TOLERANCE * np.maximum(np.abs(theirs), floor))


def vector(step, path_of):
    """Return one quantity of every parameter as one vector."""
    return np.concatenate([np.ravel(step[path_of(path)]) for path in step.task.layout.paths])


def held_against(slopes: oracle.Slopes, situation: Situation) -> None:
    step = situation.explain()
    expected = oracle.penalty(situation)
    agree(step["E"], slopes.value)
    agree(vector(step, gradient), slopes.gradient)
    first = next(iter(situation.case.network.children))
    agree(step[f"{first}.dx"], slopes.input_gradient)
    agree(step.loss_before - float(step["E"]), expected.value)
    if "penalty" in step:
        agree(step["penalty"], expected.value)
    if situation.optimizer is None:
        return
    pull = oracle.clipped(situation, slopes.gradient + expected.gradient)
    got, before = vector(step, lambda path: f"{path}.g"), vector(step, lambda path: path)
    agree(got, pull)
    # Adam makes a full step of a gradient that is a rounding error: so Optax gets the recorded
    # gradient, which was just held against the oracle's.
    new = oracle.stepped(situation, got)
    agree(vector(step, lambda path: f"{path}.new"), new)
    agree(vector(step, lambda path: f"{path}.change"), new - before, floor=1.0)


@over(situations(), 960)
def test_step_agrees_with_complex_steps_and_optax(situation):
    held_against(oracle.by_complex_steps(situation), situation)


@pytest.mark.slow
@over(situations(), 40)
def test_step_agrees_with_jax_and_optax(situation):
    held_against(oracle.by_autodiff(situation), situation)
