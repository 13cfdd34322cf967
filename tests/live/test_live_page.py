"""What `LivePage` records of real trainings; recording changes no number of them."""

import errno
import pickle
import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris

import clearprop as cp
from clearprop.health import checks as health_checks
from clearprop.live import one_run
from clearprop.training.following import Follower
from tests.trees import same_bits

from .made import NET, Asking, CutOffError, X, kinds, lines, train

IRIS = load_iris(return_X_y=True)


def test_a_record_holds_what_the_result_holds(tmp_path):
    page = cp.LivePage(tmp_path / "runs")
    result = train(page, early_stopping=True)
    assert same_bits(result.params, train(early_stopping=True).params)
    head, *epochs, end = lines(tmp_path / "runs" / "live-run.jsonl")
    assert (head["network"], head["rows"], head["batch_size"], head["epochs"]) == (
        "3 → 6 tanh dropout 0.2 → 4 relu → 1 sigmoid", 36, 16, 5,
    )  # fmt: skip
    history = result.history
    np.testing.assert_allclose([line["loss"] for line in epochs], history.loss, rtol=1e-6)
    held = [line["metrics"]["validation_loss"] for line in epochs]
    np.testing.assert_allclose(held, history.metrics["validation_loss"], rtol=1e-6)
    assert [line["rate"] for line in epochs] == history.learning_rate
    assert [line["best"] for line in epochs] == [1 + int(np.argmin(held[:k])) for k in range(1, 6)]
    assert (end["reason"], end["epochs"], end["best"]) == (result.reason, 5, history.best_epoch)
    assert epochs[0]["vitals"]["layers"][0]["path"] == "dense1"


def test_the_best_epoch_without_early_stopping(tmp_path):
    result = train(cp.LivePage(tmp_path), validation_fraction=0.0, epochs=4)
    *_, last, _ = lines(tmp_path / "live-run.jsonl")
    assert last["best"] == 1 + int(np.argmin(result.history.loss))


def test_an_estimator_is_followed(tmp_path):
    X, y = IRIS
    page = cp.LivePage(tmp_path / "page.html", name="flowers")
    how = {"max_iter": 4, "early_stopping": True, "random_state": 0, "n_iter_no_change": 99}
    with pytest.warns(UserWarning, match="Maximum iterations"):
        plain = cp.MLPClassifier((5,), **how).fit(X, y)
    with pytest.warns(UserWarning, match="Maximum iterations"):
        clf = cp.MLPClassifier((5,), **how).set_callbacks(page).fit(X, y)
    np.testing.assert_array_equal(clf.coefs_[0], plain.coefs_[0])
    head, *epochs, end = lines(tmp_path / "page-flowers.jsonl")
    assert (head["model"], head["name"], end["reason"]) == ("MLPClassifier", "flowers", "epochs")
    scores = [line["metrics"]["validation_score"] for line in epochs]
    np.testing.assert_allclose(scores, clf.validation_scores_, rtol=1e-6)


def test_the_networks_of_a_table_are_runs(tmp_path):
    X, y = IRIS
    table = cp.TableClassifier(preset="fast", random_state=0, n_jobs=2)
    plain = cp.TableClassifier(preset="fast", random_state=0, n_jobs=2).fit(X, y)
    table.set_callbacks(cp.LivePage(tmp_path)).fit(X, y)
    np.testing.assert_array_equal(table.predict_proba(X), plain.predict_proba(X))
    records = sorted(tmp_path.glob("live-network-*.jsonl"))
    assert len(records) >= len(table.members_) > 2
    for path in records:
        assert kinds(path)[0] == "head"
        assert kinds(path)[-1] == "end"
        assert lines(path)[0]["name"].startswith("network ")


def test_restarts_and_later_trainings_have_records_of_their_own(tmp_path):
    page = cp.LivePage(tmp_path)
    train(page, restarts=3, epochs=2)
    train(page, epochs=1)
    found = {path.name: kinds(path) for path in tmp_path.glob("*.jsonl")}
    assert sorted(found) == [
        "live-run-2.jsonl", "live-run-3.jsonl", "live-run-4.jsonl", "live-run.jsonl",
    ]  # fmt: skip
    assert sorted(map(len, found.values())) == [3, 4, 4, 4]


