"""The health of a table estimator: each kind of finding once, with the number of networks."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.health.checks import Health
from clearprop.tables import base
from clearprop.tables.health import of_members
from clearprop.tables.recipe import recipe_of


def table(rows=400):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"a": rng.normal(size=rows), "b": rng.choice(["x", "y"], rows)})
    return frame, np.where(frame["a"] + (frame["b"] == "x") > 0.5, "yes", "no")


@pytest.fixture(scope="module")
def ill():
    """An estimator whose networks took steps that are far too long."""
    settings = {"preset": "fast", "max_epochs": 8, "random_state": 0, "n_jobs": 1}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base, "recipe_of", lambda *a: replace(recipe_of(*a), learning_rate=30.0))
        return cp.TableClassifier(**settings).fit(*table())


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
