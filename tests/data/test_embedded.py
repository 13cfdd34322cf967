"""The sets that come with scikit-learn."""

import numpy as np
import pytest
import sklearn.datasets

from clearprop.data import EMBEDDED_NAMES, DataError, load

SHAPES = {
    "digits": (1797, 64),
    "iris": (150, 4),
    "wine": (178, 13),
    "breast-cancer": (569, 30),
    "diabetes": (442, 10),
}


def test_the_names_are_those_of_the_sets():
    assert set(EMBEDDED_NAMES) == set(SHAPES)


@pytest.mark.parametrize("name", EMBEDDED_NAMES)
def test_a_set_is_the_bundled_one(name):
    dataset = load(name)
    bunch = getattr(sklearn.datasets, "load_" + name.replace("-", "_"))()
    assert dataset.X.shape == SHAPES[name]
    np.testing.assert_array_equal(dataset.X, bunch.data)
    np.testing.assert_array_equal(dataset.y, bunch.target)
    assert dataset.name == name
    assert len(dataset.feature_names) == dataset.X.shape[1]
    assert dataset.description == bunch.DESCR
    if dataset.task == "classification":
        assert len(dataset.target_names) == len(np.unique(dataset.y))
    else:
        assert (name, dataset.target_names) == ("diabetes", None)


@pytest.mark.parametrize("name", ["breast_cancer", "Breast-Cancer", "BREAST_CANCER"])
def test_case_and_hyphens_do_not_matter(name):
    assert load(name).name == "breast-cancer"


@pytest.mark.parametrize(("name", "hint"), [("irsi", " Did you mean 'iris'?"), ("mnist", "")])
def test_an_unknown_name_lists_the_sets(name, hint):
    with pytest.raises(DataError) as caught:
        load(name)
    assert str(caught.value) == (
        f"there is no embedded data set '{name}'.{hint} "
        "The embedded sets are digits, iris, wine, breast-cancer, diabetes."
    )