def test_lbfgs_is_followed(tmp_path):
    net = cp.Chain(cp.Dense(3, 1))
    page = Asking(tmp_path, {1: [{"do": "step"}, {"do": "rate", "rate": 0.1}]})
    t = X[:, :1]
    result = cp.train(
        net, cp.SquaredError(), net.init(np.random.default_rng(0)), X, t, optimizer=cp.LBFGS(),
        on_epoch=page,
    )  # fmt: skip
    assert result.reason == "converged"
    told = [line for line in lines(tmp_path / "live-run.jsonl") if line["kind"] == "command"]
    assert [line["do"] for line in told] == ["step", "rate"]
    assert all("L-BFGS" in line["refused"] for line in told)


def test_the_record_ends_with_what_looks_wrong(tmp_path):
    net = cp.Chain(cp.Dense(3, 20), cp.ReLU(), cp.Dense(20, 1))
    params = net.init(np.random.default_rng(0))
    params["dense1"]["b"][:15] = -50.0
    t = (X[:, :1] > 0).astype(float)
    how = {"epochs": 3, "seed": 0, "on_epoch": cp.LivePage(tmp_path)}
    result = cp.train(net, cp.BinaryCrossEntropy(), params, X, t, **how)
    *_, last, end = lines(tmp_path / "live-run.jsonl")
    (dead,) = [one for one in end["findings"] if one["check"] == "dead units"]
    assert (dead["where"], dead["measured"]) == ("relu1", 0.75)
    assert last["vitals"]["layers"][1]["dead"] == 0.75
    assert [one["check"] for one in end["findings"]] == [one.check for one in result.health]


def test_the_record_says_in_between_what_looks_wrong_where_that_changes(tmp_path):
    """As `result.health` says at the end, and `report.health` at each epoch."""
    net = cp.Chain(cp.Dense(3, 20), cp.ReLU(), cp.Dense(20, 1))
    params = net.init(np.random.default_rng(0))
    params["dense1"]["b"][:15] = -50.0
    t, seen = (X[:, :1] > 0).astype(float), []

    class Both(cp.LivePage):
        def __call__(self, report):
            seen.append(report.health)
            return super().__call__(report)

    how = {"epochs": 3, "seed": 0, "on_epoch": Both(tmp_path)}
    result = cp.train(net, cp.BinaryCrossEntropy(), params, X, t, **how)
    told = lines(tmp_path / "live-run.jsonl")
    (line,) = [one for one in told if one["kind"] == "health"]
    assert line["after"] == 1
    assert [one["check"] for one in line["findings"]] == ["dead units"]
    assert [str(health) for health in seen] == [str(result.health)] * 3
    assert told[-1]["findings"] == [one.to_dict() for one in result.health]
    assert '"kind":"health"' in (tmp_path / "live.html").read_text()


def test_the_end_of_an_exploded_training_says_what_its_result_says(tmp_path):
    how = {"optimizer": cp.SGD(1e200), "on_epoch": cp.LivePage(tmp_path)}
    with np.errstate(all="ignore"):
        result = train(**how)
    told = lines(tmp_path / "live-run.jsonl")
    assert [one["check"] for one in told[-1]["findings"]] == [one.check for one in result.health]


def test_a_fault_of_a_check_ends_no_training(tmp_path, monkeypatch):
    def broken(record, checks=()):
        raise RuntimeError("a fault")

    monkeypatch.setattr(health_checks, "examined", broken)
    with pytest.warns(UserWarning, match="no diagnosis of this training: RuntimeError"):
        result = train(cp.LivePage(tmp_path))
    assert same_bits(result.params, train().params)
    assert "findings" not in lines(tmp_path / "live-run.jsonl")[-1]


# Steering.


