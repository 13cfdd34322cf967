"""NPZ: which arrays are inputs and targets, and nothing pickled."""

import numpy as np
import pytest

from clearprop.data.npz import read_npz, read_npz_inputs
from clearprop.files.errors import DataError

X = np.arange(12.0).reshape(6, 2)
Y = np.array([0, 1, 0, 1, 0, 1])


@pytest.fixture
def save(tmp_path):
    def save_file(**arrays):
        path = tmp_path / "my.npz"
        np.savez_compressed(path, **arrays)
        return path

    return save_file


@pytest.mark.parametrize(
    ("inputs", "target"),
    [("X", "y"), ("x", "y"), ("data", "target"), ("x_train", "y_train"), ("X_test", "y_test")],
)
def test_known_names_are_a_pair(save, inputs, target):
    dataset = read_npz(save(**{target: Y, inputs: X}), None)
    np.testing.assert_array_equal(dataset.X, X)
    np.testing.assert_array_equal(dataset.y, Y)
    assert (dataset.target_name, dataset.task) == (target, "classification")
    assert dataset.feature_names == ("x1", "x2")
    assert dataset.notes == ()


@pytest.mark.parametrize("order", [("values", "labels"), ("labels", "values")])
def test_of_two_arrays_the_one_of_one_dimension_is_the_target(save, order):
    arrays = {"values": X, "labels": Y}
    dataset = read_npz(save(**{name: arrays[name] for name in order}), None)
    assert dataset.target_name == "labels"
    np.testing.assert_array_equal(dataset.X, X)


@pytest.mark.parametrize("target", ["a", "b"])
def test_the_target_can_be_named(save, target):
    values = {"a": X[:, :1], "b": X[:, 1:]}
    dataset = read_npz(save(**values), target)
    np.testing.assert_array_equal(dataset.y, values[target][:, 0])
    assert dataset.X.shape == (6, 1)


def test_training_arrays_come_first_and_the_others_are_noted(save):
    path = save(x_test=X[:2], x_train=X, y_train=Y, y_test=Y[:2])
    dataset = read_npz(path, None)
    assert len(dataset.y) == 6
    assert dataset.notes == (
        "Read x_train and y_train; the file's x_test, y_test were left aside.",
    )
    assert len(read_npz(path, "y_test").y) == 2


def test_images_become_rows(save):
    dataset = read_npz(save(X=np.arange(24, dtype="u1").reshape(6, 2, 2), y=Y), None)
    assert dataset.X.shape == (6, 4)
    assert dataset.X.dtype == np.uint8


def test_texts_are_targets_and_one_column_is_flattened(save):
    labels = np.array([["a"], ["b"], ["a"], ["b"], ["a"], ["b"]])
    dataset = read_npz(save(X=X, y=labels), None)
    assert dataset.y.tolist() == labels[:, 0].tolist()


def test_inputs_alone_can_be_predicted(save):
    np.testing.assert_array_equal(read_npz_inputs(save(anything=X)).X, X)
    table = read_npz_inputs(save(X=X, y=Y))
    np.testing.assert_array_equal(table.X, X)
    assert table.feature_names == ("x1", "x2")


BAD_ARRAYS = {
    "no arrays": ({}, None, "my.npz holds no arrays."),
    "two of one dimension": (
        {"a": Y, "b": Y},
        None,
        (
            "my.npz: cannot tell which of its arrays (a (6,), b (6,)) are inputs and targets; "
            "call them X and y."
        ),
    ),
    "three of unknown names": (
        {"a": X, "b": Y, "c": Y},
        "b",
        (
            "my.npz: cannot tell which of its arrays (a (6, 2), b (6,), c (6,)) are inputs and "
            "targets; call them X and y."
        ),
    ),
    "only one": (
        {"a": X},
        None,
        (
            "my.npz: cannot tell which of its arrays (a (6, 2)) are inputs and targets; "
            "call them X and y."
        ),
    ),
    "unknown target": (
        {"X": X, "label": Y},
        "lable",
        "my.npz has no array 'lable'. Did you mean 'label'? Its arrays are 'X', 'label'.",
    ),
    "other lengths": ({"X": X, "y": Y[:5]}, None, "my.npz: 'X' has 6 rows and 'y' has 5."),
    "two targets": (
        {"X": X, "y": X},
        None,
        (
            "my.npz: the targets 'y' have the shape (6, 2); one number or text for each row is "
            "expected."
        ),
    ),
    "inputs of one dimension": (
        {"X": Y, "y": Y},
        None,
        (
            "my.npz: the inputs 'X' are of type int64 and shape (6,); rows and columns of "
            "numbers or texts are expected."
        ),
    ),
    "no rows": (
        {"X": X[:0], "y": Y[:0]},
        None,
        (
            "my.npz: the inputs 'X' are of type float64 and shape (0, 2); rows and columns of "
            "numbers or texts are expected."
        ),
    ),
    "complex inputs": (
        {"X": X + 1j, "y": Y},
        None,
        (
            "my.npz: the inputs 'X' are of type complex128 and shape (6, 2); rows and columns of "
            "numbers or texts are expected."
        ),
    ),
    "missing target": (
        {"X": X, "y": np.array([1, np.nan, 1, 1, 1, 1])},
        None,
        "my.npz: 'y': row 2: the target nan is not finite.",
    ),
}


@pytest.mark.parametrize("case", BAD_ARRAYS)
def test_arrays_that_do_not_fit_are_refused(save, case):
    arrays, target, message = BAD_ARRAYS[case]
    with pytest.raises(DataError) as caught:
        read_npz(save(**arrays), target)
    assert str(caught.value) == message


def test_pickled_objects_are_never_opened(save):
    class Bomb:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was opened",))

    path = save(X=np.array([[Bomb()]], dtype=object), y=np.array([1]))
    with pytest.raises(DataError, match=r"^my\.npz: an array cannot be read .* never opened;"):
        read_npz(path, None)


def test_a_file_that_is_cut_or_foreign_is_refused(save, tmp_path):
    whole = save(X=X, y=Y).read_bytes()
    path = tmp_path / "cut.npz"
    for data in (whole[:-30], b"", b"\x80\x04K\x01."):
        path.write_bytes(data)
        with pytest.raises(DataError) as caught:
            read_npz(path, None)
        assert str(caught.value) == "cut.npz is not an NPZ file, or it is cut short."


def test_a_flipped_byte_is_noticed(save):
    path = save(X=np.random.default_rng(0).normal(size=(50, 4)), y=np.arange(50))
    data = bytearray(path.read_bytes())
    data[200] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"my\.npz"):
        read_npz(path, None)
