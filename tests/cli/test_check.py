"""`clearprop check`: a learner's own program, its training step checked."""

import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples" / "check"

NETWORK = '''
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

class Network:
    def __init__(self, n_in, n_hidden, n_out, learning_rate):
        self.W1, self.b1 = np.random.randn(n_in, n_hidden), np.zeros(n_hidden)
        self.W2, self.b2 = np.random.randn(n_hidden, n_out), np.zeros(n_out)
        self.lr = learning_rate

    def train(self, X, y):
        a1 = sigmoid(X @ self.W1 + self.b1)
        a2 = sigmoid(a1 @ self.W2 + self.b2)
        print("loss", np.mean((a2 - y) ** 2))
        error = (a2 - y) / len(X)
        d2 = error * a2 * (1 - a2)
        d1 = (SENT @ self.W2.T) * a1 * (1 - a1)
        self.W2 -= self.lr * a1.T @ d2
        self.b2 -= self.lr * d2.sum(0)
        self.W1 -= self.lr * X.T @ d1
        self.b1 -= self.lr * d1.sum(0)
'''  # fmt: skip
RIGHT, RAW = NETWORK.replace("SENT", "d2"), NETWORK.replace("SENT", "error")

FUNCTION = """
import numpy as np

def gradients(W1, b1, X, y):
    delta = 1 / (1 + np.exp(-(X @ W1 + b1))) - y
    return {"dW1": X.T @ delta / len(X), "db1": delta.mean(axis=0)}
"""


@pytest.fixture
def check(run, folder):
    """Write a program, check it, and return what came of it."""

    def checked(program, *options, data="xor"):
        (folder / "mine.py").write_text(program)
        return run("check", "mine.py", "--data", data, *options)

    return checked


def test_raw_error_is_named(check):
    done = check(RAW)
    assert done.code == 1
    assert done.out.startswith("running the code of mine.py\nNetwork\n")
    assert "cause: raw error sent back\n" in done.out
    assert "Network(n_in=2, n_hidden=3, n_out=1, learning_rate=0.1)" in done.out
    assert "with --net, --activation and --loss" in done.out


def test_a_right_class_passes(check):
    done = check(RIGHT)
    assert done.code == 0
    assert "right: all 4 quantities given\n" in done.out
    assert "loss 0." not in done.out
    assert "loss 0." in done.err


def test_two_checks_say_the_same(check):
    assert check(RAW).out == check(RAW).out


@pytest.mark.parametrize(("program", "code"), [(RAW, 1), (RIGHT, 0)])
def test_json_is_one_object(check, program, code):
    done = check(program, "--json")
    assert done.code == code
    assert done.json["right"] is (code == 0)
    assert done.json["checked"] == "Network"
    assert {one["path"] for one in done.json["findings"]} == {
        "dense1.W.new", "dense1.b.new", "dense2.W.new", "dense2.b.new"
    }  # fmt: skip
    assert ("raw error sent back" in done.json["causes"]) is (code == 1)
    assert done.json["notes"][0] == "rows: the four of xor, as they are"


def test_numbers_that_are_not_finite_are_words_in_json(check):
    done = check(RAW.replace("self.lr * d2.sum(0)", "np.nan"), "--json")
    assert done.code == 1
    assert "nan" in {one["yours"] for one in done.json["findings"]}


def test_data_sets_and_files(check, folder):
    done = check(RIGHT, "--net", "4-5-3", data="iris")
    assert done.code == 0, done.err
    assert "rows: 1, 50, 100, 150 of iris, inputs standardised; 3 targets" in done.out
    assert "network 4-5-3: hidden units sigmoid, output sigmoid, loss squared" in done.out
    (folder / "rows.csv").write_text("a,b,y\n0.5,1.5,0.25\n1.5,2,0.75\n2.5,0,0.5\n3,7,0.1\n")
    done = check(RIGHT, "--raw", "--rows", 3, data="rows.csv")
    assert done.code == 0, done.err
    assert "rows: 1, 2, 4 of rows.csv, inputs as they are; target as it is" in done.out


