"""A table's fit that is cut off goes on from its folder to the bits of the uninterrupted one."""

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.tables import one_member

RNG = np.random.default_rng(0)
ROWS = 160
TABLE = pd.DataFrame(
    {"a": RNG.normal(size=ROWS), "b": RNG.normal(size=ROWS), "c": ["x", "y"] * (ROWS // 2)}
)
CLASSES = np.where(TABLE["a"] * TABLE["b"] > 0, "yes", "no")
NUMBERS = (TABLE["a"] ** 2 + (TABLE["c"] == "x") + 0.1 * RNG.normal(size=ROWS)).to_numpy()


class CutOffError(Exception):
    """Stands for whatever ends a process."""


def classifier(**kept):
    return cp.TableClassifier(max_epochs=12, members=4, random_state=0, n_jobs=1, **kept)


def same(one, other):
    assert len(one.members_) == len(other.members_)
    for a, b in zip(one.members_, other.members_, strict=True):
        assert (a.inputs, a.epochs, a.loss_curve) == (b.inputs, b.epochs, b.loss_curve)
        for layer in a.params:
            for name in a.params[layer]:
                np.testing.assert_array_equal(a.params[layer][name], b.params[layer][name])


@pytest.mark.parametrize("died_at", [0, 2, 5])
def test_a_fit_goes_on_to_the_same_bits(tmp_path, monkeypatch, died_at):
    """It dies after some networks; these are not trained again."""
    whole = classifier().fit(TABLE, CLASSES)
    trained, ended = [], []
    plain = one_member.train

    def dying(*args, **kept):
        if len(ended) == died_at:
            raise CutOffError
        ended.append(1)
        return plain(*args, **kept)

    with monkeypatch.context() as first:
        first.setattr(one_member, "train", dying)
        with pytest.raises(CutOffError):
            classifier(checkpoint=tmp_path / "run").fit(TABLE, CLASSES)

    def counted(*args, on_epoch, **kept):
        def heard(report):
            trained.append(report.epoch)
            return on_epoch(report)

        heard.counts_only = True
        return plain(*args, on_epoch=heard, **kept)

    monkeypatch.setattr(one_member, "train", counted)
    again = classifier(checkpoint=tmp_path / "run", resume=True).fit(TABLE, CLASSES)
    same(again, whole)
    assert trained.count(1) == len(list((tmp_path / "run").iterdir())) - died_at


def test_numbers_too_and_once_more_without_training(tmp_path, monkeypatch):
    def regressor(**kept):
        return cp.TableRegressor(max_epochs=10, members=3, random_state=1, **kept)

    whole = regressor().fit(TABLE, NUMBERS)
    same(regressor(checkpoint=tmp_path / "run", resume=True).fit(TABLE, NUMBERS), whole)
    again = regressor(checkpoint=str(tmp_path / "run"), resume=True).fit(TABLE, NUMBERS)
    same(again, whole)
    np.testing.assert_array_equal(again.predict(TABLE), whole.predict(TABLE))


def test_another_fit_is_refused(tmp_path):
    classifier(checkpoint=tmp_path / "run").fit(TABLE, CLASSES)
    with pytest.raises(cp.ResumeError, match="holds a training already"):
        classifier(checkpoint=tmp_path / "run").fit(TABLE, CLASSES)
    changed = TABLE.assign(a=TABLE["a"] + 1.5 * (TABLE["b"] > 0))
    with pytest.raises(cp.ResumeError, match="What differs: x: "):
        classifier(checkpoint=tmp_path / "run", resume=True).fit(changed, CLASSES)


def test_it_is_no_part_of_a_model(tmp_path):
    fitted = classifier(checkpoint=tmp_path / "run").fit(TABLE, CLASSES)
    fitted.save(tmp_path / "model")
    loaded = cp.load(tmp_path / "model")
    assert loaded.checkpoint is None
    same(loaded, fitted)
