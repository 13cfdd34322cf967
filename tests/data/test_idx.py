"""IDX: an exact parser, and images that find their labels."""

import gzip
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as st_numpy

from clearprop.data.idx import is_idx_name, parse_idx, read_idx, read_idx_inputs
from clearprop.files.errors import DataError

CODES = {"u1": 0x08, "i1": 0x09, "i2": 0x0B, "i4": 0x0C, "f4": 0x0D, "f8": 0x0E}


def idx_bytes(array):
    """What the format's description says, written once more and apart from the parser."""
    code = CODES[array.dtype.str[1:]]
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, code, array.ndim, *array.shape)
    return header + array.astype(array.dtype.newbyteorder(">")).tobytes()


@settings(deadline=None)
@given(
    st.sampled_from(list(CODES)).flatmap(
        lambda code: st_numpy.arrays(
            np.dtype(code), st_numpy.array_shapes(min_dims=1, max_dims=4, min_side=0)
        )
    )
)
def test_every_array_comes_back(array):
    found = parse_idx(idx_bytes(array), "my")
    assert found.dtype == array.dtype
    assert found.dtype.isnative
    np.testing.assert_array_equal(found, array)


@settings(deadline=None)
@given(st.integers(1, 40), st.binary(min_size=1, max_size=9))
def test_no_other_length_is_accepted(cut, more):
    data = idx_bytes(np.arange(24, dtype="u1").reshape(2, 3, 4))
    for wrong in (data[:-cut], data + more):
        with pytest.raises(DataError):
            parse_idx(wrong, "my")


BAD_BYTES = {
    "huge but for a 0": (
        b"\0\0\x08\x03" + bytes(4) + b"\xff" * 8,
        "my cannot be 0 x 4294967295 x 4294967295 numbers: the file is damaged.",
    ),
    "empty": (b"", "my is not an IDX file: it begins with nothing."),
    "text": (b"a,b\n1,2\n", "my is not an IDX file: it begins with 61 2c 62 0a."),
    "unknown type": (b"\0\0\x0a\x01\0\0\0\0", "my is not an IDX file: it begins with 00 00 0a 01."),
    "no dimensions": (b"\0\0\x08\0\1", "my is not an IDX file: it begins with 00 00 08 00."),
    "no sizes": (b"\0\0\x08\x01", "my ends within its header, after 4 bytes."),
    "cut header": (b"\0\0\x08\x02\0\0\0\1\0", "my ends within its header, after 9 bytes."),
    "cut": (
        b"\0\0\x08\x01\0\0\0\4\1\2\3",
        "my holds 11 bytes, where its header (4) asks for 12; was the download cut short?",
    ),
    "huge": (
        b"\0\0\x0e\x03" + b"\xff" * 12 + b"\0",
        (
            "my holds 17 bytes, where its header (4294967295 x 4294967295 x 4294967295) asks for "
            f"{(2**32 - 1) ** 3 * 8 + 16}; was the download cut short?"
        ),
    ),
}


@pytest.mark.parametrize("case", BAD_BYTES)
def test_what_is_not_idx_is_refused(case):
    data, message = BAD_BYTES[case]
    with pytest.raises(DataError) as caught:
        parse_idx(data, "my")
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("train-images-idx3-ubyte", True),
        ("train-images-idx3-ubyte.gz", True),
        ("train-images.idx3-ubyte", True),
        ("my.idx", True),
        ("my.idx.gz", True),
        ("idx.csv", False),
        ("my-idx3.csv", False),
    ],
)
def test_idx_files_are_known_by_their_names(name, expected):
    assert is_idx_name(name) is expected


IMAGES = np.arange(24, dtype="u1").reshape(4, 2, 3)
LABELS = np.array([0, 1, 1, 0], dtype="u1")


@pytest.mark.parametrize("images_name", ["t-images-idx3-ubyte", "t-images-idx3-ubyte.gz"])
@pytest.mark.parametrize("labels_name", ["t-labels-idx1-ubyte", "t-labels-idx1-ubyte.gz"])
def test_images_find_their_labels(write, images_name, labels_name):
    write(labels_name, idx_bytes(LABELS))
    dataset = read_idx(write(images_name, idx_bytes(IMAGES)), None)
    np.testing.assert_array_equal(dataset.X, IMAGES.reshape(4, 6))
    assert dataset.X.dtype == np.uint8
    np.testing.assert_array_equal(dataset.y, LABELS)
    assert dataset.feature_names == ("x1", "x2", "x3", "x4", "x5", "x6")
    assert (dataset.target_name, dataset.task) == ("label", "classification")
    assert dataset.notes == (f"The labels were read from {labels_name}.",)


def test_rows_of_numbers_can_be_predicted(write):
    rows = np.arange(6, dtype="f4").reshape(3, 2)
    np.testing.assert_array_equal(read_idx_inputs(write("my.idx", idx_bytes(rows))).X, rows)


def test_images_alone_can_be_predicted(write):
    table = read_idx_inputs(write("t-images-idx3-ubyte", idx_bytes(IMAGES)))
    np.testing.assert_array_equal(table.X, IMAGES.reshape(4, 6))


BAD_PAIRS = {
    "no labels": (
        {},
        (
            "t-images-idx3-ubyte: its labels, t-labels-idx1-ubyte or t-labels-idx1-ubyte.gz, are "
            "not beside it."
        ),
    ),
    "too few labels": (
        {"t-labels-idx1-ubyte": LABELS[:3]},
        "t-labels-idx1-ubyte has the shape (3,), where t-images-idx3-ubyte has 4 images.",
    ),
    "labels of two dimensions": (
        {"t-labels-idx1-ubyte": LABELS[:, None]},
        "t-labels-idx1-ubyte has the shape (4, 1), where t-images-idx3-ubyte has 4 images.",
    ),
}


@pytest.mark.parametrize("case", BAD_PAIRS)
def test_labels_that_do_not_fit_are_refused(write, case):
    files, message = BAD_PAIRS[case]
    for name, array in files.items():
        write(name, idx_bytes(array))
    with pytest.raises(DataError) as caught:
        read_idx(write("t-images-idx3-ubyte", idx_bytes(IMAGES)), None)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        (
            "my.idx",
            IMAGES,
            (
                "my.idx: cannot tell where its labels are. Files called *-images-idx3-ubyte and "
                "*-labels-idx1-ubyte belong together."
            ),
        ),
        (
            "t-labels-idx1-ubyte",
            LABELS,
            (
                "t-labels-idx1-ubyte holds one number for each row, as labels do; give the file of "
                "images."
            ),
        ),
        (
            "t-images-idx3-ubyte",
            IMAGES[:0],
            "t-images-idx3-ubyte holds no images: its shape is (0, 2, 3).",
        ),
    ],
)
def test_what_holds_no_images_is_refused(write, name, array, message):
    with pytest.raises(DataError) as caught:
        read_idx(write(name, idx_bytes(array)), None)
    assert str(caught.value) == message


def test_a_target_is_refused(write):
    with pytest.raises(DataError, match="found by their file's name; leave the target out"):
        read_idx(write("t-images-idx3-ubyte", idx_bytes(IMAGES)), "label")


def test_a_cut_download_is_refused(tmp_path):
    path = tmp_path / "t-images-idx3-ubyte.gz"
    path.write_bytes(gzip.compress(idx_bytes(IMAGES))[:-10])
    with pytest.raises(DataError, match=r"t-images-idx3-ubyte\.gz: the gzip file is damaged"):
        read_idx(path, None)
