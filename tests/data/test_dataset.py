"""Data sets are values that do not change."""

import dataclasses

import numpy as np
import pytest

from clearprop.data import Dataset, Table
from clearprop.data.dataset import image_of, numbered_names


def a_dataset(**changes):
    return Dataset("my", np.zeros((3, 1)), np.zeros(3), ("a",), "y", **changes)


def a_table():
    return Table("my", np.zeros((3, 1)), ("a",), lines=np.arange(3))


@pytest.mark.parametrize("make", [a_dataset, a_table])
def test_data_are_frozen_and_each_is_itself(make):
    data = make()
    with pytest.raises(dataclasses.FrozenInstanceError):
        data.name = "other"
    assert data == data
    assert data != make()
    assert len({data, make()}) == 2


def test_its_text_says_its_size_and_task():
    assert str(a_dataset()) == "my: 3 rows, 1 column, target y"
    assert str(a_dataset(task="regression")) == "my: 3 rows, 1 column, target y (regression)"


def test_its_representation_holds_no_data():
    assert "array" not in repr(a_dataset(description="array of text"))
    assert "array" not in repr(a_table())


def test_columns_are_numbered_from_one():
    assert numbered_names(2) == ("x1", "x2")


def test_pictures_have_their_height_first_as_their_array_has():
    assert image_of((60, 28, 20)) == (28, 20)
    assert image_of((60, 28, 20, 3)) is image_of((60, 28)) is image_of((60,)) is None
