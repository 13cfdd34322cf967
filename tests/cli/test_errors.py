"""Whatever is wrong is one line on stderr and an exit code; nothing is half done."""

import subprocess
import sys

import numpy as np
import pytest

import clearprop as cp
from clearprop import MLPClassifier
from clearprop.cli.errors import EXIT_CODES
from clearprop.files.container import read_model, write_model
from clearprop.tables import fit

USAGE, DATA, MODEL = 2, 3, 4

WRONG = {
    "no source": ([], USAGE, "Missing argument 'SOURCE'. See clearprop train --help."),
    "unknown option": (["digits", "--depth", "3"], USAGE, "No such option: --depth"),
    "hidden": (["digits", "--hidden", "12,x"], USAGE, "--hidden: '12,x' is not of the form 128,64"),
    "hidden zero": (["digits", "--hidden", "12,0"], USAGE, "--hidden"),
    "solver": (["digits", "--solver", "foo"], USAGE, "'foo' is not one of 'adam', 'sgd', 'lbfgs'"),
    "epochs": (["digits", "--epochs", "0"], USAGE, "--epochs: must be at least 1"),
    "epochs text": (["digits", "--epochs", "many"], USAGE, "--epochs"),
    "batch": (["digits", "--batch-size", "0"], USAGE, "--batch-size: '0' is neither auto nor"),
    "rate": (["digits", "--learning-rate", "0"], USAGE, "--learning-rate: must be above 0"),
    "nan rate": (["digits", "--learning-rate", "nan"], USAGE, "--learning-rate: must be above 0"),
    "alpha": (["digits", "--alpha", "-1"], USAGE, "--alpha: must be at least 0"),
    "dropout": (["digits", "--dropout", "1"], USAGE, "--dropout: must be below 1"),
    "fraction": (["digits", "--test-fraction", "1"], USAGE, "--test-fraction: must be below 1"),
    "lbfgs dropout": (["digits", "--solver", "lbfgs", "--dropout", "0.5"], USAGE, "lbfgs has none"),
    "lbfgs stopping": (["digits", "--solver", "lbfgs", "--early-stopping"], USAGE, "--early-stopp"),
    "out folder": (["digits", "--out", "no/x.clearprop"], USAGE, "--out: there is no folder no"),
    "no file": (["digitz"], DATA, "there is no file 'digitz'. Did you mean 'digits'?"),
    "no test file": (["people.csv", "--test", "t.csv"], DATA, "there is no file 't.csv'"),
    "folder": (["."], DATA, "empty.csv is empty: its first line must name"),
    "column": (["people.csv", "--target", "membre"], DATA, "Did you mean 'member'?"),
    "embedded target": (["iris", "--target", "x"], DATA, "the target of iris is species"),
    "ragged": (["ragged.csv"], DATA, "ragged.csv, line 3: 1 cell, where line 1 has 2."),
    "empty": (["empty.csv"], DATA, "empty.csv is empty."),
    "words as numbers": (
        ["people.csv", "--task", "regression"],
        DATA,
        "people.csv, line 2: the target 'member' is 'yes' there, which is not a number.",
    ),
    "fractions": (
        ["diabetes.csv", "--task", "classification"],
        DATA,
        "a number with a fraction and no class; it is for --task regression.",
    ),
    "weights": (["diabetes", "--class-weight", "balanced"], DATA, "--class-weight is for classes"),
    "one class": (["constant.csv"], DATA, "the target y is a in every row"),
    "test labels": (["people.csv", "--test", "other.csv"], DATA, "the target is 'maybe', where"),
    "test column": (["people.csv", "--test", "ragged.csv"], DATA, "ragged.csv"),
}


def one_line(err):
    assert err.count("\n") == 1, err
    assert err.startswith("clearprop: ")
    assert "Traceback" not in err
    return err


@pytest.fixture
def files(table, folder):
    """Write the files that the cases name."""
    (folder / "ragged.csv").write_text("a,b\n1,2\n3\n")
    (folder / "empty.csv").write_text("")
    (folder / "diabetes.csv").write_text("x,y\n" + "".join(f"{i},{i / 7}\n" for i in range(30)))
    (folder / "constant.csv").write_text("x,y\n" + "".join(f"{i},a\n" for i in range(30)))
    (folder / "other.csv").write_text("age,job,town,member\n30,clerk,Ulm,maybe\n")


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_training_is_one_line(run, files, folder, case):
    arguments, code, told = WRONG[case]
    done = run("train", *arguments)
    assert (done.code, done.out) == (code, "")
    assert told in one_line(done.err)
    assert list(folder.glob("*.clearprop")) == []