def test_a_changed_learning_rate_is_that_of_the_training(tmp_path):
    page = Asking(tmp_path, {2: [{"do": "rate", "rate": 0.005}]})
    steered = train(page, schedule=cp.StepDecay(2, 0.5))

    class Changing(Follower):
        def __call__(self, report):
            return cp.RateChange(0.5) if report.epoch == 2 else None

    assert same_bits(steered.params, train(Changing(), schedule=cp.StepDecay(2, 0.5)).params)
    assert steered.history.learning_rate == [0.02, 0.02, 0.005, 0.005, 0.0025]
    line = next(one for one in lines(tmp_path / "live-run.jsonl") if one["kind"] == "command")
    assert (line["after"], line["do"], line["rate"], line["factor"]) == (2, "rate", 0.005, 0.5)


def test_stop_keeps_what_was_reached(tmp_path):
    page = Asking(
        tmp_path, {3: [{"do": "pause"}, {"do": "pause"}, {"do": "go on"}, {"do": "stop"}]}
    )
    result = train(page)
    assert (result.reason, len(result.history)) == ("callback", 3)
    assert same_bits(result.params, train(epochs=3).params)
    told = [(one["after"], one["do"]) for one in lines(tmp_path / "live-run.jsonl")[4:-1]]
    assert told == [(3, "pause"), (3, "go on"), (3, "stop")]


