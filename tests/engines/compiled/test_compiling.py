"""Kernels are compiled by a separate process, once, and every training has the same bits."""

import errno
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import pytest

import clearprop
from clearprop.engines.compiled import cache, compiling, kernel_files

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
NEW = (
    "clearprop: compiling the training kernels for float32, once on this machine "
    "(about a minute) ...\n"
)


def _train(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", TRAINING, *words],
        env=os.environ | {"NUMBA_CACHE_DIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """Train where nothing is compiled yet; return the folder and what the training has said."""
    folder = tmp_path_factory.mktemp("kernels")
    return folder, _train(folder)


@pytest.mark.slow
def test_the_first_training_on_a_machine_has_the_bits_of_every_later_one(first):
    folder, trained = first
    assert trained.stderr == NEW
    later = _train(folder)
    assert later.stderr == ""
    assert trained.stdout == later.stdout
    assert len(trained.stdout) > 1000
    after_predicting = _train(folder, "predict")
    assert after_predicting.stdout == later.stdout


@pytest.mark.slow
def test_another_checkout_of_the_same_sources_loads_the_same_kernels(first, tmp_path):
    folder, trained = first
    elsewhere = tmp_path / "site-packages"
    ignored = shutil.ignore_patterns("__pycache__")
    # Copied without its dates: an installation has other ones too.
    shutil.copytree(
        Path(clearprop.__file__).parent, elsewhere / "clearprop", ignore=ignored,
        copy_function=shutil.copyfile,
    )  # fmt: skip
    other = _train(folder, PYTHONPATH=str(elsewhere))
    assert other.stderr == ""
    assert other.stdout == trained.stdout


@pytest.mark.slow
def test_a_damaged_kernel_is_made_anew_with_the_same_bits(first, tmp_path):
    folder, trained = first
    mended = shutil.copytree(folder, tmp_path / "copy")
    kernel = next(mended.rglob("run_steps-*.kernel"))
    content = bytearray(kernel.read_bytes())
    content[len(content) // 2] ^= 1
    kernel.write_bytes(content)
    again = _train(mended)
    assert again.stderr == (
        f"clearprop: the compiled training kernels in {kernel.parent} are damaged or incomplete: "
        f"making them anew ...\n{NEW}"
    )
    assert again.stdout == trained.stdout
    assert _train(mended).stderr == ""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (sys.implementation, "cache_tag"),
        (cache.np, "__version__"),
        (cache.nb, "__version__"),
        (cache.llvmlite, "__version__"),
        (cache.nb.config, "OPT"),
        (cache, "__file__"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_changes_machine_code_changes_the_folder(monkeypatch, module, name):
    before = cache._digest.__wrapped__()
    assert before == cache._digest.__wrapped__()
    monkeypatch.setattr(module, name, cache.os.__file__ if name == "__file__" else "other")
    monkeypatch.setattr(cache.Path, "rglob", cache.Path.glob)  # not the whole of Python
    assert before != cache._digest.__wrapped__()


@pytest.fixture
def nothing_compiled(tmp_path, monkeypatch):
    """Pretend that this machine has no kernels; return where they would go."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiling._State, "ready", set())
    monkeypatch.setattr(kernel_files._Process, "use", kernel_files.Use.LOAD)
    folder = cache.cache_folder()
    folder.mkdir()
    return folder


def _compiled_by(command):
    """Leave what the separate process leaves, without compiling anything."""
    folder = cache.cache_folder()
    kernel_files.write_checked(folder / "run_steps-0.kernel", b"machine code")
    kernel_files.write_checked(folder / "make_ready-0.kernel", b"more of it")
    kernel_files.list_kernels(folder, command[3], ["make_ready-0.kernel", "run_steps-0.kernel"])
    return 0, ""


@pytest.fixture
def compiled(nothing_compiled, monkeypatch):
    """Pretend that this machine has kernels for float32."""
    _compiled_by([*"abc", "float32"])
    return nothing_compiled


def test_a_process_that_cannot_compile_is_told_with_its_reason(nothing_compiled, monkeypatch):
    nowhere = nothing_compiled / "no-python"
    monkeypatch.setattr(compiling, "get_executable", lambda: nowhere)
    with pytest.warns(UserWarning, match=r"in a separate process .*no-python.*last digits"):
        compiling.make_sure_compiled("float32")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiling.make_sure_compiled("float32")  # said once
    assert kernel_files._Process.use is kernel_files.Use.NONE


def test_a_failing_process_is_quoted(nothing_compiled, monkeypatch):
    said = "Traceback (most recent call last):\nOSError: [Errno 28] No space left on device\n"
    monkeypatch.setattr(compiling, "_run", lambda command: (1, said))
    with pytest.warns(UserWarning, match=r"\(OSError: \[Errno 28\] No space left on device\)"):
        compiling.make_sure_compiled("float32")
    assert kernel_files._Process.use is kernel_files.Use.NONE


def test_a_process_that_leaves_nothing_is_told(nothing_compiled, monkeypatch):
    monkeypatch.setattr(compiling, "_run", lambda command: (0, ""))
    with pytest.warns(UserWarning, match="it has left no kernels in"):
        compiling.make_sure_compiled("float32")


def test_an_interrupt_of_the_compiling_is_an_interrupt(nothing_compiled, monkeypatch):
    monkeypatch.setattr(compiling, "_run", lambda command: (-signal.SIGINT, ""))
    with pytest.raises(KeyboardInterrupt):
        compiling.make_sure_compiled("float32")
    assert set() == compiling._State.ready


def test_kernels_on_disk_need_no_process(compiled, monkeypatch, capsys):
    monkeypatch.setattr(compiling, "_compile_elsewhere", None)
    compiling.make_sure_compiled("float32")
    assert capsys.readouterr().err == ""
    assert kernel_files._Process.use is kernel_files.Use.LOAD


@pytest.mark.parametrize("damage", ["no kernel", "a damaged kernel", "a damaged list"])
def test_what_is_missing_or_damaged_is_compiled_elsewhere_and_it_is_said(
    compiled, monkeypatch, capsys, damage
):
    if damage == "no kernel":
        (compiled / "run_steps-0.kernel").unlink()
    elif damage == "a damaged kernel":
        (compiled / "run_steps-0.kernel").write_bytes(bytes(44))
    else:
        (compiled / "float32.kernels").write_bytes(b"")
    monkeypatch.setattr(compiling, "_run", _compiled_by)
    compiling.make_sure_compiled("float32")
    assert capsys.readouterr().err == (
        f"clearprop: the compiled training kernels in {compiled} are damaged or incomplete: "
        f"making them anew ...\n{NEW}"
    )
    assert kernel_files.kernels_are_whole(compiled, "float32")
    assert kernel_files._Process.use is kernel_files.Use.LOAD


def test_kernels_that_cannot_be_kept_are_compiled_each_time_and_it_is_said(
    nothing_compiled, monkeypatch, capsys
):
    monkeypatch.setattr(cache.os, "access", lambda path, mode: False)
    compiling.make_sure_compiled("float64")
    assert capsys.readouterr().err == (
        "clearprop: compiling the training kernels for float64 in this process, each time: "
        f"{nothing_compiled} cannot be written to ...\n"
    )
    assert kernel_files._Process.use is kernel_files.Use.NONE


def test_kernels_that_are_there_need_not_be_written(compiled, monkeypatch, capsys):
    monkeypatch.setattr(cache.os, "access", lambda path, mode: False)
    compiling.make_sure_compiled("float32")
    assert capsys.readouterr().err == ""
    assert kernel_files._Process.use is kernel_files.Use.LOAD


NO_LOCKS = [errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL, errno.EIO]


@pytest.mark.parametrize("number", NO_LOCKS, ids=errno.errorcode.get)
@pytest.mark.parametrize("waits", [False, True])
def test_a_file_system_without_locks_compiles_all_the_same(
    nothing_compiled, monkeypatch, number, waits
):
    fcntl = pytest.importorskip("fcntl")

    def refuse(file, flags):
        if waits and flags & fcntl.LOCK_NB:
            raise BlockingIOError(errno.EWOULDBLOCK, "somebody has it")
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(fcntl, "flock", refuse)
    monkeypatch.setattr(compiling, "_run", _compiled_by)
    compiling.make_sure_compiled("float32")
    assert kernel_files._Process.use is kernel_files.Use.LOAD


def test_an_error_while_the_lock_is_held_is_not_taken_for_one_of_the_lock(
    nothing_compiled, monkeypatch
):
    def broken(name):
        raise OSError(errno.ENOLCK, "of something else")

    monkeypatch.setattr(compiling, "_compile_elsewhere", broken)
    with pytest.raises(OSError, match="of something else"):
        compiling.make_sure_compiled("float32")


def test_who_waits_for_another_process_is_told(nothing_compiled, monkeypatch, capsys):
    fcntl = pytest.importorskip("fcntl")
    asked = []

    def flock(file, flags):
        if isinstance(file, int):  # that of a file which is being written
            return
        asked.append(flags)
        if flags & fcntl.LOCK_NB:
            raise BlockingIOError(errno.EWOULDBLOCK, "somebody has it")
        _compiled_by([*"abc", "float32"])  # that process has ended

    monkeypatch.setattr(fcntl, "flock", flock)
    monkeypatch.setattr(compiling, "_run", None)
    compiling.make_sure_compiled("float32")
    assert asked == [fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_EX]
    assert capsys.readouterr().err == (
        "clearprop: waiting for another process that compiles the training kernels ...\n"
    )


SLEEPER = [sys.executable, "-c", "import sys; sys.stderr.write('up'); sys.stdin.read()"]


def test_a_command_is_ended_by_what_ends_the_waiting(monkeypatch):
    children = []

    class Interrupted(subprocess.Popen):
        def communicate(self, *arguments, **options):
            if not children:
                children.append(self)
                raise KeyboardInterrupt
            return super().communicate(*arguments, **options)

    monkeypatch.setattr(compiling.subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        compiling._run(SLEEPER)
    assert children[0].returncode == -signal.SIGKILL
    assert children[0].stderr.closed


def test_the_process_that_compiles_ends_with_its_input(tmp_path):
    command = [sys.executable, "-m", "clearprop.engines.compiled.compile_kernels", "float64"]
    child = subprocess.run(
        [*command, compiling.UNTIL_INPUT_ENDS],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    assert child.returncode == 1
    assert child.stderr == b""
    assert not list(tmp_path.rglob("float64.kernels"))


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="asks Linux for the child of a process")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_process_that_compiles_ends_with_its_parent(tmp_path, number):
    parent = subprocess.Popen(
        [sys.executable, "-c", TRAINING],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert parent.stderr.readline() == NEW
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    while not (found := children.read_text().split()):
        pass
    child = os.pidfd_open(int(found[0]))
    parent.send_signal(number)
    parent.wait()
    parent.stderr.close()
    ended, _, _ = select.select([child], [], [], 60)
    os.close(child)
    assert ended
    assert not list(tmp_path.rglob("float32.kernels"))


def test_a_lock_held_while_forking_is_not_held_in_the_child(nothing_compiled):
    if not hasattr(os, "fork"):
        pytest.skip("no fork here")
    with compiling._State.lock, warnings.catch_warnings():
        # Threads are what this is about; other tests may have loaded JAX, which warns of its own.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        child = os.fork()
        if child == 0:
            os._exit(0 if compiling._State.lock.acquire(blocking=False) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_threads_that_need_the_same_kernels_compile_them_once(nothing_compiled, monkeypatch):
    commands = []

    def run(command):
        commands.append(command)
        return _compiled_by(command)

    monkeypatch.setattr(compiling, "_run", run)
    threads = [
        threading.Thread(target=compiling.make_sure_compiled, args=("float32",)) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(commands) == 1