def test_a_command_that_is_not_there(run):
    done = run("trian", "digits")
    assert (done.code, done.out) == (USAGE, "")
    assert "No such command 'trian'" in one_line(done.err)


def test_no_command_shows_what_there_is(run):
    done = run()
    assert done.code == 0
    assert "train" in done.out
    assert "predict" in done.out


def test_no_model_at_all(run, table):
    done = run("predict", "no.clearprop", table)
    assert (done.code, done.out) == (MODEL, "")
    assert "cannot read the model no.clearprop: No such file" in one_line(done.err)


def test_something_else_in_place_of_a_model(run, table):
    done = run("predict", table, table)
    assert done.code == MODEL
    assert "people.csv is not a clearprop model: it looks like text" in one_line(done.err)


def test_a_damaged_model(run, model, table, folder):
    data = bytearray((folder / model).read_bytes())
    data[-3] ^= 1
    (folder / model).write_bytes(data)
    done = run("predict", model, table)
    assert done.code == MODEL
    assert "is damaged" in one_line(done.err)


def test_a_forged_model(run, model, table):
    document, arrays = read_model(model)
    write_model(model, document | {"target_name": 3}, arrays)
    done = run("predict", model, table)
    assert done.code == MODEL
    assert "does not describe a model: the model: target_name must be a text" in one_line(done.err)


def test_an_estimator_in_place_of_a_table_model(run, table):
    X = np.eye(4)
    MLPClassifier((2,), solver="lbfgs").fit(X, [0, 1, 0, 1]).save("plain.clearprop")
    done = run("predict", "plain.clearprop", table)
    assert done.code == MODEL
    assert "holds an estimator, saved from Python" in one_line(done.err)


@pytest.mark.parametrize("options", [["--epochs", 5], []], ids=["one network", "several"])
def test_training_that_cannot_begin(run, table, monkeypatch, folder, options):
    def fails(self, *_, **__):
        raise ValueError("Solver produced\nnon-finite parameter weights.")

    monkeypatch.setattr(fit.MLPClassifier, "fit", fails)
    monkeypatch.setattr(cp.TableClassifier, "fit_with", fails)
    done = run("train", table, "--quiet", *options)
    assert (done.code, done.out) == (1, "")
    assert one_line(done.err) == "clearprop: Solver produced non-finite parameter weights.\n"
    assert list(folder.glob("*.clearprop")) == []


@pytest.mark.filterwarnings("ignore:the outputs for row 0 .24 such rows. are not finite")
def test_training_that_runs_away_says_where_and_keeps_the_last_finite_weights(run, table):
    finite = pytest.warns(RuntimeWarning, match="the outputs for row 0 .* are not finite")
    with np.errstate(all="ignore"), finite:
        done = run("train", table, "--learning-rate", "1e30", "--quiet", "--no-check-gradients")
    assert done.code == 0
    assert one_line(done.err).startswith("clearprop: Training stopped: the ")
    assert "not finite at step 2" in done.err


def test_wrong_gradients_are_said_loudly_and_exit_with_1(run, table, monkeypatch):
    from clearprop.definitions.layers import ReLU

    monkeypatch.setattr(ReLU, "slope", lambda self, xp, z, a: 1.01 * (z > 0))
    done = run("train", table, "--quiet", "--epochs", 2)
    assert done.code == 1
    assert "gradients are WRONG: " in done.out
    told = run("train", table, "--json", "--epochs", 2)
    assert told.code == 1
    assert told.json["gradients"]["right"] is False


def test_the_traceback_is_there_for_those_who_want_it(run, monkeypatch):
    monkeypatch.setenv("CLEARPROP_DEBUG", "1")
    done = run("train", "digitz")
    assert done.code == DATA
    assert "Traceback" in done.err
    assert done.err.splitlines()[-1].startswith("clearprop: there is no file 'digitz'")


def test_no_kind_of_error_hides_a_more_special_one():
    kinds = list(EXIT_CODES)
    for index, kind in enumerate(kinds):
        assert not any(issubclass(later, kind) for later in kinds[index + 1 :]), kind


PROGRAM = "import clearprop.cli.training as t; t.run = lambda *_: {}['x']; "


@pytest.mark.parametrize("debug", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_a_fault_of_our_own_is_one_line_too(debug, monkeypatch):
    if debug:
        monkeypatch.setenv("CLEARPROP_DEBUG", "1")
    done = subprocess.run(
        [sys.executable, "-c", f"{PROGRAM}from clearprop.cli import main; main()", "train", "iris"],
        capture_output=True, text=True,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert ("Traceback" in done.stderr) == debug
    last = one_line(done.stderr.splitlines(keepends=True)[-1])
    assert "unexpected KeyError: 'x'. This is a fault of clearprop" in last
