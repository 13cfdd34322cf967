"""Files with a right checksum that ask for far more memory than they have bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from clearprop.files import container
from clearprop.files.container import ModelFileError, read_model, write_model
from tests.files.test_container_refused import forged

resource = pytest.importorskip("resource")

LOAD = """
import resource, sys
from clearprop.files.container import ModelFileError, read_model
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
try:
    read_model(sys.argv[1])
except ModelFileError as error:
    print(error)
"""
MEGABYTE = 2**20
ROOM = 300 * MEGABYTE
"""For Python, NumPy and safetensors themselves."""


def told_within(path, most):
    """Return what loading a file says in a process that may address `most` bytes."""
    run = subprocess.run(
        [sys.executable, "-c", LOAD, str(path), str(most)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert run.stderr == ""
    return run.stdout


def test_a_sparse_file_of_20_gigabytes_is_not_read(tmp_path):
    path = tmp_path / "a"
    write_model(path, {"a": 1}, {"W": np.ones(3)})
    os.truncate(path, 20 * 2**30)
    assert f"it has {20 * 2**30:,} bytes, but its header describes" in told_within(path, ROOM)


def test_a_sparse_file_whose_header_describes_all_of_it_is_a_sentence(tmp_path):
    path = tmp_path / "a"
    count = 20 * 2**30
    table = f',"W":{{"dtype":"U8","shape":[{count}],"data_offsets":[0,{count}]}}'
    data = forged(table=table)
    path.write_bytes(data)
    os.truncate(path, len(data) + count)
    size = f"{len(data) + count:,}"
    assert told_within(path, ROOM) == f"{path} does not fit into memory: it has {size} bytes.\n"


@pytest.mark.parametrize(
    "start", ['"format":"clearprop","version":"1"', '"format":"clearprop","version":"3"']
)
@pytest.mark.one_in(2)
def test_a_sparse_file_with_a_header_that_says_nothing_is_read_a_little_at_a_time(tmp_path, start):
    path = tmp_path / "a"
    path.write_bytes(forged(start, length=2**40))
    os.truncate(path, 600 * MEGABYTE)
    assert "is damaged: its bytes do not match" in told_within(path, ROOM)


MANY = container._MOST_VALUES + 1
LISTS = "[" + ",".join(["[]"] * MANY) + "]"
BOMBS = {
    "empty lists": lambda: f'{{"a":{LISTS}}}',
    "empty objects": lambda: f'{{"a":{LISTS}}}'.replace("[]", "{}"),
    "objects": lambda: '{"a":[' + ",".join(['{"a":0}'] * MANY) + "]}",
    "numbers": lambda: '{"a":[' + ",".join(["1.5"] * MANY) + "]}",
}


@pytest.mark.parametrize("name", BOMBS)
@pytest.mark.one_in(4)
def test_a_header_of_millions_of_values_is_not_parsed(tmp_path, name):
    path = tmp_path / "a"
    path.write_bytes(forged(document=BOMBS[name]()))
    message = told_within(path, ROOM + 6 * path.stat().st_size)
    assert "is not damaged, but it is not a valid clearprop model" in message
    assert "values, more than 4,000,000" in message


def test_nor_one_whose_document_hides_its_commas(tmp_path):
    path = tmp_path / "a"
    hidden = json.dumps(f'{{"a":{LISTS}}}').replace(",", "\\u002c").replace("[", "\\u005b")
    path.write_bytes(forged(document=None, more=f',"document":{hidden}'))
    message = told_within(path, ROOM + 6 * path.stat().st_size)
    assert "values, more than 4,000,000" in message


def test_what_would_not_be_read_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr(container, "_MOST_VALUES", 1000)
    write_model(tmp_path / "a", {"a": [0] * 900}, {})
    assert read_model(tmp_path / "a")[0] == {"a": [0] * 900}
    before = Path(tmp_path / "a").read_bytes()
    with pytest.raises(
        ValueError, match=r"hold about 1,0.. values; a model file has room for 1,000"
    ):
        write_model(tmp_path / "a", {"a": [0] * 1000}, {})
    assert Path(tmp_path / "a").read_bytes() == before


def test_arrays_that_are_missing_memory_are_a_sentence(tmp_path, monkeypatch):
    write_model(tmp_path / "a", {"a": 1}, {"W": np.ones(3)})

    def no_memory(data):
        raise MemoryError

    monkeypatch.setattr(container, "_read_arrays", no_memory)
    with pytest.raises(ModelFileError, match=r"does not fit into memory: it has .* bytes"):
        read_model(tmp_path / "a")
