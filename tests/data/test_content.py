"""Files that never end, or unpack to more than there is room for, are refused with a sentence."""

import gzip
import io
import os
import socket
import struct
import sys
import tracemalloc
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from clearprop.data import DataError, read
from clearprop.data.content import MOST_BYTES, content, standard_input
from clearprop.data.files import read_inputs

SMALL = 100_000


def packed(path, data):
    path.write_bytes(gzip.compress(data))
    return path


@pytest.mark.parametrize("small_trailer", [False, True])
def test_a_packed_file_unpacks_to_no_more_than_its_bound(tmp_path, small_trailer):
    path = packed(tmp_path / "my.csv.gz", b"a,b\n" + b"0,0\n" * 25_000_000)
    if small_trailer:  # the size that the file itself tells is a small one
        path.write_bytes(path.read_bytes() + gzip.compress(b"1,1\n"))
    tracemalloc.start()
    with pytest.raises(DataError) as caught:
        read(path, max_bytes=64_000_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert str(caught.value) == (
        "my.csv.gz unpacks to more than 64 MB, the most that is read without being told; if it "
        "is what it should be, --max-size 8GB (max_bytes=8_000_000_000 in Python) raises the bound."
    )
    assert peak < (110e6 if small_trailer else 60e6)


def test_the_bound_can_be_raised(tmp_path):
    path = packed(tmp_path / "my.csv.gz", b"a,b\n" + b"0,0\n" * 100_000)
    with pytest.raises(DataError, match=r"unpacks to more than"):
        read_inputs(path, max_bytes=1000)
    assert len(read_inputs(path, max_bytes=500_000).X) == 100_000
    assert len(read_inputs(path).X) == 100_000


def test_a_packed_file_may_unpack_to_twenty_times_its_size(tmp_path):
    data = np.random.default_rng(0).bytes(50_000).hex().encode()
    path = packed(tmp_path / "my.txt.gz", data)
    assert content(path, 1) == data


def test_a_table_of_parquet_that_repeats_is_bounded(tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table({"a": np.zeros(3_000_000), "y": np.zeros(3_000_000)})
    parquet.write_table(table, tmp_path / "my.parquet")
    with pytest.raises(DataError, match=r"^my\.parquet unpacks to more than"):
        read_inputs(tmp_path / "my.parquet", max_bytes=SMALL)
    assert len(read_inputs(tmp_path / "my.parquet").X) == 3_000_000


def test_arrays_that_repeat_are_bounded(tmp_path):
    np.savez_compressed(tmp_path / "my.npz", X=np.zeros((1000, 1000)), y=np.zeros(1000))
    with pytest.raises(DataError, match=r"^my\.npz unpacks to more than"):
        read_inputs(tmp_path / "my.npz", max_bytes=SMALL)


def test_packed_images_are_bounded(tmp_path):
    header = b"\0\0\x08\x03" + struct.pack(">3I", 1000, 100, 100)
    packed(tmp_path / "t-images-idx3-ubyte.gz", header + bytes(10_000_000))
    with pytest.raises(DataError, match=r"unpacks to more than"):
        read_inputs(tmp_path / "t-images-idx3-ubyte.gz", max_bytes=SMALL)


@pytest.mark.parametrize("name", ["my.csv", "my.parquet", "my.npz", "t-images-idx3-ubyte"])
@pytest.mark.parametrize("reader", [read, read_inputs])
def test_a_pipe_is_refused_before_it_is_opened(tmp_path, name, reader):
    os.mkfifo(tmp_path / name)
    with pytest.raises(DataError) as caught:
        reader(tmp_path / name)
    assert str(caught.value) == (
        f"{tmp_path / name} is a named pipe, not a file; give - as the source to read a table of "
        "text from standard input."
    )


def test_devices_and_sockets_are_refused(tmp_path):
    with pytest.raises(DataError, match=r"^/dev/zero is a device, not a file"):
        read("/dev/zero")
    (tmp_path / "link.csv").symlink_to("/dev/zero")
    with pytest.raises(DataError, match=r"is a device, not a file"):
        read(tmp_path / "link.csv")
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(tmp_path)  # a socket's path is short
        try:
            server.bind("s.csv")
            with pytest.raises(DataError, match=r"^s\.csv is a socket"):
                read("s.csv")
        finally:
            os.chdir(here)


def test_standard_input_is_a_table(monkeypatch):
    for data in (b"a,b\n1,2\n", gzip.compress(b"a,b\n1,2\n")):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        table = read_inputs("-")
        assert table.name == "standard input"
        assert table.X.to_numpy().tolist() == [[1, 2]]


def test_standard_input_is_bounded(monkeypatch):
    class Endless:
        def read(self, size):
            return bytes(size)

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Endless()))
    with pytest.raises(DataError, match=r"^standard input holds more than 100 kB"):
        standard_input(SMALL)
    assert MOST_BYTES == 1_000_000_000


