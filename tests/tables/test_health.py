"""The health of a table estimator: each kind of finding once, with the number of networks."""

import copy
import pickle
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.health.checks import CHECKS, Health
from clearprop.tables import base, progress
from clearprop.tables.health import of_members
from clearprop.tables.recipe import recipe_of
from clearprop.training import checkup
from tests.trees import same_bits


def table(rows=400):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.choice(["x", "y"], rows)})
    return frame, np.where(frame["a"] + (frame["b"] == "x") > 0.5, "yes", "no")


def with_long_steps(**more):
    """Return an estimator whose networks took steps that are far too long."""
    settings = {"preset": "fast", "max_epochs": 8, "random_state": 0, "n_jobs": 1} | more
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "recipe_of", lambda *a: replace(recipe_of(*a), learning_rate=30.0))
        return cp.TableClassifier(**settings).fit(*table())


@pytest.fixture(scope="module")
def ill():
    return with_long_steps()


def test_what_is_ill_with_several_networks_is_told_once(ill):
    health = ill.health_
    checks = [one.check for one in health]
    assert health and len(set(checks)) == len(checks)
    for finding in health:
        having = sum(finding.check in {one.check for one in each.health} for each in ill.members_)
        assert finding.what.endswith(f"(in {having} of {len(ill.members_)} networks)")
    opened = [one.open() for one in health if one.opener is not None]
    assert all(step.labels.rows for step in opened)


def test_without_time_one_network_is_looked_at(ill):
    found = of_members(ill.members_, seconds=0.0)
    assert all("of 1 networks" in one.what for one in found)


@pytest.mark.parametrize("passed_on", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_holds_no_rows(ill, passed_on):
    assert any(member.record for member in ill.members_)
    other = passed_on(ill)
    assert not any(member.record for member in other.members_)
    frame, _ = table()
    np.testing.assert_array_equal(other.predict(frame), ill.predict(frame))


def test_few_rows_of_each_network_are_kept(ill):
    assert max(len(member.record.rows.t) for member in ill.members_) <= 256


def test_a_loaded_estimator_knows_its_columns_only(ill, tmp_path):
    ill.save(tmp_path / "t.clearprop")
    assert cp.load(tmp_path / "t.clearprop").health_ == Health(())


@pytest.mark.parametrize("threads", [1, 3])
def test_the_line_of_progress_names_what_is_wrong_with_how_many(ill, capsys, monkeypatch, threads):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(checkup, "ALLOWED", np.inf)
    monkeypatch.setattr(checkup, "GROWTH", 0.0)  # looks after every epoch
    told = with_long_steps(verbose=True, n_jobs=threads)
    *_, last, end, _ = capsys.readouterr().err.replace("\n", "\r").split("\r")
    found = re.search(r"left, (\D+) in (\d+) of (\d+) networks", last)
    assert found, last
    assert found[1] in {one.name for one in CHECKS}
    if threads == 1:  # otherwise a look is left out where another thread looks
        assert found[1] in {one.check for one in told.health_}
        # Networks that were tried and not kept are counted, too.
        assert len(told.members_) <= int(found[3])
    assert 1 <= int(found[2]) <= int(found[3])
    assert re.match(r"\d+ epochs in [\d.]+ s *$", end)
    for one, other in zip(told.members_, ill.members_, strict=True):
        assert same_bits(one.params, other.params)


def test_where_nobody_sees_a_line_there_is_no_look(monkeypatch):
    monkeypatch.setattr(checkup.SeldomLook, "__call__", None)
    assert with_long_steps(max_epochs=2).health_
