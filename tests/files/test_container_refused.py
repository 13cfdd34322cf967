"""Files that are not loaded: damaged, newer, of another program, forged; and the words for each."""

import gzip
import hashlib
import io
import json
import os
import pickle
import random
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest
from safetensors.numpy import save as safetensors_save

from clearprop.files.container import ModelFileError, read_model, write_model


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "a.clearprop"
    document = {"estimator": "MLPClassifier", "classes": ["düne", "fjord"], "loss": [0.5, 0.25]}
    rng = np.random.default_rng(0)
    arrays = {
        "W": rng.standard_normal((16, 8)),
        "b": rng.standard_normal(8).astype(np.float32),
        "mask": rng.random(8) > 0.5,
    }
    write_model(path, document, arrays)
    return path


def forged(
    start='"format":"clearprop","version":"1"',
    document="{}",
    more="",
    table="",
    body=b"",
    length=None,
):
    """Return a file with a right checksum, made from the format's description alone."""
    metadata = f'{start},"sha256":"{"0" * 64}"'
    if document is not None:
        metadata += f',"document":{json.dumps(document)}'
    header = f'{{"__metadata__":{{{metadata}{more}}}{table}}}'.encode(errors="surrogateescape")
    data = struct.pack("<Q", len(header) if length is None else length) + header + body
    return data.replace(b"0" * 64, hashlib.sha256(data).hexdigest().encode(), 1)


def message_for(path, data):
    path.write_bytes(data)
    with pytest.raises(ModelFileError) as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


# --- damaged files ---------------------------------------------------------------------------


@pytest.mark.slow
def test_each_of_10_000_random_bit_flips_is_found(saved):
    data = saved.read_bytes()
    rng = random.Random(0)
    for _ in range(10_000):
        byte, bit = rng.randrange(len(data)), rng.randrange(8)
        broken = bytearray(data)
        broken[byte] ^= 1 << bit
        assert "is damaged" in message_for(saved, broken), (byte, bit)


def test_every_truncation_is_found(tmp_path):
    path = tmp_path / "a"
    write_model(path, {"a": 1}, {"W": np.ones(3, np.float32)})
    data = path.read_bytes()
    for length in range(len(data)):
        message = message_for(path, data[:length])
        if length == 0:
            assert "is empty" in message
        elif length < 57:
            assert f"too short for a clearprop model ({length} bytes)" in message
        else:
            assert "is damaged" in message
        assert "save the model again" in message


def test_bytes_behind_the_end_are_found(saved):
    data = saved.read_bytes()
    for more in (b"\0", b" ", b"\n", b"0" * 1000, data):
        assert "is damaged" in message_for(saved, data + more)


def test_a_damaged_block_is_found(saved):
    data = saved.read_bytes()
    for start in range(64, len(data), 64):
        assert "is damaged" in message_for(saved, data[:start] + bytes(64) + data[start + 64 :])


# --- other versions, other programs ----------------------------------------------------------


@pytest.mark.parametrize("version", ["3", "17"])
def test_an_intact_newer_file_asks_for_an_upgrade(tmp_path, version):
    start = f'"format":"clearprop","version":"{version}"'
    data = forged(start, document=None, body=b"what only the future knows")
    message = message_for(tmp_path / "a", data)
    assert f"written by a newer clearprop (format {version})" in message
    assert "this one reads up to format 2: upgrade clearprop" in message
    assert "is damaged" in message_for(tmp_path / "a", data[:-1])


def test_a_damaged_version_number_is_damage_and_not_a_newer_file(saved):
    data = saved.read_bytes()
    assert data.count(b'"version":"1"') == 1
    for version in (b"0", b"2", b"3", b"9", b"x"):
        broken = data.replace(b'"version":"1"', b'"version":"%s"' % version)
        assert "is damaged" in message_for(saved, broken)


class Attack:
    def __reduce__(self):
        return (os.mkdir, (Attack.path,))


