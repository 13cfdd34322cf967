"""What ends a command from outside: signals, readers that leave, full disks; nothing is lost."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.cli.interrupts import HEEDED, exit_code_of, noted_signals, said_of

# The signal comes within the callbacks of training, at the end of an epoch or in its middle.
PROGRAM = """
import os, signal, sys
from clearprop.tables import fit
from clearprop.training import watch

number, at, where = signal.Signals[sys.argv.pop(1)], int(sys.argv.pop(1)), sys.argv.pop(1)
once = [number]
def press(epoch):
    if epoch == at and once:
        os.kill(os.getpid(), once.pop())

if where == "after":
    show = fit._Progress.on_fit_task_end
    def shown(self, estimator, context):
        asked = show(self, estimator, context)
        if context.task_name == "epoch":
            press(self.epochs)
        return asked
    fit._Progress.on_fit_task_end = shown
elif where == "within":
    def begin(self, estimator, context):
        press(self.epochs + 1)
    fit._Progress.on_fit_task_begin = begin
elif where == "lost":
    def begin(self, estimator, context):
        try:
            press(self.epochs + 1)
        except KeyboardInterrupt:
            pass
    fit._Progress.on_fit_task_begin = begin
elif where == "compiling":
    from clearprop.engines.compiled import engine, full_batch
    engine.make_sure_compiled = full_batch.make_sure_compiled = lambda dtype: press(at)
from clearprop.cli import main
main()
"""
LONG = ["--epochs", "10000000", "--no-early-stopping", "--hidden", "3"]
CODES = {"SIGINT": 130, "SIGTERM": 143, "SIGHUP": 129}
SAID = {"SIGINT": "interrupted", "SIGTERM": "terminated", "SIGHUP": "hung up"}


def slow(*values):
    """Return a case that runs with the slow tests: each starts a program of its own."""
    return pytest.param(*values, marks=pytest.mark.slow)


def program(*arguments, **options):
    return subprocess.run(
        [sys.executable, *map(str, arguments)], text=True, **{"capture_output": True, **options}
    )


def pressed(name, at, where, *arguments):
    return program("-c", PROGRAM, name, at, where, "train", "iris", *LONG, *arguments)


def test_a_signal_is_noted_by_all_who_listen_and_handlers_are_given_back():
    handlers = {number: signal.getsignal(number) for number in HEEDED}
    with pytest.raises(KeyboardInterrupt), noted_signals() as outer, noted_signals() as inner:
        signal.raise_signal(signal.SIGTERM)
    assert outer == inner == [signal.SIGTERM]
    assert (exit_code_of(outer), said_of(outer)) == (143, "terminated")
    assert (exit_code_of([]), said_of([])) == (130, "interrupted")
    assert {number: signal.getsignal(number) for number in HEEDED} == handlers


@pytest.mark.parametrize("program", ["clearprop", "other.py"])
def test_ctrl_c_while_the_package_is_imported_is_one_line(folder, program):
    """NumPy is imported before the command can catch anything; of another program it is its own."""
    (folder / "numpy").mkdir()
    (folder / "numpy" / "__init__.py").write_text("raise KeyboardInterrupt")
    (folder / program).write_text("from clearprop.cli import main; main()")
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    ways = [[program]] if program == "other.py" else [[program, "--help"], ["-m", "clearprop"]]
    for way in ways:
        done = subprocess.run(
            [sys.executable, *way], capture_output=True, text=True, check=False,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip
        assert done.returncode == -signal.SIGINT
        if program == "clearprop":
            assert done.stderr == "clearprop: interrupted.\n"
        else:
            assert done.stderr.endswith("KeyboardInterrupt\n")


WAYS = {"module": ["-m", "clearprop"], "command": ["-c", "from clearprop.cli import main; main()"]}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_within_an_exec_of_text_gives_its_own_exit_code(folder, name, way):
    """As within the import of a dataclass: CPython notes the KeyboardInterrupt as unhandled."""
    (folder / "sitecustomize.py").write_text(
        "import signal\nimport clearprop.cli.training as training\n"
        f"within = 'signal.raise_signal(signal.{name})'\n"
        "training.prepare = lambda settings: exec(within)\n"
    )
    path = os.pathsep.join([str(folder), *filter(None, sys.path)])
    done = subprocess.run(
        [sys.executable, *WAYS[way], "train", "iris"],
        capture_output=True, text=True, env=os.environ | {"PYTHONPATH": path}, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (CODES[name], "")
    assert done.stderr == f"clearprop: {SAID[name]}.\n"


@pytest.mark.parametrize("name", ["SIGTERM", slow("SIGINT"), slow("SIGHUP")])
def test_a_signal_keeps_and_saves_what_was_reached(name):
    done = pressed(name, 3, "after")
    assert done.returncode == CODES[name]
    assert done.stderr.splitlines()[-1] == (
        f"clearprop: {SAID[name]} after 3 epochs; what they reached is saved in iris.clearprop."
    )
    assert "saved iris.clearprop (" in done.stdout
    assert cp.load("iris.clearprop").estimator.n_iter_ == 3


@pytest.mark.parametrize("name", CODES)
@pytest.mark.one_in(3)
def test_with_json_a_signal_that_ends_training_is_an_object_with_the_exit_code(name):
    done = pressed(name, 3, "after", "--json")
    assert done.returncode == CODES[name]
    assert json.loads(done.stderr) == {
        "error": f"{SAID[name]} after 3 epochs; what they reached is saved in iris.clearprop.",
        "exit_code": CODES[name],
    }
    assert json.loads(done.stdout)["interrupted"] is True


@pytest.mark.parametrize("name", CODES)
@pytest.mark.one_in(3)
def test_with_json_a_signal_before_the_first_epoch_ends_is_an_object_with_the_exit_code(name):
    done = pressed(name, 1, "within", "--json")
    assert (done.returncode, done.stdout) == (CODES[name], "")
    said = json.loads(done.stderr)
    assert sorted(said) == ["error", "exit_code"]
    assert said["error"].startswith(SAID[name])
    assert said["exit_code"] == CODES[name]


@pytest.mark.parametrize(
    ("name", "where", "solver"),
    [
        ("SIGINT", "within", "adam"),
        slow("SIGINT", "lost", "adam"),
        slow("SIGTERM", "compiling", "adam"),
        slow("SIGINT", "compiling", "lbfgs"),
    ],
)
def test_before_the_end_of_the_first_epoch_a_good_model_stays(name, where, solver, folder, run):
    """Its accuracy fell from 0.967 to 0.047: no epoch at all was saved in its place."""
    assert run("train", "iris", "--epochs", 3, "--quiet").code == 0
    before = (folder / "iris.clearprop").read_bytes()
    options = LONG if solver == "adam" else ["--solver", "lbfgs"]
    done = program("-c", PROGRAM, name, 1, where, "train", "iris", *options)
    assert done.returncode == CODES[name]
    last = done.stderr.splitlines()[-1]
    said = f"{SAID[name]} before the end of the first epoch; nothing was saved."
    assert last == f"clearprop: {said}"
    assert (folder / "iris.clearprop").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["iris.clearprop"]


@pytest.mark.slow
def test_a_signal_that_is_ignored_stays_ignored():
    """As under nohup, and in the background of a script."""
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    arguments = ["SIGHUP", 2, "after", "train", "iris", "--epochs", 4, "--no-early-stopping"]
    done = program("-c", ignore + PROGRAM, *arguments)
    assert done.returncode == 0
    assert cp.load("iris.clearprop").estimator.n_iter_ == 4


@pytest.mark.parametrize("module", ["typer", "rich.console", "sklearn"])
def test_ctrl_c_while_modules_are_imported_is_one_line(module):
    finder = f"""
