"""The program as a process: entry point, terminals, pipes, Ctrl-C, a missing extra."""

import codecs
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

import clearprop as cp

PROGRAM = [sys.executable, "-c", "from clearprop.cli import main; main()"]
LONG = ["train", "digits", "--epochs", "10000000", "--no-early-stopping"]
PATIENCE = 180  # seconds, for a machine that has to compile the kernels first


class Terminal:
    """A process whose output is a terminal, of 80 columns if nothing else is said."""

    def __init__(self, *arguments, columns=80, program=PROGRAM):
        self.master, terminal = pty.openpty()
        self.process = subprocess.Popen(
            [*program, *arguments],
            stdin=terminal, stdout=terminal, stderr=terminal, start_new_session=True,
            env=os.environ | {"TERM": "xterm-256color", "COLUMNS": str(columns), "LINES": "40"},
        )  # fmt: skip
        os.close(terminal)
        self.text = ""
        self._decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode

    def read_until(self, pattern):
        """Read until the pattern was printed; None is the end of the program."""
        end = time.monotonic() + PATIENCE
        while pattern is None or not re.search(pattern, self.text):
            assert time.monotonic() < end, f"{pattern} was never printed: {self.text}"
            if not select.select([self.master], [], [], 1)[0]:
                continue
            try:
                data = os.read(self.master, 65536)
            except OSError:  # so Linux tells the end of a terminal
                data = b""
            if not data:
                assert pattern is None, self.text
                return self.process.wait(PATIENCE)
            self.text += self._decode(data)
        return None


@pytest.fixture
def terminal():
    """Start processes in terminals, and end them if a test has not."""
    started = []

    def start(*arguments, **options):
        started.append(Terminal(*arguments, **options))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        os.close(each.master)


def piped(*arguments, **options):
    return subprocess.run(
        [*PROGRAM, *arguments], capture_output=True, text=True, timeout=PATIENCE, **options
    )


@pytest.mark.parametrize("way", ["command", "module"])
def test_the_entry_point_is_installed(way):
    program = shutil.which("clearprop", path=Path(sys.executable).parent)
    start = {"command": [program], "module": [sys.executable, "-m", "clearprop"]}[way]
    done = subprocess.run([*start, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"clearprop {cp.__version__}\n"


def test_version_and_help_load_neither_scikit_learn_nor_pandas():
    program = (
        "import sys\nfrom clearprop.cli.app import app, typer\n"
        "typer.main.get_command(app).main(sys.argv[1:], standalone_mode=False)\n"
        "print([name for name in ('sklearn', 'pandas', 'numba') if name in sys.modules])"
    )
    for arguments in (["--version"], ["train", "--help"], ["predict", "--help"]):
        done = subprocess.run(
            [sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True
        )
        assert done.stdout.endswith("\n[]\n")


def test_without_the_extra_one_line_says_what_to_install():
    program = "import sys; sys.modules['typer'] = None\nfrom clearprop.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "clearprop: the command line needs more packages: pip install 'clearprop[cli]'\n"
    )


def test_a_package_that_is_missing_for_another_reason_is_not_hidden():
    program = "import sys; sys.modules['json'] = None\nfrom clearprop.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "pip install 'clearprop[cli]'" not in done.stderr
    assert "json" in done.stderr


def test_a_pipe_gets_no_control_codes_and_no_progress():
    done = piped("train", "iris", "--epochs", "20")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout + done.stderr
    assert "rows/s" in done.stdout
    assert re.sub("clearprop: compiling.*\n", "", done.stderr) == ""


def test_a_terminal_gets_progress_and_the_line_is_gone_at_the_end(terminal):
    shown = terminal("train", "digits", "--epochs", "300", "--no-early-stopping")
    assert shown.read_until(None) == 0
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.text))
    progress = [line for line in lines if re.match(r"epoch +\d+/300.* loss ", line)]
    assert progress, shown.text
    assert max(map(len, progress)) <= 80
    end = shown.text.rindex("\x1b[2K")
    assert "trained 300 epochs" in shown.text[end:]
    assert "≤" not in shown.text[end:]
    assert "\x1b[1m" in shown.text


