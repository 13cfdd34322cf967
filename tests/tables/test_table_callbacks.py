"""Callbacks of scikit-learn's protocol in a table's fit: what they are told, and what they stop."""

import io
import pickle
from contextlib import redirect_stdout

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

import clearprop as cp

QUICK = {"preset": "fast", "max_epochs": 6, "members": 3, "random_state": 0, "n_jobs": 1}
KINDS = pytest.mark.parametrize("kind", [cp.TableClassifier, cp.TableRegressor])

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 3))
TARGETS = {
    cp.TableClassifier: np.where(X[:, 0] * X[:, 1] + 0.3 * X[:, 2] > 0, "yes", "no"),
    cp.TableRegressor: X[:, 0] * X[:, 1] + 0.3 * X[:, 2],
}


class Notes:
    """Notes what it is told; `stop` says of a task and its member's place whether to end."""

    def __init__(self, stop=lambda context, place: False):
        self.stop, self.told = stop, []
        self.begun, self.ended, self.curves, self.alone = [], [], {}, {}

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        self.begun.append((context.task_name, context.task_id))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator):
        self.ended.append((context.task_name, context.task_id))
        if context.task_name == "fit":
            return False
        place = (context.parent if context.task_name == "epoch" else context).task_id
        if context.task_name == "member":
            self.curves[place] = estimator.training_[place]
            self.alone[place] = fitted_estimator
        else:
            assert len(estimator.training_[place].loss_curve) == context.task_id + 1
        return self.stop(context, place)

    def epochs(self, place):
        return len(self.curves[place].loss_curve)


def fit(kind, callback, **more):
    return kind(**{**QUICK, **more}).set_callbacks(callback).fit(X, TARGETS[kind])


def in_second_epoch_of_member_1(context, place):
    return context.task_name == "epoch" and (place, context.task_id) == (1, 1)


def outputs(model):
    return np.stack(model._member_outputs(model.encode(X)))


@KINDS
def test_each_member_and_each_epoch_is_told_with_its_losses(kind):
    notes = Notes()
    model = fit(kind, notes)
    assert notes.told == ["setup", "teardown"]
    assert notes.ended[-1] == ("fit", 0)
    places = [task_id for name, task_id in notes.ended if name == "member"]
    # Two probes see the inputs with the pieces of codes; of classes two see those without, of
    # numbers one.
    assert places == list(range(5 if kind is cp.TableClassifier else 4))
    assert sorted(notes.begun) == sorted(notes.ended)
    curves = {
        (t.inputs, tuple(t.loss_curve), tuple(t.held_out_curve)) for t in notes.curves.values()
    }
    for member in model.members_:
        assert (member.inputs, member.loss_curve, member.held_out_curve) in curves
    assert [t.rows_held_out for t in notes.curves.values()] == [25] * (len(places) - 1) + [0]
    assert not hasattr(model, "training_")


@KINDS
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_callback_that_only_looks_changes_no_bit(kind, n_jobs):
    plain = kind(**QUICK).fit(X, TARGETS[kind])
    np.testing.assert_array_equal(outputs(fit(kind, Notes(), n_jobs=n_jobs)), outputs(plain))


def test_the_estimator_that_a_callback_asks_for_is_this_member_alone():
    notes = Notes()
    model = fit(cp.TableRegressor, notes, bins=0)
    for place, alone in notes.alone.items():
        np.testing.assert_array_equal(outputs(alone)[0], outputs(model)[place])
        assert len(alone.members_) == 1
    with pytest.raises(ValueError, match="0 rows were held out"):
        notes.alone[0].predict_interval(X)


def test_each_epoch_has_weights_of_its_own_that_stay_as_they_were():
    class Keeps(Notes):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            if context.task_name == "epoch" and context.parent.task_id == 2:
                self.told.append((outputs(fitted_estimator), fitted_estimator))

    notes = Keeps()
    model = fit(cp.TableRegressor, notes, bins=0)
    assert model.members_[2].rows_held_out == 0
    then, kept = zip(*notes.told[1:-1], strict=True)
    for before, estimator in zip(then, kept, strict=True):
        np.testing.assert_array_equal(outputs(estimator), before)
    assert len({array.tobytes() for array in then}) == model.members_[2].epochs > 1
    np.testing.assert_array_equal(then[-1][0], outputs(model)[2])


