"""Healthy trainings raise no alarm: five sets of scikit-learn, eighteen real ones."""

import pytest

from benchmarks import real_sets
from tests.health.healthy import KINDS, RECIPES, SKLEARN, TABLES, trained


def recipe_of(place, kind):
    """Return a recipe; plain steps of 0.05 are above a deep network's 2 / curvature."""
    return "adam" if kind == "deep" else list(RECIPES)[place % len(RECIPES)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SKLEARN)
def test_no_alarm_on_the_sets_of_scikit_learn(name, kind):
    recipe = recipe_of(SKLEARN.index(name) + 2 * KINDS.index(kind), kind)
    early = []
    result = trained(name, kind, recipe, on_epoch=lambda report: early.extend(report.health))
    assert [str(finding) for finding in (*early, *result.health)] == []
    assert result.incident is None


@pytest.mark.parametrize("name", [*TABLES, "mnist"])
@pytest.mark.one_in(3)
def test_no_alarm_on_real_sets(name):
    if not real_sets.FOLDER.is_dir():
        pytest.skip(real_sets.ABSENT)
    place = [*TABLES, "mnist"].index(name)
    kind = KINDS[place % len(KINDS)]
    result = trained(name, kind, recipe_of(place, kind))
    assert [str(finding) for finding in result.health] == []
    assert result.incident is None