def written(write, *content):
    file = io.BytesIO()
    write(file, *content)
    return file.getvalue()


def write_keras(file):
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("config.json", "{}")


ANOTHER = "a safetensors file that another program wrote"

FOREIGN = {
    "keras": (written(write_keras), "a zip archive"),
    "npz": (written(np.savez, np.ones(2)), "a zip archive"),
    "npy": (written(np.save, np.ones(2)), "a NumPy array"),
    "gzip": (gzip.compress(b"model"), "a gzip archive"),
    "hdf5": (b"\x89HDF\r\n\x1a\n" + bytes(90), "an HDF5 file"),
    "parquet": (b"PAR1\x15\x04" + bytes(90), "a Parquet table"),
    "zeros": (bytes(5000), "nothing but zeros"),
    "lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d", "a Git LFS pointer"),
    "json": (b' {"format": "clearprop"}', "JSON text"),
    "csv": ("größe,preis\n1,2\n".encode(), "text"),
    "long text": (b"x" + "ü".encode() * 5000, "text"),
    "html": (b"\n<!DOCTYPE html><p>404", "a web page"),
    "safetensors": (safetensors_save({"a": np.ones(2)}, {"format": "pt"}), ANOTHER),
    "bare safetensors": (safetensors_save({"a": np.ones(2)}), ANOTHER),
    "binary": (b"\xfe\xca" * 99, "begins with the bytes fe ca fe"),
    "short binary": (b"\xfe\xca" * 9, "begins with the bytes fe ca fe"),
    "control": (b"ab\x01\x02" * 99, "begins with the bytes 61 62"),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_file_of_another_program_is_called_what_it_looks_like(tmp_path, name):
    data, words = FOREIGN[name]
    message = message_for(tmp_path / "a", data)
    assert "is not a clearprop model" in message
    assert words in message


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_refused_and_its_code_does_not_run(tmp_path, protocol, monkeypatch):
    monkeypatch.setattr(Attack, "path", str(tmp_path / "attacked"), raising=False)
    message = message_for(tmp_path / "a", pickle.dumps(Attack(), protocol))
    assert "is not a clearprop model" in message
    assert ("a Python pickle, which can run code" in message) == (protocol >= 2)
    assert os.listdir(tmp_path) == ["a"]


def test_a_missing_file_and_a_folder(tmp_path):
    with pytest.raises(FileNotFoundError) as caught:
        read_model(tmp_path / "missing")
    assert caught.value.filename == str(tmp_path / "missing")
    with pytest.raises(ModelFileError, match="is a folder; a clearprop model is a single file"):
        read_model(tmp_path)


# --- forged files: the checksum is right, the content is not ---------------------------------


def test_a_file_written_by_the_description_of_the_format_is_read(tmp_path):
    table = ',"W":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'
    path = tmp_path / "a"
    path.write_bytes(forged(document='{"a":[1]}', table=table, body=struct.pack("<2f", 1.5, -2)))
    document, arrays = read_model(path)
    assert document == {"a": [1]}
    np.testing.assert_array_equal(arrays["W"], np.array([1.5, -2], np.float32), strict=True)


def entry(dtype, shape, begin, end, name="W"):
    return f',"{name}":{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}'


NESTED = "[" * 200_000 + "]" * 200_000

