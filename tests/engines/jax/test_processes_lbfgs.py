"""L-BFGS in several processes takes the path that it takes in one, and ends as other trainings."""

import shutil
import signal

import pytest

from clearprop.training.checkpoint import read_checkpoint
from tests.engines.jax.joined import run_joined

pytest.importorskip("jax", reason="JAX is not installed: pip install clearprop[jax]")

LBFGS = """
net, params = normalised(cp.LayerNorm, dropout=0.0)


def minimise(**options):
    return train(**{"optimizer": cp.LBFGS(), "epochs": 12, "l2": 0.01, **options})

"""

SAME = """
run = minimise(validation_data=(x[:20], t[:20]), metrics={"place": lambda t, p: float(place)})
assert run.history.metrics["place"] == [0.0] * 12, run.history.metrics
said(run)
for one in minimise(restarts=2, epochs=3).restarts:
    said(one)
few = {"hidden_layer_sizes": (8,), "max_iter": 9, "random_state": 0}
estimator = cp.MLPRegressor(solver="lbfgs", engine=engine, **few)
print(estimator.fit(x, t).predict(x[:3]).tolist())
"""


@pytest.mark.slow
def test_processes_take_the_path_of_one():
    (alone,) = run_joined(LBFGS + SAME, 1)
    assert alone[0] == 0, alone[2]
    assert len(alone[1]) == 4
    for code, out, err in run_joined(LBFGS + SAME, 2, devices=2):
        assert code == 0, err
        assert out == alone[1]


ENDED = """
signalled(minimise)
"""

RESUMED = """
said(minimise(checkpoint=sys.argv[4], resume=True))
"""


@pytest.mark.slow
def test_a_signal_to_one_process_ends_all_after_the_same_iteration(tmp_path):
    ended = run_joined(LBFGS + ENDED, 2, tmp_path / "run.checkpoint", "SIGTERM")
    assert [code for code, _, _ in ended] == [0, 0], ended
    (first, *mine), (second, *theirs) = (out for _, out, _ in ended)
    assert (first, second) == ("0 handles 15", "1 handles 15")
    assert mine == theirs
    assert mine[0].startswith("interrupted")


@pytest.mark.slow
def test_a_killed_process_is_an_error_in_the_other_and_any_number_go_on(tmp_path):
    path = tmp_path / "run.checkpoint"
    (_, out, err), (killed, _, _) = run_joined(LBFGS + ENDED, 2, path, "SIGKILL")
    assert killed == -signal.SIGKILL
    assert out[0].startswith("another process of this training has ended"), (out, err)
    assert len(read_checkpoint(path)[1].history.loss) >= 3
    shutil.copy(path, tmp_path / "copy.checkpoint")
    ((code, alone, err),) = run_joined(LBFGS + RESUMED, 1, path)
    assert code == 0, err
    for code, out, err in run_joined(LBFGS + RESUMED, 2, tmp_path / "copy.checkpoint"):
        assert code == 0, err
        assert out == alone