def test_a_function_with_drawn_weights(check):
    options = "--use", "gradients", "--net", "2-1", "--loss", "binary"
    done = check(FUNCTION, *options)
    assert done.code == 0, done.err
    assert "note: network 2-1: output sigmoid, loss binary\n" in done.out
    done = check(FUNCTION.replace("/ len(X)", ""), *options)
    assert done.code == 1
    assert "dense1.dW  WRONG" in done.out


def test_a_function_with_the_weights_of_its_module(check):
    weights = "\nW1 = np.array([[0.3], [-0.2]])\nb1 = np.array([0.1])\n"
    done = check(FUNCTION.replace("gradients", "step") + weights, "--loss", "binary")
    assert done.code == 0, done.err


def test_an_object_and_a_method_by_name(check):
    program = RAW + "\nmine = Network(2, 2, 1, 0.5)\n"
    for name in ("mine", "mine.train"):
        done = check(program, "--use", name)
        assert done.code == 1
        assert "raw error sent back" in done.out


@pytest.mark.parametrize(
    ("program", "options", "code", "said"),
    [
        (RIGHT.replace("train", "work"), (), 3, "no class with a method, and no function, of"),
        (RIGHT.replace("train", "work"), ("--use", "Network"), 3, "choose it with --use Name.m"),
        (RIGHT + RIGHT.replace("Network", "Other"), (), 3, "Network, Other: choose one with"),
        ("class Network:\n    def train(self, X, y): pass\n", (), 3, "no weights were found"),
        (RIGHT.replace("error = (", "error = 1 / 0 * ("), (), 3,
         "mine.py, line 17: your code raised ZeroDivisionError: division by zero"),
        (RIGHT.replace("self.lr = ", "self.lr = self.no + "), (), 3,
         "line 11: your code raised AttributeError"),
        ("import nothing_of_the_kind\n", (), 3, "line 1: your code raised ModuleNotFoundError"),
        ("def train(:\n", (), 3, "mine.py, line 1: invalid syntax"),
        ("import sys\nsys.exit(0)\n", (), 3, "ended the program (sys.exit)"),
        (RIGHT.replace("n_hidden, n_out,", "n_out, a, b, c,"), (), 3, "cannot be made"),
        (RIGHT, ("--use", "Netwrok"), 2, "mine.py has no 'Netwrok'"),
        (RIGHT, ("--net", "2-x-1"), 2, "'2-x-1' is not a network such as 2-3-1"),
        (RIGHT, ("--net", "3-3-1"), 2, "xor has 2 inputs and 1 outputs, 3-3-1 does not"),
        (RIGHT + "\nmine = Network(2, 2, 1, 0.5)\n", ("--use", "mine", "--net", "2-3-1"), 3,
         "your weights make a network 2-2-1, --net says 2-3-1"),
        (FUNCTION, ("--use", "gradients"), 3, "give --net 2-3-1, and gradients gets weights"),
        ("def train(X, y): pass\n", ("--net", "2-1"), 3, "takes no weights and returns nothing"),
        ("def train(W1, b1, X, y, cache): pass\n", ("--net", "2-1"), 3, "asks for cache"),
    ],
)  # fmt: skip
def test_errors_are_one_sentence_about_the_program(check, program, options, code, said):
    done = check(program, *options)
    assert done.code == code
    assert said in done.err
    lines = [line for line in done.err.splitlines() if not line.startswith("loss ")]
    assert len(lines) == 1
    for python in ("check_work", "net=", "params="):
        assert python not in done.err


def test_there_is_no_such_file(run):
    done = run("check", "no.py", "--data", "xor")
    assert (done.code, done.err) == (3, "clearprop: there is no file no.py.\n")


