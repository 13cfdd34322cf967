"""The file of a saved model: what comes back, what is refused, and with which words."""

import hashlib
import json
import os
import signal
import struct
import subprocess
import sys

import numpy as np
import pytest
import safetensors
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from clearprop.files import container
from clearprop.files.container import read_model, write_model
from tests.killing import run_killed_at

DTYPES = [
    *("float32", "float64", "bool"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
]

DOCUMENT = {
    "estimator": "MLPClassifier",
    "classes": ["düne", "fjord", "\u2028</script>", "\ud800"],
    "loss_curve": [0.1, 1e-300, -0.0, 5e-324, 1.7976931348623157e308],
    "seed": 2**127 + 1,
    "layers": [{"kind": "dense", "shape": [4, 3]}, {}, []],
    "nothing": None,
    "early_stopping": False,
}


def some_arrays():
    rng = np.random.default_rng(0)
    return {
        "dense1.W": rng.standard_normal((4, 3)),
        "dense1.b": rng.standard_normal(3).astype(np.float32),
        "step": np.array(17),
        "mask": np.array([True, False, True]),
        "none": np.zeros((0, 5), np.int8),
        "ünï": np.arange(5, dtype=np.uint16),
    }


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "a.clearprop"
    write_model(path, DOCUMENT, some_arrays())
    return path


# --- what is saved comes back ----------------------------------------------------------------


def test_document_and_arrays_come_back(saved):
    document, arrays = read_model(str(saved))
    assert document == DOCUMENT
    assert list(document) == list(DOCUMENT)
    assert arrays.keys() == some_arrays().keys()
    for name, array in some_arrays().items():
        assert arrays[name].dtype == array.dtype
        assert arrays[name].shape == array.shape
        np.testing.assert_array_equal(arrays[name], array)


@pytest.mark.parametrize(
    ("document", "arrays"), [({}, {}), ({"a": 1}, {}), ({}, {"": np.zeros(())})]
)
def test_little_or_nothing_to_save(tmp_path, document, arrays):
    write_model(tmp_path / "a", document, arrays)
    assert read_model(tmp_path / "a") == (document, arrays)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # any character, the halves of surrogate pairs included
    | st.text(st.characters()),
    lambda items: st.lists(items) | st.dictionaries(st.text(), items),
    max_leaves=10,
)


@given(document=st.dictionaries(st.text(), json_values))
@settings(deadline=None)
def test_any_document_comes_back_the_same(tmp_path_factory, document):
    path = tmp_path_factory.getbasetemp() / "document.clearprop"
    write_model(path, document, {})
    loaded, _ = read_model(path)
    # As text: 1, 1.0 and True are equal in Python, and so are 0.0 and -0.0.
    assert json.dumps(loaded) == json.dumps(document)


def layouts(array):
    """The same values in other places in memory."""
    yield array
    if array.ndim > 0:
        yield np.asfortranarray(array)
        yield np.repeat(array, 2, axis=0)[::2]
        yield np.flip(np.flip(array).copy())


@given(data=st.data(), dtype=st.sampled_from(DTYPES), order=st.sampled_from("<>"))
@settings(deadline=None)
def test_any_array_in_any_layout_comes_back_the_same_to_the_bit(
    tmp_path_factory, data, dtype, order
):
    path = tmp_path_factory.getbasetemp() / "array.clearprop"
    shape = npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4)
    array = data.draw(npst.arrays(np.dtype(dtype).newbyteorder(order), shape))
    files = set()
    for layout in layouts(array):
        write_model(path, {}, {"x": layout})
        files.add(path.read_bytes())
        loaded = read_model(path)[1]["x"]
        assert loaded.dtype == np.dtype(dtype)
        assert loaded.dtype.isnative
        assert loaded.shape == array.shape
        assert loaded.flags.c_contiguous
        assert loaded.tobytes() == array.astype(dtype).tobytes()
    assert len(files) == 1


def test_the_arrays_are_writable_and_independent_of_the_file(saved):
    _, arrays = read_model(saved)
    # Saving over the file that has just been loaded must not change what was loaded.
    write_model(saved, {}, {name: np.zeros_like(array) for name, array in arrays.items()})
    saved.unlink()
    for name, array in some_arrays().items():
        np.testing.assert_array_equal(arrays[name], array)
        arrays[name][...] = 1


def test_the_same_content_gives_the_same_bytes(saved):
    bytes_before = saved.read_bytes()
    for _ in range(20):
        write_model(saved, *read_model(saved))
        assert saved.read_bytes() == bytes_before


# --- the format ------------------------------------------------------------------------------


def test_the_file_is_plain_safetensors(saved):
    with safetensors.safe_open(saved, framework="np") as file:
        metadata = file.metadata()
        assert sorted(file.keys()) == sorted(some_arrays())
        for name, array in some_arrays().items():
            np.testing.assert_array_equal(file.get_tensor(name), array)
    assert metadata.keys() == {"format", "version", "document", "sha256"}
    assert (metadata["format"], metadata["version"]) == ("clearprop", "1")
    assert json.loads(metadata["document"]) == DOCUMENT