import os, signal, sys

class Finder:
    def find_spec(self, name, *_):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
from clearprop.cli import main
main()
"""
    done = program("-c", finder, "train", "iris")
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "clearprop: interrupted.\n")


class Leaving:
    """A pipe whose reader reads so many lines, and leaves."""

    def __init__(self, lines):
        self.lines = lines

    def run(self, *arguments):
        with subprocess.Popen(
            [sys.executable, "-m", "clearprop", *map(str, arguments)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ) as process:  # fmt: skip
            read = [process.stdout.readline() for _ in range(self.lines)]
            process.stdout.close()
            err = process.stderr.read()
        return process.returncode, read, err


@pytest.mark.parametrize("lines", [slow(0), 2])
def test_a_reader_that_leaves_costs_no_training(lines):
    code, _, err = Leaving(lines).run("train", "iris", "--epochs", 3)
    assert (code, err) == (0, "")
    assert cp.load("iris.clearprop").estimator.n_iter_ == 3


@pytest.mark.slow
def test_a_reader_of_errors_that_leaves_costs_no_training():
    read, write = os.pipe()
    os.close(read)
    done = program(
        "-m", "clearprop", "train", "iris", "--epochs", 3, "--learning-rate", "1e30",
        capture_output=False, stdout=write, stderr=write,
    )  # fmt: skip
    os.close(write)
    assert done.returncode == 0
    assert isinstance(cp.load("iris.clearprop"), cp.TableModel)


FULL = Path("/dev/full")


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize(
    ("option", "buffered"),
    [("--json", ""), slow("--json", "1"), slow("--quiet", ""), slow("--quiet", "1")],
)
def test_a_full_disk_under_the_output_costs_no_training_and_is_said(option, buffered, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", buffered)
    with FULL.open("w") as full:
        done = program(
            "-m", "clearprop", "train", "iris", "--epochs", 3, option,
            capture_output=False, stdout=full, stderr=subprocess.PIPE,
        )  # fmt: skip
    assert done.returncode == 1
    said = "not all output could be written: No space left on device."
    if option == "--json":
        assert json.loads(done.stderr) == {"error": said, "exit_code": 1}
    else:
        assert done.stderr == f"clearprop: {said}\n"
    assert cp.load("iris.clearprop").estimator.n_iter_ == 3


@pytest.mark.slow
def test_output_that_is_closed_from_the_start_costs_no_training():
    command = f"{sys.executable} -m clearprop train iris --epochs 3 >&- 2>&-"
    assert subprocess.run(["sh", "-c", command]).returncode == 0
    assert cp.load("iris.clearprop").estimator.n_iter_ == 3


@pytest.mark.slow
def test_predictions_are_written_whole_where_the_reader_leaves(folder, run):
    run("train", "digits", "--epochs", 1, "--quiet")
    code, _, err = Leaving(0).run("predict", "digits.clearprop", "digits", "--out", "p.csv")
    assert (code, err) == (0, "")
    assert len((folder / "p.csv").read_text().splitlines()) == 1798
    code, lines, err = Leaving(1).run("predict", "digits.clearprop", "digits", "--head", 1797)
    assert (code, len(lines), err) == (0, 1, "")


def test_the_model_is_saved_before_anything_is_told_of_it(run, monkeypatch):
    """Whatever goes wrong in telling, in this process too."""
    from clearprop.cli import training

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(training, "tell_training", fails)
    assert run("train", "iris", "--epochs", 2).code == 1
    assert cp.load("iris.clearprop").estimator.n_iter_ == 2
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