def test_nothing_is_written_and_nothing_stays(check, folder):
    before = list(sys.path)
    (folder / "beside.py").write_text("rate = 0.5\n")
    assert check("from beside import rate\n" + RIGHT).code == 0
    assert {path.name for path in folder.iterdir()} == {"mine.py", "beside.py"}
    assert sys.path == before
    assert "checked_mine" not in sys.modules


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("1_class.py", (), 1),
        ("2_lists.py", (), 0),
        ("3_functions.py", ("--use", "step", "--net", "2-3-1", "--activation", "tanh",
                            "--loss", "binary"), 1),
    ],
)  # fmt: skip
def test_examples(run, name, options, code):
    done = run("check", EXAMPLES / name, "--data", "xor", *options)
    assert done.code == code, done.err


COLUMNS = '''
import numpy as np

def sigmoid(z):
    return 1 / (1 + np.exp(-z))

def gradients(W1, b1, W2, b2, X, y):
    m = X.shape[1]
    A1 = sigmoid(W1 @ X + b1)
    A2 = sigmoid(W2 @ A1 + b2)
    dZ2 = (A2 - y) * A2 * (1 - A2)
    dZ1 = W2.T @ SENT * A1 * (1 - A1)
    return {
        "dW1": dZ1 @ X.T / m, "db1": dZ1.sum(axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m, "db2": dZ2.sum(axis=1, keepdims=True) / m,
    }
'''  # fmt: skip
WEIGHTS = """
W1, b1 = np.array([[0.3, -0.8], [0.7, 0.2]]), np.array([[0.1], [-0.3]])
W2, b2 = np.array([[0.5, -0.9]]), np.array([[0.2]])
"""
OPTIONS = {"drawn": ("--net", "2-2-1"), "its own": ()}


def in_columns(sent, weights, change=("", "")):
    program = COLUMNS.replace("SENT", sent).replace(*change)
    return program + (WEIGHTS if weights == "its own" else "")


@pytest.mark.parametrize("weights", OPTIONS)
def test_a_function_of_columns_is_called_with_columns(check, weights):
    """2-2-1: both matrices fit either way, and only the shapes of X and y say how."""
    done = check(in_columns("dZ2", weights), "--use", "gradients", *OPTIONS[weights])
    assert done.code == 0, done.err + done.out
    assert "right: all 4 quantities given\n" in done.out
    assert (
        "note: your function was given examples as columns, inputs 2 × 4 and targets 1 × 4, "
        "weights as (units, inputs) and biases as (units, 1)\n"
    ) in done.out


@pytest.mark.parametrize("weights", OPTIONS)
def test_a_slip_in_columns_has_its_name(check, weights):
    done = check(in_columns("(A2 - y)", weights), "--use", "gradients", *OPTIONS[weights])
    assert done.code == 1, done.err + done.out
    assert "first wrong: dense1.dW" in done.out
    assert "cause: raw error sent back\n" in done.out
    assert "examples as columns" in done.out


def test_columns_with_flat_biases_and_new_weights(check):
    flat = (
        in_columns("dZ2", "drawn").replace("+ b1", "+ b1[:, None]").replace("+ b2", "+ b2[:, None]")
    )
    done = check(flat, "--use", "gradients", "--net", "2-2-1")
    assert done.code == 0, done.err + done.out
    assert "biases as (units,)\n" in done.out


def test_rows_with_weights_of_units_and_inputs(check):
    program = """
import numpy as np

def gradients(W1, b1, X, y):
    delta = 1 / (1 + np.exp(-(X @ W1.T + b1))) - y
    return {"dW1": delta.T @ X / len(X), "db1": delta.mean(axis=0)}
"""
    done = check(program, "--use", "gradients", "--net", "2-1", "--loss", "binary")
    assert done.code == 0, done.err + done.out
    assert "note: your function was given weights as (units, inputs)\n" in done.out


def test_a_function_that_takes_neither_says_what_it_raised_with_rows(check):
    program = COLUMNS.replace("SENT", "dZ2").replace("W1 @ X", "W1 @ X @ np.ones((9, 9))")
    done = check(program, "--use", "gradients", "--net", "2-2-1")
    assert done.code == 3
    assert "mine.py, line 9: your code raised ValueError" in done.err