def test_the_header_begins_as_promised_and_the_checksum_covers_every_byte(saved):
    data = saved.read_bytes()
    start = b'{"__metadata__":{"format":"clearprop","version":"1","sha256":"'
    assert data[8:].startswith(start)
    at = 8 + len(start)
    zeroed = data[:at] + b"0" * 64 + data[at + 64 :]
    assert data[at : at + 64].decode() == hashlib.sha256(zeroed).hexdigest()
    (length,) = struct.unpack("<Q", data[:8])
    assert length % 8 == 0  # the arrays are aligned, as safetensors' own files are


def test_importing_the_module_does_not_import_safetensors():
    code = "import sys, clearprop.files.container; print('safetensors' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"


# --- what cannot be saved --------------------------------------------------------------------

CIRCLE: list = []
CIRCLE.append(CIRCLE)


@pytest.mark.parametrize(
    ("document", "error", "words"),
    [
        ({"a": [0.0, float("nan")]}, ValueError, r"document\['a'\]\[1\] is nan"),
        ({"a": {"b": float("-inf")}}, ValueError, r"document\['a'\]\['b'\] is -inf"),
        ({"a": {1: 2}}, TypeError, r"document\['a'\] has the key 1: the keys must be str"),
        ({None: 2}, TypeError, "document has the key None"),
        ({"a": (1, 2)}, TypeError, r"document\['a'\] is of type tuple"),
        ({"a": np.float32(1)}, TypeError, r"document\['a'\] is of type float32"),
        ({"a": np.ones(2)}, TypeError, r"document\['a'\] is of type ndarray.* among the arrays"),
        ({"a": b"x"}, TypeError, "is of type bytes"),
        ({"a": {1, 2}}, TypeError, "is of type set"),
        ({"a": CIRCLE}, ValueError, "nested more than 100 levels deep"),
        ({"a": 10**5000}, ValueError, "4300 digits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_document_that_json_would_change_is_refused(saved, document, error, words):
    before = saved.read_bytes()
    with pytest.raises(error, match=words):
        write_model(saved, document, {})
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


def test_a_document_too_long_for_any_safetensors_reader_is_refused(saved, monkeypatch):
    monkeypatch.setattr(container, "_LARGEST_HEADER", 20_000)
    write_model(saved, {"a": "x" * 19_700}, {})
    with pytest.raises(ValueError, match=r"take 20,\d{3} bytes; .* has room for 20,000"):
        write_model(saved, {"a": "x" * 20_000}, {})
    assert len(read_model(saved)[0]["a"]) == 19_700


@pytest.mark.parametrize(
    "dtype", ["float16", "longdouble", "complex64", "O", "U3", "S3", "M8[s]", "m8[s]", "i4,f4"]
)
def test_an_array_of_another_type_is_refused_by_name(saved, dtype):
    before = saved.read_bytes()
    with pytest.raises(TypeError, match=r"array 'second' has dtype .* convert it to one of float"):
        write_model(saved, {}, {"first": np.ones(2), "second": np.zeros(2, dtype)})
    assert saved.read_bytes() == before
    assert os.listdir(saved.parent) == [saved.name]


@pytest.mark.parametrize(
    ("arrays", "error", "words"),
    [
        ({"W": [1.0, 2.0]}, TypeError, "array 'W' is of type list, not a NumPy array"),
        ({"W": np.float64(1)}, TypeError, "array 'W' is of type float64, not a NumPy array"),
        ({3: np.ones(2)}, TypeError, "the name 3 of an array is of type int"),
        ({"__metadata__": np.ones(2)}, ValueError, "no array can have the name '__metadata__'"),
        ({"\ud800": np.ones(2)}, ValueError, r"'\\ud800' of an array is not valid Unicode"),
    ],
)
def test_what_is_not_a_named_array_is_refused(tmp_path, arrays, error, words):
    with pytest.raises(error, match=words):
        write_model(tmp_path / "a", {}, arrays)
    assert os.listdir(tmp_path) == []


# --- kill -9 ---------------------------------------------------------------------------------

KILLED_WHILE_SAVING = """
import itertools, os, signal, sys
import numpy as np
from clearprop.files.container import read_model, write_model
from tests.killing import SignalAt

path = sys.argv[1]

def save(number):
    write_model(path, {"number": number}, {"x": np.full(1000, number)})

save(0)  # the first imports what the others need
old = 0
for call in itertools.count(1, 5):
    child = os.fork()
    if child == 0:
        sys.setprofile(SignalAt(call, signal.SIGKILL))
        save(call)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    document, arrays = read_model(path)
    assert document["number"] in (old, call)
    assert (arrays["x"] == document["number"]).all()
    old = document["number"]
    if not status:
        break
    assert os.WTERMSIG(status) == signal.SIGKILL
assert call > 60 and old == call
print(call, "calls, whole every time")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
def test_a_process_killed_at_any_call_of_a_save_leaves_a_whole_model(tmp_path):
    path = tmp_path / "a.clearprop"
    run = run_killed_at(0, signal.SIGKILL, KILLED_WHILE_SAVING, path)
    assert run.stdout.endswith("whole every time\n"), run.stderr
    assert os.listdir(tmp_path) == [path.name]


@pytest.mark.parametrize("version", [1, 2])
def test_a_file_has_the_format_it_is_told_and_comes_back(tmp_path, version):
    path = tmp_path / "a"
    write_model(path, {"a": 1}, {"W": np.ones(2)}, version=version)
    assert f'"version":"{version}"'.encode() in path.read_bytes()
    document, arrays = read_model(path)
    assert document == {"a": 1}
    assert arrays["W"].tolist() == [1, 1]