def npz(path, changed):
    """An NPZ file of X and y, its bytes changed."""
    stream = io.BytesIO()
    np.savez(stream, X=np.zeros((4, 2)), y=np.arange(4))
    path.write_bytes(changed(stream.getvalue()))
    return path


def with_member(name, data, **options):
    def changed(archive):
        stream = io.BytesIO(archive)
        with zipfile.ZipFile(stream, "a", **options) as file:
            file.writestr(name, data)
        return stream.getvalue()

    return changed


def in_directory(offset, value):
    """Change one byte of the first entry of an archive's directory."""

    def changed(archive):
        place = archive.index(b"PK\x01\x02") + offset
        return archive[:place] + bytes([value]) + archive[place + 1 :]

    return changed


def header(text):
    """An array's head that says this, where NumPy expects a Python literal."""
    return b"\x93NUMPY\x01\x00v\x00" + text.encode().ljust(118)


HUGE = b"\x93NUMPY\x01\x00v\x00" + (
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999), }".ljust(117)
    + b"\n"
)


def test_a_member_that_is_no_array_is_left_aside(tmp_path):
    path = npz(tmp_path / "my.npz", with_member("readme.txt", b"hello"))
    assert read(path).X.shape == (4, 2)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (with_member("z.npy", HUGE), "is said to be 99999999999 x 99999999, which its"),
        (with_member("z.npy", b"\x93NUMPY\x01\x00v\x00{"), "an array cannot be read"),
        (with_member("z.npy", b"hello"), "an array cannot be read"),
        (with_member("z.npy", header("{'shape': (4,), } (")), "an array cannot be read"),
        (with_member("z.npy", header("-" * 118)), "an array cannot be read"),
        (with_member("z.npy", header("[" * 100)), "an array cannot be read"),
        (with_member("z.npy", header('"' * 3)), "an array cannot be read"),
        (in_directory(8, 1), "is encrypted"),
        (in_directory(10, 99), "the NPZ file is damaged"),
    ],
)
def test_a_bad_archive_gets_one_sentence(tmp_path, changed, message):
    path = npz(tmp_path / "my.npz", changed)
    with pytest.raises(DataError, match=message) as caught:
        read(path)
    assert str(caught.value).startswith("my.npz")


def test_images_of_many_dimensions_are_refused(tmp_path):
    path = tmp_path / "t-images-idx3-ubyte"
    path.write_bytes(b"\0\0\x08\xff" + struct.pack(">I", 1) * 255 + b"\0")
    with pytest.raises(DataError) as caught:
        read_inputs(path)
    assert str(caught.value) == (
        "t-images-idx3-ubyte has 255 dimensions, where images have three: the file is damaged."
    )


def test_what_pandas_noted_about_a_table_may_be_damaged(tmp_path):
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    for number, note in enumerate([b"{", b"{}", b'{"index_columns": 5, "columns": 7}', b"[]"]):
        table = pa.table({"a": [1, 2], "y": [3, 4]}).replace_schema_metadata({b"pandas": note})
        path = tmp_path / f"{number}.parquet"
        parquet.write_table(table, path)
        try:
            read(path)
        except DataError as error:
            assert str(error).startswith(f"{number}.parquet")


@pytest.mark.parametrize("kind", ["my.parquet", "my.npz", "t-images-idx3-ubyte", "my.csv.gz"])
def test_any_bytes_are_read_or_refused_with_the_name_of_the_file(tmp_path, kind):
    pytest.importorskip("pyarrow")
    import pandas as pd

    whole = tmp_path / kind
    if kind.endswith("parquet"):
        pd.DataFrame({"a": [1.0, 2], "y": ["u", "v"]}).to_parquet(whole)
    elif kind.endswith("npz"):
        np.savez(whole, X=np.zeros((4, 2)), y=np.arange(4))
    elif kind.endswith("gz"):
        packed(whole, b"a,b\n1,2\n3,4\n")
    else:
        whole.write_bytes(b"\0\0\x08\x03" + struct.pack(">3I", 2, 2, 2) + bytes(8))
    data = whole.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(300):
        changed = bytearray(data)
        for place in rng.integers(0, len(changed), rng.integers(1, 4)):
            changed[place] = rng.integers(256)
        whole.write_bytes(
            changed[: rng.integers(1, len(changed) + 1)] if rng.random() < 0.3 else changed
        )
        try:
            read_inputs(whole)
        except DataError as error:
            assert kind in str(error)