def test_the_line_of_progress_names_what_looks_wrong(terminal):
    ill = ("--solver", "sgd", "--learning-rate", "1e-7", "--epochs", "200", "--no-early-stopping")
    shown = terminal("train", "digits", *ill)
    assert shown.read_until(None) == 0
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.text))
    progress = [line for line in lines if re.match(r"epoch +\d+/200.* loss ", line)]
    assert any("small updates" in line for line in progress), shown.text
    assert max(map(len, progress)) <= 80
    assert "A step changes no layer by more than" in shown.text  # the end says the same


def test_the_line_of_several_networks_names_what_looks_wrong(terminal):
    program = (
        "from dataclasses import replace\nfrom clearprop.tables import base\n"
        "recipe_of = base.recipe_of\n"
        "base.recipe_of = lambda *given: replace(recipe_of(*given), learning_rate=30.0)\n"
        "from clearprop.cli import main; main()"
    )
    shown = terminal(
        "train", "iris", "--preset", "fast", columns=120, program=[sys.executable, "-c", program]
    )
    assert shown.read_until(None) == 0
    lines = re.split(r"[\r\n]+", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.text))
    progress = [line for line in lines if re.match(r"epoch +\d+/\d+.* rows/s ", line)]
    assert any(re.search(r" in \d+ of \d+ networks ", line) for line in progress), shown.text


def test_ctrl_c_keeps_and_saves_what_was_reached(terminal):
    shown = terminal(*LONG)
    shown.read_until(r"loss \S")
    shown.process.send_signal(signal.SIGINT)
    assert shown.read_until(None) == 130
    told = re.search(r"clearprop: interrupted after (\d+) epochs; what they reached is saved in "
                     r"digits.clearprop", shown.text.replace("\r\n", ""))  # fmt: skip
    model = cp.load("digits.clearprop")
    assert model.estimator.n_iter_ == int(told[1]) > 0
    assert model.test["accuracy"] > 0.5
    assert "gradients are right" in shown.text


def test_ctrl_c_before_training_saves_nothing(folder):
    program = (
        "import os, signal, clearprop.cli.training as t\n"
        "t.prepare = lambda settings: os.kill(os.getpid(), signal.SIGINT)\n"
        "from clearprop.cli import main; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "train", "iris"], capture_output=True, text=True
    )
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr == "clearprop: interrupted.\n"
    assert list(folder.iterdir()) == []


@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error():
    process = subprocess.Popen(
        [*PROGRAM, "train", "iris", "--epochs", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    err = process.stderr.read().decode()
    process.wait(PATIENCE)
    process.stderr.close()
    assert "Traceback" not in err
    assert "unexpected" not in err


@pytest.mark.parametrize("columns", [60, 80, 100, 200])
@pytest.mark.one_in(4)
def test_an_explained_step_fits_the_terminal(terminal, columns, run):
    assert run("train", "iris", "--epochs", 2, "--hidden", 4, "--quiet").code == 0
    arguments = ["explain", "iris.clearprop", "iris", "--row", "3", "--row", "77"]
    for more in ([], ["--why", "E", "--why", "dense2.y[1,2]"]):
        shown = terminal(*arguments, *more, columns=columns)
        assert shown.read_until(None) == 0
        plain = re.sub(r"\x1b\[[\d;]*m", "", shown.text)
        assert (plain == shown.text) == bool(more)  # heads are bold
        lines = plain.replace("\r\n", "\n").splitlines()
        whole = piped(*arguments, *more).stdout.splitlines()
        widest = max(map(len, whole))
        assert max(map(len, lines)) <= columns
        assert (lines == whole) == (widest <= columns)
        assert not Counter(" ".join(whole).split()) - Counter(" ".join(lines).split())
