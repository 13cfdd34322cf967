"""The flight recorder: recorded steps made again are the training's own, bit for bit."""

import copy
import pickle
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Wrong(cp.Schedule):
    """1, and `large` in one step."""

    at: int
    large: float

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


def test_a_loss_that_had_fallen_is_measured_from_its_lowest():
    """The wrong step lifts the loss to less than it was three epochs before."""
    line = cp.Chain(cp.Dense(3, 1))
    settings = {"optimizer": cp.SGD(0.1), "on_epoch": lambda report: None}
    result = wrong(10, 22.0, "numpy", line, **settings)
    assert result.incident.began.position.steps == 10


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
    assert same_bits(last.task.layout.unpack(after.params), result.params)
    assert incident.explain().labels.step == 23


def test_a_training_that_is_well_has_no_incident_and_the_ring_is_short():
    result = wrong(10**6, 1.0, "numpy")
    assert result.incident is None and not result.health
    incident = wrong(50, 300.0, "numpy", on_epoch=lambda report: None).incident
    assert len(incident.requests) == KEPT


def test_of_a_large_network_only_the_epoch_that_runs_is_kept(monkeypatch):
    monkeypatch.setattr("clearprop.training.flight.MOST_BYTES", 1000)
    incident = wrong(50, 300.0, "numpy", on_epoch=lambda report: None).incident
    assert len(incident.requests) == 1
    assert incident.began.position.steps == 50


@pytest.mark.parametrize("passed_on", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_holds_the_step_and_not_the_rows(passed_on):
    incident = wrong(22, 300.0, "compiled").incident
    other = passed_on(incident)
    assert other.requests == () and str(other) == str(incident)
    assert same_bits(other.began.position.params, incident.began.position.params)
    assert str(other.explain()) == str(incident.explain())


class Own(cp.ReLU):
    """A layer of the user's own."""


@pytest.mark.parametrize("factor", [300.0, 1e200])
@pytest.mark.parametrize("engine", ["numpy", "compiled"])
def test_the_file_of_the_training_opens_the_same_step(tmp_path, engine, factor):
    path = tmp_path / "run.checkpoint"
    kept = {"checkpoint": cp.Checkpoint(path, every=1)}
    net = NET if factor == 300.0 else PLAIN
    settings = {"l2": 0.01, "clip_norm": 1e190, "optimizer": cp.WeightDecay(cp.SGD(0.01, 0.9), 0.1)}
    result = wrong(22, factor, engine, net, **kept, **settings)
    read = cp.read_incident(path)
    assert (read.kind, read.what) == (result.incident.kind, result.incident.what)
    assert str(read) == str(result.incident)
    one, other = read.began, result.incident.began
    assert same_bits(one.position.params, other.position.params)
    assert same_bits(one.position.optimizer_state, other.position.optimizer_state)
    assert same_bits((one.batch.x, one.batch.t, one.batch.given, one.rows),
                     (other.batch.x, other.batch.t, other.batch.given, other.rows))  # fmt: skip
    assert str(read.explain()) == str(result.incident.explain())


def test_a_first_epoch_that_fails_is_saved_with_its_step_and_can_be_gone_on_with(tmp_path):
    path = tmp_path / "run.checkpoint"
    settings = {"checkpoint": path, "network": PLAIN}
    result = wrong(2, 1e200, "numpy", **settings)
    assert result.reason == "not finite" and not result.history.loss
    assert cp.read_incident(path).began.position.steps == 2
    again = wrong(2, 1e200, "numpy", **settings, resume=True)
    assert again.failure == result.failure


def test_what_went_wrong_is_remembered_by_a_training_that_goes_on(tmp_path):
    path = tmp_path / "run.checkpoint"

    def stops(report):
        if report.epoch == 8:
            raise KeyboardInterrupt

    kept = {"checkpoint": cp.Checkpoint(path, every=1)}
    wrong(22, 300.0, "numpy", on_epoch=stops, **kept)
    whole = wrong(22, 300.0, "numpy")
    again = wrong(22, 300.0, "numpy", **kept, resume=True)
    assert str(again.incident) == str(whole.incident) == str(cp.read_incident(path))
    assert same_bits(again.params, whole.params)


def test_a_layer_of_ones_own_is_said_where_its_step_cannot_be_saved(tmp_path):
    path = tmp_path / "run.checkpoint"
    net = cp.Chain(cp.Dense(3, 8), Own(), cp.Dense(8, 1))
    result = wrong(22, 300.0, "numpy", net, checkpoint=path)
    assert result.incident.explain().labels.step == 23
    read = cp.read_incident(path)
    assert "Own is no definition of clearprop's" in str(read)
    with pytest.raises(ValueError, match="was not saved"):
        read.explain()
    healthy = tmp_path / "healthy.checkpoint"
    wrong(22, 1.0, "numpy", checkpoint=healthy)
    assert cp.read_incident(healthy) is None
