"""Several processes on this machine train what one does; a lost one is an error in the others."""

import signal
from contextlib import contextmanager

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.engines.base import TrainingRows, TrainingState, TrainingTask
from clearprop.engines.processes import ALONE, OtherTrainingError, Processes
from clearprop.training.checkpoint import read_checkpoint
from clearprop.training.following import RateChange
from clearprop.training.orders import Orders
from clearprop.training.together import check_same_training, together
from clearprop.training.watch import Settings
from tests.engines.jax.joined import run_joined

pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")


class Told(Processes):
    """One of two processes, whose other one says what a test has written down."""

    def __init__(self, place, *other):
        self.count, self.place, self.other = 2, place, list(other)

    def summed(self, numbers):
        return [mine + its for mine, its in zip(numbers, self.other.pop(0), strict=True)]


def test_a_process_alone_decides_by_itself():
    assert ALONE.is_first
    assert ALONE.of_first([2.0, 3.0]) == [2.0, 3.0]
    assert ALONE.any(lambda: True)()
    ALONE.check_same({"rows": "1"})


def test_the_first_process_decides_and_any_may_end_a_training():
    assert Told(0, [0.0]).of_first([7.0]) == [7.0]
    assert Told(1, [7.0]).of_first([3.0]) == [7.0]
    assert Told(1, [1.0]).any(lambda: False)()
    assert not Told(1, [0.0]).any(lambda: False)()


@pytest.mark.parametrize("answer", [None, True, RateChange(0.5)])
def test_the_first_ones_answers_and_measures_hold(answer):
    factor = answer.factor if isinstance(answer, RateChange) else 0.0
    coded = [float(answer is True), factor]
    settings = Settings(
        9, 5, monitors={"score": lambda position: 4.0}, on_epoch=lambda report: "mine"
    )
    with together(settings, Told(1, [0.25], coded)) as (shared, _):
        assert shared.monitors["score"](None) == 0.25
        theirs = shared.on_epoch(None)
    assert theirs == answer if factor else theirs is bool(answer)
    with together(settings, ALONE) as (shared, cancelled):
        assert shared is settings
        assert cancelled is settings.cancelled


@pytest.fixture
def heard():
    """Handle SIGTERM as a command does, and tell how often it came."""
    numbers = []

    def note(number, frame):
        numbers.append(number)
        raise KeyboardInterrupt

    earlier = signal.signal(signal.SIGTERM, note)
    yield numbers
    signal.signal(signal.SIGTERM, earlier)


@contextmanager
def uninterrupted():
    """Fail where KeyboardInterrupt would end the tests."""
    try:
        yield
    except KeyboardInterrupt:
        raise AssertionError("KeyboardInterrupt") from None


SIGTERM_ELSEWHERE = [1.0, 0.0, 1.0, 0.0]


def test_a_signal_to_another_process_is_one_to_this(heard):
    with together(Settings(9, 5), Told(0, [0.0] * 4, SIGTERM_ELSEWHERE)) as (shared, cancelled):
        assert not cancelled()
        assert not heard
        assert cancelled()
        assert heard == [signal.SIGTERM]
        assert shared.cancelled()
        with uninterrupted():  # a launcher sends it to all, and this one is late
            signal.raise_signal(signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)
    assert len(heard) == 3


def test_a_signal_that_came_here_already_is_not_passed_on(heard):
    told = together(Settings(9, 5), Told(0, SIGTERM_ELSEWHERE))
    with uninterrupted(), told as (_, cancelled):
        signal.raise_signal(signal.SIGTERM)
        assert cancelled()
    assert len(heard) == 1


def _check(processes, x=0.0, seed=0, epochs=5):
    network = cp.Dense(2, 1)
    rows = TrainingRows.of(np.full((4, 2), x), np.ones((4, 1)), None)
    vector = np.zeros(3)
    task = TrainingTask(network, cp.SquaredError(), cp.SGD(), None, vector)
    check_same_training(
        processes, task, rows, Settings(epochs, 2), TrainingState(vector, {}),
        Orders(4, True, np.random.default_rng(seed)), Noise(0),
    )  # fmt: skip


class Recording(Processes):
    """The first of two processes that notes what it says."""

    count = 2

    def summed(self, numbers):
        self.said = numbers if len(numbers) > 1 else self.said
        return numbers


@pytest.mark.parametrize(
    "other, named", [({}, None), ({"x": 1.0}, "rows"), ({"seed": 1}, "seed"), ({"epochs": 6}, "se")]
)
def test_what_differs_between_processes_is_named(other, named):
    first = Recording()
    _check(first)
    if named is None:
        _check(Told(1, first.said, [0.0]))
        return
    with pytest.raises(OtherTrainingError, match=f"process 1 .* differs: .*{named}.* All proc"):
        _check(Told(1, first.said, [0.0]), **other)
    with pytest.raises(OtherTrainingError, match="another process was given another"):
        _check(Told(1, first.said, [1.0]))


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"hosts": "here"}, "'address:port' or 'auto'"),
        ({"hosts": "here:80"}, "process must be 'k/n'"),
        ({"hosts": "here:80", "process": "2/2"}, "process k of n from 0"),
        ({"hosts": "here:80", "process": "0/3"}, "3 devices do not divide 8 shards"),
        ({"hosts": "here:80", "process": "0/2", "devices": 2}, "all devices of all processes"),
        ({"process": "0/2"}, "needs hosts"),
        ({"hosts": "auto", "process": "0/2"}, "needs hosts="),
        ({"hosts": "auto", "lost_after": 0}, "at least 1 second"),
        ({"shard_optimizer": True}, "needs several devices"),
    ],
)
def test_wrong_settings_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        cp.Jax(**wrong)