def test_the_step_that_is_opened_is_the_next_one(tmp_path):
    """One step an epoch: the opened step ends where the next epoch ends."""
    opened, reached = [], []

    class Keeping(Asking):
        def __call__(self, report):
            reached.append(report.position.params)
            return super().__call__(report)

    original = one_run.next_step

    def noted(*arguments):
        opened.append(original(*arguments))
        return opened[-1]

    page = Keeping(tmp_path, {2: [{"do": "rate", "rate": 0.001}, {"do": "step"}]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(one_run, "next_step", noted)
        result = train(page, batch_size=48, engine="numpy")
    assert same_bits(result.params, train(_Change(), batch_size=48, engine="numpy").params)
    (step,) = opened
    after = np.concatenate([np.ravel(step[f"{path}.new"]) for path in step.task.layout.paths])
    np.testing.assert_array_equal(after, reached[2])
    assert "step 3" in step.title
    line = next(one for one in lines(tmp_path / "live-run.jsonl") if one.get("do") == "step")
    assert line["step"] == 3
    assert "one training step" in page._steps[line["key"]]


class _Change(Follower):
    def __call__(self, report):
        return cp.RateChange(0.001 / 0.02) if report.epoch == 2 else None


def test_only_the_latest_steps_are_kept(tmp_path):
    page = Asking(tmp_path, {1: [{"do": "step"}] * 10})
    train(page, epochs=1)
    assert len(page._steps) == 8


def test_stop_ends_one_network_of_a_table_or_all(tmp_path):
    X, y = IRIS
    page = Asking(tmp_path / "all", {2: [{"do": "stop"}]})
    table = cp.TableClassifier(preset="fast", random_state=0, n_jobs=1)
    table.set_callbacks(page).fit(X, y)
    assert table.ended_ == "callback"
    assert len(table.members_) == 1

    class One(Asking):
        def __call__(self, report):
            if report.run.place == 1 and report.epoch == 2:
                self._obey({"run": "live-network-1.jsonl", "do": "stop"})
            return cp.LivePage.__call__(self, report)

    table = cp.TableClassifier(preset="fast", random_state=0, n_jobs=1)
    table.set_callbacks(One(tmp_path / "one")).fit(X, y)
    assert table.ended_ == "done"
    assert kinds(tmp_path / "one" / "live-network-1.jsonl").count("epoch") == 2


# Going on.


def cut_off(folder, after, presses=None, every=1, resume=False):
    class Dying(Asking):
        def __call__(self, report):
            answer = super().__call__(report)
            if report.epoch == after:
                raise CutOffError
            return answer

    page = Dying(folder, presses)
    kept = cp.Checkpoint(folder / "run.checkpoint", every=every)
    with pytest.raises(CutOffError):
        train(page, checkpoint=kept, resume=resume)


def go_on(folder, every=1):
    kept = cp.Checkpoint(folder / "run.checkpoint", every=every)
    return train(cp.LivePage(folder), checkpoint=kept, resume=True)


def test_a_training_that_goes_on_goes_on_in_its_record(tmp_path):
    cut_off(tmp_path, 4, every=2)
    before = (tmp_path / "live-run.jsonl").read_bytes()
    result = go_on(tmp_path, every=2)
    after = (tmp_path / "live-run.jsonl").read_bytes()
    assert after.startswith(before)
    assert same_bits(result.params, train().params)
    told = lines(tmp_path / "live-run.jsonl")
    resume = next(line for line in told if line["kind"] == "resume")
    assert (resume["epochs"], resume["lost"]) == (2, [])
    numbers = [line["epoch"] for line in told if line["kind"] == "epoch"]
    assert numbers == [1, 2, 3, 4, 3, 4, 5]


def test_a_record_in_another_folder_gets_the_epochs_before(tmp_path):
    cut_off(tmp_path, 4)
    (tmp_path / "live-run.jsonl").unlink()
    result = go_on(tmp_path)
    told = lines(tmp_path / "live-run.jsonl")
    assert [line["kind"] for line in told] == ["head", "resume", *["epoch"] * 5, "end"]
    losses = [line["loss"] for line in told if line["kind"] == "epoch"]
    np.testing.assert_allclose(losses, result.history.loss, rtol=1e-6)


def test_a_changed_rate_is_in_the_checkpoint_or_the_resumption_says_so(tmp_path):
    presses = {2: [{"do": "rate", "rate": 0.01}], 3: [{"do": "rate", "rate": 0.004}]}
    result = train(Asking(tmp_path / "whole", presses))
    (tmp_path / "held").mkdir()
    cut_off(tmp_path / "held", 4, presses)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert same_bits(go_on(tmp_path / "held").params, result.params)
    (tmp_path / "lost").mkdir()
    cut_off(tmp_path / "lost", 4, presses, every=2)
    with pytest.warns(UserWarning, match="changed by hand after epoch 3, but the checkpoint is fr"):
        going_on = go_on(tmp_path / "lost", every=2)
    assert going_on.history.rate_factors == {3: 0.5}
    told = lines(tmp_path / "lost" / "live-run.jsonl")
    assert next(line for line in told if line["kind"] == "resume")["lost"] == [3]


def test_networks_that_are_kept_go_on_in_their_records(tmp_path):
    X, y = IRIS
    how = {"preset": "fast", "random_state": 0, "checkpoint": tmp_path / "kept", "n_jobs": 1}
    first = cp.TableClassifier(**how).set_callbacks(cp.LivePage(tmp_path)).fit(X, y)
    again = cp.TableClassifier(**how, resume=True).set_callbacks(cp.LivePage(tmp_path)).fit(X, y)
    np.testing.assert_array_equal(first.predict_proba(X), again.predict_proba(X))
    told = kinds(tmp_path / "live-network-0.jsonl")
    assert told[-3:] == ["end", "resume", "end"]


def test_an_error_in_a_metric_ends_the_record(tmp_path):
    def broken(t, p):
        raise CutOffError

    with pytest.raises(CutOffError):
        train(cp.LivePage(tmp_path), metrics={"broken": broken})
    assert lines(tmp_path / "live-run.jsonl")[-1]["reason"] == "error"


# What goes wrong beside the training.


def test_a_full_disk_stops_no_training(tmp_path, monkeypatch):
    def full(self, lines):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(one_run.RecordWriter, "write", full)
    with pytest.warns(UserWarning, match="training goes on, but its live page does not") as caught:
        result = train(cp.LivePage(tmp_path))
    assert len(caught) == 1
    assert same_bits(result.params, train().params)


def test_a_copy_in_another_process_does_not_serve(tmp_path):
    page = cp.LivePage(tmp_path, serve=True, name="a")
    try:
        copy = pickle.loads(pickle.dumps(page))
        assert (copy.page, copy.name, copy.address) == (page.page, "a", None)
    finally:
        page.close()
    assert page.address is None


def test_vitals_are_not_of_rows_with_dropout_only(tmp_path):
    """The sampled step changes nothing: the training's own network stays unwatched."""
    train(cp.LivePage(tmp_path))
    assert type(NET.layers[0]).__name__ == "Dense"
