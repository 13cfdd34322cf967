"""Some hundred changed files for each reader; `make fuzz` feeds them for longer."""

import os
import random

import pytest

from tests.fuzz.mutations import changed_file
from tests.fuzz.run import Fuzzing
from tests.fuzz.targets import TARGETS, saved_training

pytestmark = [
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]
EXECUTIONS = 150


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_changed_files_are_read_or_refused(tmp_path, target):
    pytest.importorskip("pyarrow")
    fuzzing = Fuzzing(tmp_path, tmp_path / "found", random.Random(target.name))
    for _ in range(EXECUTIONS):
        fuzzing.once(target)
    assert not fuzzing.faults


def test_a_changed_file_is_sealed(tmp_path):
    """Otherwise every file would be refused for its checksum, and nothing else be tried."""
    from clearprop.files.container import ModelFileError, read_model

    path, rng, read = tmp_path / "x", random.Random(0), 0
    saved_training(path)
    data = path.read_bytes()
    for _ in range(100):
        path.write_bytes(changed_file(data, rng))
        try:
            read_model(path)
            read += 1
        except ModelFileError as error:
            assert "SHA-256" not in str(error) or "damaged" in str(error)
    assert read > 50


def test_a_reader_that_fails_is_found(tmp_path):
    from dataclasses import replace

    def fails(path):
        raise KeyError("a fault")

    fuzzing = Fuzzing(tmp_path, tmp_path / "found", random.Random(0))
    for _ in range(3):
        fuzzing.once(replace(TARGETS[-1], reads=fails))
    assert len(fuzzing.faults) == 1
    assert len(list((tmp_path / "found").iterdir())) == 1


@pytest.mark.slow
def test_atheris_finds_a_reader_that_fails(tmp_path, monkeypatch):
    pytest.importorskip("atheris")
    from tests.fuzz import guided

    monkeypatch.setattr(guided, "LEAST_SECONDS", 2)
    [(name, files, fails)] = guided.guided(["damaged model"], 0, tmp_path)
    assert (name, fails) == ("damaged model", False)
    assert files > 0
    program = tmp_path / "sitecustomize.py"
    program.write_text(
        "from clearprop.files import container\n"
        "def fails(path, *how):\n    raise KeyError('a fault')\n"
        "container.read_model = fails\n"
    )
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    [(_, _, fails)] = guided.guided(["damaged model"], 0, tmp_path / "found")
    assert fails
    assert "a fault" in (tmp_path / "found" / "guided-damaged-model.txt").read_text()
