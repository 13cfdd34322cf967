"""Schedules: published points, scikit-learn's own schedules, and what is refused."""

import math
from dataclasses import replace

import pytest
from sklearn.neural_network._stochastic_optimizers import SGDOptimizer

import clearprop as cp
from clearprop.definitions.schedules import Progress


def factors(schedule, steps=11, **where):
    return [schedule.factor(Progress(step, steps, **where)) for step in range(steps)]


def test_constant_is_one():
    assert factors(cp.Constant()) == [1.0] * 11


def test_inverse_scaling_is_scikit_learns():
    oracle = SGDOptimizer([], 0.3, "invscaling", power_t=0.7)
    schedule = cp.InverseScaling(0.7)
    assert schedule.factor(Progress(5, 100)) == 1.0
    for epoch, rows in [(1, 150), (2, 300), (50, 7500)]:
        oracle.iteration_ends(rows)
        ours = 0.3 * schedule.factor(Progress(5, 100, epoch=epoch, rows_seen=rows))
        assert ours == pytest.approx(oracle.learning_rate, rel=1e-15)


def test_adaptive_is_scikit_learns():
    """A fifth after each plateau, until the rate is 1e-6 or less: then training ends."""
    oracle = SGDOptimizer([], 0.01, "adaptive")
    schedule = cp.Adaptive()
    for plateaus in range(20):
        rate = 0.01 * schedule.factor(Progress(0, 1, plateaus=plateaus))
        assert rate == pytest.approx(oracle.learning_rate, rel=1e-14)
        stops = oracle.trigger_stopping("", verbose=False)
        assert schedule.outlives_plateau(rate) is not stops
        if stops:
            break
    assert plateaus == 6


def test_only_adaptive_outlives_a_plateau():
    for schedule in (
        cp.Constant(),
        cp.InverseScaling(),
        cp.StepDecay(),
        cp.Cosine(),
        cp.OneCycle(),
    ):
        assert not schedule.outlives_plateau(1.0)


def test_step_multiplies_after_every_so_many_epochs():
    schedule = cp.StepDecay(every=3, by=0.5)
    by_epoch = [schedule.factor(Progress(0, 1, epoch=epoch)) for epoch in range(8)]
    assert by_epoch == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25]


def test_cosine_starts_at_one_and_ends_at_its_final_factor():
    path = factors(cp.Cosine(final=0.2))
    assert path[0] == 1.0
    assert path[5] == pytest.approx(0.6, rel=1e-15)
    assert path[-1] == pytest.approx(0.2, rel=1e-15)
    assert path == sorted(path, reverse=True)
    assert path[2] == pytest.approx(0.2 + 0.8 * (1 + math.cos(0.2 * math.pi)) / 2, rel=1e-15)


def test_one_cycle_goes_up_and_down():
    path = factors(cp.OneCycle(rise=0.4, start=0.1, final=0.01))
    assert path[0] == pytest.approx(0.1, rel=1e-14)
    assert path[4] == pytest.approx(1.0, rel=1e-14)
    assert path[-1] == pytest.approx(0.01, rel=1e-14)
    assert path[:5] == sorted(path[:5])
    assert path[4:] == sorted(path[4:], reverse=True)


def test_warm_up_raises_any_schedule_evenly():
    """Step k of the warm-up takes k / steps of the other's factor: Goyal et al. 2017."""
    assert factors(cp.WarmUp(4), steps=6) == [0.25, 0.5, 0.75, 1.0, 1.0, 1.0]
    other = cp.Cosine(0.1)
    expected = [min(1.0, (k + 1) / 4) * factor for k, factor in enumerate(factors(other))]
    assert factors(cp.WarmUp(4, other)) == expected


def test_truncated_is_the_first_part_of_another_schedule():
    whole = factors(cp.OneCycle(), steps=40)
    assert factors(cp.Truncated(cp.OneCycle(), 0.25), steps=10) == pytest.approx(whole[:10])
    assert factors(cp.Truncated(cp.Cosine(), 1.0)) == factors(cp.Cosine())


@pytest.mark.parametrize("schedule", [cp.Cosine(), cp.OneCycle(), cp.WarmUp(5)], ids=repr)
def test_training_of_one_step_and_steps_beyond_the_plan_have_a_factor(schedule):
    assert 0.0 <= schedule.factor(Progress(0, 1)) <= 1.0
    assert schedule.factor(Progress(25, 20)) == schedule.factor(Progress(19, 20))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: cp.OneCycle(rise=0.0), "OneCycle: rise must lie between 0 and 1, got 0.0"),
        (lambda: cp.OneCycle(rise=1.0), "OneCycle: rise must lie between 0 and 1, got 1.0"),
        (lambda: cp.Truncated(cp.Cosine(), 0.0), "Truncated: part must be above 0 and at most 1"),
        (lambda: cp.WarmUp(0), "WarmUp: steps must be at least 1, got 0"),
    ],
)
def test_impossible_settings_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


@pytest.mark.parametrize(
    "schedule",
    [
        cp.Constant(),
        cp.InverseScaling(),
        cp.Adaptive(),
        cp.StepDecay(),
        cp.Cosine(),
        cp.OneCycle(),
        cp.WarmUp(3),
        cp.Truncated(cp.OneCycle(), 0.5),
    ],
    ids=repr,
)
def test_factors_of_several_epochs_are_those_of_each_step(schedule):
    here = Progress(4, 20, epoch=2, rows_seen=60, plateaus=1)
    each = [
        [
            schedule.factor(replace(here, step=4 + 3 * epoch + step, epoch=2 + epoch,
                                    rows_seen=60 + 30 * epoch))
            for step in range(3)
        ]
        for epoch in range(2)
    ]  # fmt: skip
    found = schedule.factors(here, epochs=2, steps=3, rows=30)
    assert found.tolist() == [pytest.approx(row, rel=1e-15) for row in each]