FORGED = {
    "NaN": {"document": '{"a":NaN}'},
    "Infinity": {"document": '{"a":[Infinity]}'},
    "-Infinity": {"document": '{"a":-Infinity}'},
    "a float that overflows": {"document": '{"a":1e999}'},
    "a key twice": {"document": '{"a":1,"a":2}'},
    "a key twice, inside": {"document": '{"b":[{"a":1,"a":2}]}'},
    "not JSON": {"document": "{'a':1}"},
    "text behind the JSON": {"document": "{} {}"},
    "no object": {"document": "[1]"},
    "no text": {"document": ""},
    "too deep": {"document": '{"a":' + "[" * 101 + "]" * 101 + "}"},
    "far too deep": {"document": '{"a":' + NESTED + "}"},
    "a number too long": {"document": '{"a":' + "9" * 5000 + "}"},
    "no document": {"document": None},
    "an entry too many": {"table": ',"W":1'},
    "a metadata entry too many": {"more": ',"extra":"1"'},
    "a metadata entry twice": {"more": ',"document":"{}"'},
    "metadata twice": {"table": ',"__metadata__":{"format":"clearprop"}'},
    "a table far too deep": {"table": ',"W":' + NESTED},
    "bad UTF-8": {"table": ',"W\udcff":1'},
    "header beyond the end": {"length": 10**6},
    "header far beyond the end": {"length": 2**63},
    "header of the largest length": {"length": 2**64 - 1},
    "header cut short": {"length": 20},
    "no header": {"length": 0},
    "shape larger than the bytes": {"table": entry("F64", [2**40], 0, 8), "body": bytes(8)},
    "shape that overflows": {"table": entry("F64", [2**40, 2**40], 0, 8), "body": bytes(8)},
    "shape that wraps to 8": {"table": entry("U8", [2**63, 2], 0, 0)},
    "empty but huge": {"table": entry("F64", [0, 2**62], 0, 0)},
    "negative shape": {"table": entry("F64", [-1], 0, 8), "body": bytes(8)},
    "too many dimensions": {"table": entry("U8", [1] * 65, 0, 1), "body": bytes(1)},
    "gap": {"table": entry("U8", [1], 1, 2), "body": bytes(2)},
    "overlap": {
        "table": entry("U8", [2], 0, 2) + entry("U8", [2], 1, 3, "V"),
        "body": bytes(3),
    },
    "array that begins after its end": {"table": entry("U8", [1], 2, 1), "body": bytes(1)},
    "offsets that are no list": {"table": ',"W":{"dtype":"U8","shape":[],"data_offsets":1}'},
    "offsets that are no whole numbers": {"table": entry("U8", [1], 0, 1.5), "body": bytes(1)},
    "no offsets": {"table": ',"W":{"dtype":"U8","shape":[1]}'},
    "array twice": {"table": entry("U8", [1], 0, 1) * 2, "body": bytes(1)},
    "unknown type": {"table": entry("F31", [1], 0, 4), "body": bytes(4)},
    "unsupported type": {"table": entry("BF16", [2], 0, 4), "body": bytes(4)},
    "bool that is 2": {"table": entry("BOOL", [2], 0, 2), "body": b"\1\2"},
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_file_is_refused_before_memory_is_set_aside_for_it(tmp_path, name):
    path = tmp_path / "a"
    path.write_bytes(forged(**FORGED[name]))
    tracemalloc.start()
    try:
        with pytest.raises(ModelFileError, match="is not damaged, but it is not a valid"):
            read_model(path)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * path.stat().st_size + 100_000


LENGTHS = {
    "bytes that belong to no array": ({"body": b"1234"}, -4),
    "array beyond the end": ({"table": entry("F32", [4], 0, 16), "body": bytes(8)}, 8),
    "array of 4 PiB": ({"table": entry("F32", [2**50], 0, 2**52), "body": bytes(8)}, 2**52 - 8),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_file_of_another_length_than_its_header_describes_is_damaged(tmp_path, name):
    parts, missing = LENGTHS[name]
    data = forged(**parts)
    size = f"it has {len(data):,} bytes, but its header describes {len(data) + missing:,}"
    assert f"is damaged: {size}. Copy it again" in message_for(tmp_path / "a", data)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_and_a_device_are_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", "/dev/zero"):
        with pytest.raises(ModelFileError, match=f"^{path} is a pipe or a device; a clearprop mod"):
            read_model(path)


def test_an_empty_path_is_named_as_such():
    with pytest.raises(ModelFileError, match=r"^the path is empty: give the name of a model file"):
        read_model("")
