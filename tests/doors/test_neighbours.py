"""SHAP, LIME, imbalanced-learn, Dask and Ray with clearprop's estimators: the examples of each."""

import re

import pytest

from tests.doors.needs import needed
from tests.doors.test_packages import ran

pytestmark = pytest.mark.slow


def test_shap_values_add_up_to_the_predictions():
    needed("shap")
    said = ran("shap_values.py")
    apart = [float(number) for number in re.findall(r"adds up to (\S+)", said)]
    assert len(apart) == 3
    assert max(apart) < 1e-6
    assert "rests most on proline" in said


def test_lime_finds_the_weights_of_a_linear_network():
    needed("lime")
    said = ran("lime_weights.py")
    assert float(said.split("differ by ")[1].split()[0]) < 0.01
    assert "class_0: alcohol > 13.68: +" in said


def test_dask_ml_trains_on_blocks():
    needed("dask_ml")
    said = ran("dask_ml_blocks.py")
    assert "the same network as without dask-ml: True" in said
    assert float(said.split("9 blocks, accuracy ")[1]) > 0.9


def test_smote_finds_the_rare_class():
    needed("imblearn")
    said = ran("smote_before_a_network.py")
    scores = dict(re.findall(r"(.+): balanced accuracy (\S+)", said))
    assert float(scores["as they are"]) < 0.6
    assert min(float(score) for way, score in scores.items() if way != "as they are") > 0.8


@pytest.mark.parametrize(
    ("example", "package", "backend"),
    [("dask_search.py", "distributed", "Dask"), ("ray_search.py", "ray", "Ray")],
)
def test_a_search_on_the_workers_of(example, package, backend):
    needed(package)
    said = ran(example)
    assert f"the same scores as without {backend}: True" in said
    assert float(said.split("accuracy ")[1].split()[0]) > 0.9