SAME = """
net, params = normalised(getattr(cp, sys.argv[4]))
run = train(validation_data=(x[:20], t[:20]), metrics={"place": lambda t, p: float(place)})
assert run.history.metrics["place"] == [0.0] * 6, run.history.metrics
assert f"in {count} processes" in run.engine_report[0] or count == 1
said(run)
said(train(engine=cp.Jax(devices="all", shard_optimizer=True)))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "norm, count, devices", [("LayerNorm", 2, 2), ("LayerNorm", 4, 1), ("BatchNorm", 2, 2)]
)
def test_processes_compute_what_one_does(norm, count, devices):
    """In float32 to the same bits; the batch, the rows and the short last batch as they are."""
    (alone,) = run_joined(SAME, 1, norm)
    assert alone[0] == 0, alone[2]
    for code, out, err in run_joined(SAME, count, norm, devices=devices):
        assert code == 0, err
        assert out[0] == alone[1][0]
        assert out[1].split()[-1] == alone[1][1].split()[-1]  # its loss is summed otherwise


OTHER = """
x[0, 0] += place
try:
    train()
except cp.ResumeError:
    raise
except ValueError as error:
    print(error)
"""


@pytest.mark.slow
def test_processes_with_other_rows_train_nothing():
    (_, first, _), (_, second, err) = run_joined(OTHER, 2)
    assert "another process was given another training" in first[0], err
    assert "differs: rows." in second[0], err


LOST = """
net, params = normalised(cp.BatchNorm)
signalled(train)
"""

RESUMED = """
net, params = normalised(cp.BatchNorm)
said(train(checkpoint=sys.argv[4], resume=True))
said(train())
"""


@pytest.mark.slow
def test_a_killed_process_is_an_error_in_the_other_and_one_goes_on(tmp_path):
    path = tmp_path / "run.checkpoint"
    (_, out, err), (killed, _, _) = run_joined(LOST, 2, path, "SIGKILL")
    assert killed == -signal.SIGKILL
    assert out[0].startswith("another process of this training has ended"), (out, err)
    assert len(read_checkpoint(path)[1].history.loss) >= 3
    ((code, out, err),) = run_joined(RESUMED, 1, path)
    assert code == 0, err
    resumed, whole = out
    assert resumed == whole


@pytest.mark.slow
def test_a_signal_to_one_process_ends_all_after_the_same_step(tmp_path):
    ended = run_joined(LOST, 2, tmp_path / "run.checkpoint", "SIGINT")
    assert [code for code, _, _ in ended] == [0, 0], ended
    assert ended[0][1] == ended[1][1]
    assert ended[0][1][0].startswith("interrupted")


@pytest.mark.slow
def test_each_process_handles_a_signal_that_one_has_got(tmp_path):
    ended = run_joined(LOST, 2, tmp_path / "run.checkpoint", "SIGTERM")
    assert [code for code, _, _ in ended] == [0, 0], ended
    (first, *mine), (second, *theirs) = (out for _, out, _ in ended)
    assert (first, second) == ("0 handles 15", "1 handles 15")
    assert mine == theirs
    assert mine[0].startswith("interrupted")


SLURM = """
import os
from unittest import mock
import jax
os.environ.update(SLURM_JOB_ID="7", SLURM_STEP_NODELIST="localhost", SLURM_NTASKS=str(count),
                  SLURM_PROCID=str(place), SLURM_LOCALID=str(place), JAX_COORDINATOR_PORT=str(port))
engine = cp.Jax(hosts="auto")
run = train()
assert jax.process_count() == count
said(run)
"""


@pytest.mark.slow
def test_slurm_is_detected_by_jax():
    first, second = run_joined(SLURM, 2)
    assert first[0] == second[0] == 0, (first, second)
    assert first[1] == second[1]


def test_no_launcher_is_said(monkeypatch):
    """JAX looks for one before it computes, so a process of its own is not needed."""
    import jax

    from clearprop.engines.jax.processes import join

    def initialize(**arguments):
        assert arguments == {"heartbeat_timeout_seconds": 60}
        raise ValueError("coordinator_address should be defined.")

    monkeypatch.setattr(jax.distributed, "initialize", initialize)
    with pytest.raises(ValueError, match=r"hosts='auto' .* finds no Slurm"):
        join(cp.Jax(hosts="auto"))


ALONE_IN_TURN = """
for one in train(restarts=3, engine=cp.Jax(devices="all")).restarts:
    said(one)
"""

MANY = """
run = train(restarts=3, checkpoint=sys.argv[4])
for one in run.restarts:
    said(one)
print([one.final_loss for one in run.restarts] == sorted(one.final_loss for one in run.restarts))


from signal import SIGINT, raise_signal

told = []


def on_epoch(report):
    told.append(report.epoch)
    if place == count - 1 and len(told) == 9:  # in the third epoch of the second run
        raise_signal(SIGINT)


ended = train(restarts=3, on_epoch=on_epoch)
print(ended.reason, [len(one.history.loss) for one in ended.restarts])
"""


@pytest.mark.slow
def test_restarts_are_those_of_one_process(tmp_path):
    """A signal to one of them ends the run that it came in, and leaves out the next."""
    path = tmp_path / "runs"
    for code, out, err in run_joined(MANY, 2, path):
        assert code == 0, err
        assert out[3] == "True"
        assert out[4] == "interrupted [6, 3]"
        told = out[:3]
    assert len(list(path.iterdir())) == 3
    ((code, alone, err),) = run_joined(ALONE_IN_TURN, 1)
    assert code == 0, err
    assert told == alone