def test_scikit_learns_callbacks_work_unchanged():
    monitor = ScoringMonitor(scoring="accuracy")
    model = cp.TableClassifier(**QUICK).set_callbacks(ProgressBar(), monitor)
    with redirect_stdout(io.StringIO()):
        model.fit(X, TARGETS[cp.TableClassifier])
    rows = monitor.get_logs().data
    last = next(row["accuracy"] for row in rows if row["task_name"] == "fit")
    assert last == accuracy_score(TARGETS[cp.TableClassifier], model.predict(X))
    of_third = [row["accuracy"] for row in rows if row["parent_task_id_path"] == (0, 2)]
    assert len(of_third) == 6
    assert len(set(of_third)) > 1


@KINDS
def test_one_member_is_ended_and_the_others_go_on(kind):
    notes = Notes(in_second_epoch_of_member_1)
    model = fit(kind, notes)
    assert notes.epochs(1) == 2
    assert all(notes.epochs(place) > 2 for place in notes.curves if place != 1)
    assert model.ended_ == "done"


def test_a_member_on_all_rows_that_is_ended_stays_with_the_weights_it_has():
    other = fit(cp.TableRegressor, Notes(), members=2, max_epochs=8, bins=0)
    assert [m.rows_held_out > 0 for m in other.members_] == [True, False]
    notes = Notes(in_second_epoch_of_member_1)
    model = fit(cp.TableRegressor, notes, members=2, max_epochs=8, bins=0)
    assert model.members_[1].epochs == 2
    assert model.members_[1].loss_curve == other.members_[1].loss_curve[:2]


@KINDS
def test_the_fit_is_ended_and_the_members_so_far_are_kept(kind, tmp_path):
    notes = Notes(lambda context, place: context.task_name == "member" and place == 1)
    model = fit(kind, notes, members=8)
    assert list(notes.curves) == [0, 1]
    assert 1 <= len(model.members_) <= 2
    assert model.ended_ == "callback"
    assert model.predict(X).shape == (200,)
    model.save(tmp_path / "model")
    assert cp.load(tmp_path / "model").ended_ == "callback"


def test_the_fit_is_ended_at_once_from_an_epoch():
    notes = Notes(lambda context, place: True)
    model = fit(cp.TableRegressor, notes, members=8)
    assert [m.epochs for m in model.members_] == [1]


def test_a_callback_that_fails_ends_the_fit_and_leaves_the_model_as_it_was():
    model = fit(cp.TableRegressor, Notes())
    before, state = outputs(model), set(vars(model))

    def fails(context, place):
        raise LookupError("mine")

    notes = Notes(fails)
    with pytest.raises(LookupError, match="mine"):
        model.set_callbacks(notes).set_params(n_jobs=2).fit(X, TARGETS[cp.TableRegressor])
    assert notes.told == ["setup", "teardown"]
    assert set(vars(model)) == state
    np.testing.assert_array_equal(outputs(model), before)


def test_clones_and_pickles_keep_callbacks_as_scikit_learn_does_and_a_file_keeps_none(tmp_path):
    monitor = ScoringMonitor(scoring="r2")
    model = fit(cp.TableRegressor, monitor)
    assert clone(model)._skl_callbacks == [monitor]
    np.testing.assert_array_equal(outputs(pickle.loads(pickle.dumps(model))), outputs(model))
    model.save(tmp_path / "model")
    again = cp.load(tmp_path / "model")
    assert not hasattr(again, "_skl_callbacks")
    plain = cp.TableRegressor(**QUICK).fit(X, TARGETS[cp.TableRegressor])
    plain.save(tmp_path / "plain")
    assert (tmp_path / "plain").read_bytes() == (tmp_path / "model").read_bytes()


@pytest.mark.filterwarnings("ignore:The estimator FunctionTransformer does not support")
def test_a_pipeline_hands_its_callbacks_on():
    with redirect_stdout(io.StringIO()) as shown:
        pipe = make_pipeline(FunctionTransformer(), cp.TableRegressor(**QUICK))
        pipe.set_callbacks(ProgressBar()).fit(X, TARGETS[cp.TableRegressor])
    assert "TableRegressor - member" in shown.getvalue()


def test_the_recorder_of_one_network_says_that_it_cannot():
    with pytest.raises(TypeError, match="EpochRecorder records one network, and TableRegressor"):
        fit(cp.TableRegressor, cp.EpochRecorder())
