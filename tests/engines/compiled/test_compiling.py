"""Kernels are compiled by a process of their own, once, and every training has the same bits."""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from clearprop.engines.compiled import cache, compiling

TRAINING = """
import sys
import numpy as np
import clearprop as cp

rng = np.random.default_rng(0)
x, t = rng.standard_normal((300, 8)), rng.integers(0, 3, 300)
net = cp.Chain(cp.Dense(8, 40), cp.LayerNorm(40), cp.Tanh(), cp.Dense(40, 3))
params = net.init(rng, np.float32)
if "predict" in sys.argv:
    from clearprop.engines.compiled.engine import CompiledEngine
    CompiledEngine().outputs(net, params, None, x.astype(np.float32))
result = cp.train(net, cp.CrossEntropy(), params, x, t, epochs=3, batch_size=32, seed=0,
                  engine="compiled")
print(b"".join(result.params[name][key].tobytes() for name in sorted(result.params)
               for key in sorted(result.params[name])).hex())
"""
NEW = "clearprop: compiling the training kernels, once on this machine ...\n"


def _train(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-c", TRAINING, *words],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )


def test_the_first_training_on_a_machine_has_the_bits_of_every_later_one(tmp_path):
    first = _train(tmp_path)
    assert first.stderr == NEW
    later = _train(tmp_path)
    assert later.stderr == ""
    assert first.stdout == later.stdout
    assert len(first.stdout) > 1000
    after_predicting = _train(tmp_path, "predict")
    assert after_predicting.stdout == later.stdout


@pytest.fixture
def nothing_compiled(tmp_path, monkeypatch):
    """Pretend that this machine has no kernels; return where they would go."""
    monkeypatch.setattr(compiling, "_READY", set())
    monkeypatch.setattr(compiling, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(compiling, "can_be_kept", lambda: True)
    return tmp_path


def test_a_process_that_cannot_compile_is_told_with_its_reason(nothing_compiled, monkeypatch):
    nowhere = nothing_compiled / "no-python"
    monkeypatch.setattr(compiling, "get_executable", lambda: nowhere)
    with pytest.warns(UserWarning, match=r"no process of their own .*no-python.*last digits"):
        compiling.make_sure_compiled("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiling.make_sure_compiled("float32")  # said once


def test_a_failing_process_is_quoted(nothing_compiled, monkeypatch):
    def failed(command, **options):
        said = "Traceback (most recent call last):\nOSError: no space left on device\n"
        return subprocess.CompletedProcess(command, 1, "", said)

    monkeypatch.setattr(compiling.subprocess, "run", failed)
    with pytest.warns(UserWarning, match=r"\(OSError: no space left on device\)"):
        compiling.make_sure_compiled("float32")


def test_an_interrupt_of_the_compiling_is_an_interrupt(nothing_compiled, monkeypatch):
    def interrupted(command, **options):
        return subprocess.CompletedProcess(command, -2, "", "KeyboardInterrupt")

    monkeypatch.setattr(compiling.subprocess, "run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        compiling.make_sure_compiled("float32")
    assert set() == compiling._READY


def test_a_marked_folder_needs_no_process(nothing_compiled, monkeypatch, capsys):
    compiling.compiled("float32")
    monkeypatch.setattr(compiling, "_compile_elsewhere", None)
    compiling.make_sure_compiled("float32")
    assert capsys.readouterr().err == ""


def test_kernels_that_cannot_be_kept_are_compiled_each_time_and_it_is_said(
    nothing_compiled, monkeypatch, capsys
):
    monkeypatch.setattr(compiling, "can_be_kept", lambda: False)
    compiling.make_sure_compiled("float64")
    assert capsys.readouterr().err == (
        "clearprop: compiling the training kernels, each time, since "
        f"{nothing_compiled} cannot be written to ...\n"
    )


def test_a_folder_below_a_file_cannot_keep_anything(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "file"))
    for function in (cache.cache_folder, cache.can_be_kept):
        function.cache_clear()
    try:
        assert not cache.can_be_kept()
    finally:
        monkeypatch.undo()
        for function in (cache.cache_folder, cache.can_be_kept):
            function.cache_clear()
