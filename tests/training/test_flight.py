"""The flight recorder: recorded steps made again are the training's own, bit for bit."""

import copy
import pickle

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.engines.base import TrainingRows
from clearprop.engines.numpy import step
from clearprop.training.flight import KEPT
from tests.trees import same_bits


def rows(count=70):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(count, 3))
    return x, x @ np.array([1.0, -2.0, 0.5])


NET = cp.Chain(cp.Dense(3, 8), cp.BatchNorm(8), cp.Tanh(), cp.Dropout(0.2), cp.Dense(8, 1))
PLAIN = cp.Chain(cp.Dense(3, 8), cp.Tanh(), cp.Dense(8, 1))


class Wrong(cp.Schedule):
    """1, and `factor` in one step."""

    def __init__(self, at, factor):
        self.at, self.large = at, factor

    def factor(self, progress):
        return self.large if progress.step == self.at else 1.0


def wrong(at, factor, engine, network=NET, **settings):
    x, t = rows()
    params = network.init(np.random.default_rng(1))
    given = {"optimizer": cp.SGD(0.01, 0.9), "epochs": 12, "batch_size": 16, "seed": 5}
    return cp.train(
        network, cp.SquaredError(), params, x, t, schedule=Wrong(at, factor), engine=engine,
        **{**given, **settings},
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
@pytest.mark.parametrize("at", [3, 22, 40])
def test_it_began_in_the_step_whose_update_was_wrong(engine, at):
    result = wrong(at, 300.0, engine)
    incident = result.incident
    assert incident.kind == "loss jumped"
    assert incident.began.position.steps == at
    assert (incident.began.position.epochs, incident.began.place) == (at // 5, at % 5 + 1)
    assert incident.began.rate == pytest.approx(3.0)
    assert f"step {at + 1}, batch {at % 5 + 1} of epoch {at // 5 + 1}" in str(incident)


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_recorded_steps_lead_to_the_bits_of_the_training(engine):
    """The training that ends before the step stands where the recorder says that it began."""
    incident = wrong(22, 300.0, engine).incident
    seen = []
    wrong(22, 300.0, engine, epochs=4, on_epoch=lambda report: seen.append(report.position))
    positions = {moment.position.steps: moment.position for moment, _ in incident.steps()}
    assert 20 in positions
    assert same_bits(positions[20].params, seen[3].params)
    assert same_bits(positions[20].optimizer_state, seen[3].optimizer_state)
    assert same_bits(positions[20].network_state, seen[3].network_state)


def test_the_opened_step_is_the_engines_own_step():
    incident = wrong(22, 300.0, "numpy").incident
    moment, opened = incident.began, incident.explain()
    x, t = rows()
    result = wrong(22, 300.0, "numpy", epochs=1)
    training = TrainingRows.of(x, t[:, None], None)
    task = moment.task
    noise = incident.requests[0].noise
    assert isinstance(noise, Noise)
    (loss, _), after = step(task, moment.position, training, moment.rows, moment.rate, noise)
    assert opened["E"] == loss
    moved = task.layout.unpack(after.params)
    for path in task.layout.paths:
        layer, name = path.split(".")
        np.testing.assert_array_equal(opened[f"{path}.new"], moved[layer][name])
    np.testing.assert_array_equal(opened["x"], x[moment.rows])
    assert result.reason == "epochs"


@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_a_number_that_is_not_finite(engine):
    result = wrong(22, 1e200, engine, network=PLAIN)
    assert result.reason == "not finite"
    incident = result.incident
    assert incident.kind == "not finite" and incident.what == result.failure.what
    assert incident.began.position.steps == 22
    *_, (last, after) = incident.steps()
    assert last.position.steps + 1 == result.failure.step
    assert same_bits(after.params, last.position.params)
    assert incident.explain().labels.step == 23


def test_a_training_that_is_well_has_no_incident_and_the_ring_is_short():
    result = wrong(10**6, 1.0, "numpy")
    assert result.incident is None and not result.health
    incident = wrong(50, 300.0, "numpy", on_epoch=lambda report: None).incident
    assert len(incident.requests) == KEPT


@pytest.mark.parametrize("passed_on", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_holds_the_step_and_not_the_rows(passed_on):
    incident = wrong(22, 300.0, "compiled").incident
    other = passed_on(incident)
    assert other.requests == () and str(other) == str(incident)
    assert same_bits(other.began.position.params, incident.began.position.params)
    assert str(other.explain()) == str(incident.explain())
