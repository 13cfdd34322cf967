"""Check my work: right numbers pass, and a wrong step is told by the slip that was made in it.

The steps are hand-written NumPy (`hand_written.py`). `benchmarks/check_work_rates.py` does the same
on more cases and prints the rates.
"""

import numpy as np
import pytest
from hypothesis import assume
from hypothesis import strategies as st

import clearprop as cp
from clearprop.explaining.work.situation import Outcome, situation_of
from clearprop.explaining.work.slips import slips_of
from tests.explaining import hand_written
from tests.explaining.hand_written import filled, setups, slips, trained
from tests.explaining.steps import over


@st.composite
def wrong_steps(draw):
    """Return a setup and a slip that changes its numbers."""
    setup = draw(setups())
    slip = draw(st.sampled_from(slips(setup)))
    assume(differs(trained(setup, slip), trained(setup)))
    return setup, slip


def differs(work, other):
    return any(not np.array_equal(work[path], other[path]) for path in work)


CONVENTIONS = {"1/2 missing", "a factor 1/2 too many", "1/N missing", "mean over outputs"}
"""Slips that are right ways to compute a step where the loss is of the same scale."""


@over(wrong_steps(), 200)
def test_the_slip_made_is_the_slip_named(drawn):
    setup, slip = drawn
    work = trained(setup, slip)
    report = setup.explain().check(work)
    if slip in CONVENTIONS:
        # With the loss beside it this is right, on another scale; alone it is a slip.
        assert report, str(report)
        twice = slip == "1/2 missing" and setup.loss != "squared"
        assert ("a factor 2" if twice else slip) in report.convention
        del work["E"]
        report = setup.explain().check(work)
    assert not report
    assert slip in report.causes
    assert report.explained
    # Whatever else is named gives the very same numbers here, in the hand-written step too.
    for other in set(report.causes) & set(slips(setup)) - {slip}:
        same = trained(setup, other)
        for path, array in work.items():
            np.testing.assert_allclose(same[path], array, rtol=1e-9, atol=1e-12, err_msg=other)


@over(wrong_steps(), 40)
def test_a_slip_is_named_from_a_few_quantities_in_float32(drawn):
    setup, slip = drawn
    work, right = (trained(setup, made, np.float32) for made in (slip, ""))
    changed = [path for path in work if not np.allclose(work[path], right[path], rtol=1e-3)]
    if slip in CONVENTIONS or slip.endswith("in the loss alone"):
        changed = [path for path in changed if path != "E"]
    if changed:
        report = setup.explain().check({path: work[path] for path in changed})
        assert slip in report.causes


@over(setups(), 400)
def test_right_numbers_of_another_summation_order_pass(setup):
    backwards = setup.with_rows(slice(None, None, -1))
    work = trained(backwards)
    for path in work:
        if path.endswith("delta"):
            work[path] = work[path][::-1]
    report = setup.explain().check(work)
    assert report, str(report)
    assert report.causes == ()


@over(setups(), 400, parts=8)
def test_right_numbers_in_float32_pass(setup):
    report = setup.explain().check(trained(setup, dtype=np.float32))
    assert report, str(report)


@over(st.tuples(setups(), st.sampled_from([3, 4])), 200)
def test_right_numbers_typed_with_few_digits_pass(drawn):
    setup, digits = drawn
    work = {path: typed(array, digits) for path, array in trained(setup).items()}
    report = setup.explain().check(work)
    assert report, str(report)


def typed(array, digits):
    """Return numbers as someone types them, as nested lists."""
    return np.vectorize(lambda value: float(f"{value:.{digits}g}"))(array).tolist()


@over(wrong_steps(), 40)
def test_a_slip_is_named_from_numbers_typed_with_few_digits(drawn):
    setup, slip = drawn
    work, right = trained(setup, slip), trained(setup)
    if slip in CONVENTIONS:
        del work["E"]
    if (
        max(
            np.max(np.abs(work[path] - right[path]) / np.abs(right[path]).max())
            for path in work
            if np.abs(right[path]).max() > 0
        )
        < 0.1
    ):
        return  # too little to see in four digits
    report = setup.explain().check({path: typed(array, 4) for path, array in work.items()})
    assert slip in report.causes


@over(setups(), 200)
def test_the_column_convention_passes(setup):
    """Weights are (units, inputs) and examples columns, as in many texts."""
    work = {path: np.asarray(array).T for path, array in trained(setup).items()}
    report = setup.explain().check(work)
    assert report, str(report)


@over(wrong_steps(), 60)
def test_a_slip_is_named_in_the_column_convention(drawn):
    setup, slip = drawn
    shapes = {W.shape for W in setup.W}
    if slip.startswith("dW transposed") or all(
        one == other or 1 in (one, other) for one, other in shapes
    ):
        return  # square matrices alone do not tell the convention of a wrong step
    work = {path: np.asarray(array).T for path, array in trained(setup, slip).items()}
    if slip in CONVENTIONS:
        del work["E"]
    assert slip in setup.explain().check(work).causes


def test_square_matrices_are_read_as_most_of_them_fit():
    setup = filled((3, 3, 3), ("sigmoid", None), "squared", "sgd", 0.0, 0, rows=2, seed=0)
    right, step = trained(setup), setup.explain()
    matrices = [path for path in right if right[path].shape == (3, 3)]
    assert len(matrices) == 4
    report = step.check({path: right[path].T for path in matrices})
    assert report
    assert all(finding.transposed for finding in report.findings)
    # One of them alone is a slip, not a convention.
    wrong = trained(setup, "dW transposed in dense1")
    report = step.check({path: wrong[path] for path in ("dense1.dW", "dense1.W.new")})
    assert report.causes == ("dW transposed in dense1",)


@over(setups(), 24)
def test_every_slip_gives_a_whole_step(setup):
    situation = situation_of(setup.explain())
    known = list(slips_of(situation))
    assert set(slips(setup)) <= {slip.name for slip in known}
    paths = [path for path in trained(setup) if not path.endswith("delta")]
    right = Outcome(situation, paths)
    for slip in known:
        outcome = Outcome(slip.make(situation), paths)
        for path in paths:
            assert outcome[path].shape == right[path].shape, slip.name


class NeuralNetwork:
    """The course's class as CHAPTER.md C6 describes it: no bias, weights (units, inputs)."""

    def __init__(self, inputs, hidden, outputs, learning_rate, rng):
        self.lr = learning_rate
        self.wih = self.drawn(rng, hidden, inputs)
        self.who = self.drawn(rng, outputs, hidden)

    @staticmethod
    def drawn(rng, units, inputs):
        limit = 1 / np.sqrt(inputs)
        return np.clip(rng.standard_normal((units, inputs)), -limit, limit)

    def train(self, input_vector, target_vector):
        x = np.array(input_vector, ndmin=2).T
        t = np.array(target_vector, ndmin=2).T
        h = 1 / (1 + np.exp(-self.wih @ x))
        o = 1 / (1 + np.exp(-self.who @ h))
        e = t - o
        self.who += self.lr * (e * o * (1.0 - o)) @ h.T
        hidden_e = self.who.T @ e
        self.wih += self.lr * (hidden_e * h * (1.0 - h)) @ x.T


sizes = st.integers(1, 4)


@over(st.tuples(sizes, st.integers(2, 4), sizes, st.integers(0, 2**32 - 1)), 24, parts=2)
def test_both_slips_of_the_course_class_are_named(drawn):
    inputs, hidden, outputs, seed = drawn
    rng = np.random.default_rng(seed)
    theirs = NeuralNetwork(inputs, hidden, outputs, 0.2, rng)
    x, t = rng.uniform(0.1, 1, inputs), rng.uniform(size=outputs)
    network = cp.Chain(
        cp.Dense(inputs, hidden, bias=False), cp.Sigmoid(),
        cp.Dense(hidden, outputs, bias=False), cp.Sigmoid(),
    )  # fmt: skip
    params = {"dense1": {"W": theirs.wih.T.copy()}, "dense2": {"W": theirs.who.T.copy()}}
    step = cp.explain(network, cp.SquaredError(), params, [x], [t], optimizer=cp.SGD(0.2))
    theirs.train(x, t)
    # Given as this package's rows: one row of one column looks like either convention.
    report = step.check({"dense1.W.new": theirs.wih.T, "dense2.W.new": theirs.who.T})
    assert not report
    assert report.first_wrong.path == "dense1.W.new"
    expected = {"raw error sent back", "weights updated before the error went back"}
    assert expected in [set(cause.split(" + ")) for cause in report.causes]


def course_step(rng):
    theirs = NeuralNetwork(3, 4, 2, 0.2, rng)
    network = cp.Chain(
        cp.Dense(3, 4, bias=False), cp.Sigmoid(), cp.Dense(4, 2, bias=False), cp.Sigmoid()
    )
    params = {"dense1": {"W": theirs.wih.T.copy()}, "dense2": {"W": theirs.who.T.copy()}}
    return theirs, network, params


def test_the_course_class_is_checked_as_it_stands():
    """`check_work` runs it; its weights are given as it keeps them, (units, inputs)."""
    theirs, network, params = course_step(np.random.default_rng(0))

    def one_step(params, x, t):
        theirs.train(x[0], t[0])
        return {"dense1": {"W": theirs.wih}, "dense2": {"W": theirs.who}}

    report = cp.check_work(
        one_step, network, cp.SquaredError(), params, [[0.2, 0.5, 0.9]], [[0.01, 0.99]],
        optimizer=cp.SGD(0.2),
    )  # fmt: skip
    assert set(report.causes[0].split(" + ")) == {
        "raw error sent back", "weights updated before the error went back",
    }  # fmt: skip
    assert "rows and columns exchanged" in str(report)


SETUP = filled((2, 3, 2), ("tanh", None), "squared", "sgd", 0.0, 0, rows=3, seed=1)
HOW = (SETUP.network, hand_written.LOSSES["squared"], SETUP.params, SETUP.x, SETUP.t)


def new_parameters(work):
    return {f"dense{k}": {n: work[f"dense{k}.{n}.new"] for n in ("W", "b")} for k in (1, 2)}


def gradients(work):
    return {f"dense{k}": {n: work[f"dense{k}.d{n}"] for n in ("W", "b")} for k in (1, 2)}


ANSWERS = {
    "new parameters": new_parameters,
    "loss and gradients": lambda work: (work["E"], gradients(work)),
    "quantities by path": lambda work: work,
}


@pytest.mark.parametrize("kind", ANSWERS)
def test_check_work_takes_what_a_training_function_gives(kind):
    def mine(params, x, t, slip=""):
        assert np.array_equal(params["dense1"]["W"], SETUP.W[0])
        params["dense1"]["W"][:] = np.nan  # a copy: nothing of ours changes
        x[:], t[:] = np.nan, np.nan
        return ANSWERS[kind](trained(SETUP, slip))

    how = {"optimizer": cp.SGD(hand_written.RATE)}
    assert cp.check_work(mine, *HOW, **how)
    slip = "activation slope missing in tanh1"
    wrong = cp.check_work(lambda *args: mine(*args, slip=slip), *HOW, **how)
    assert wrong.causes == (slip,)


def test_check_work_takes_parameters_changed_in_place():
    def mine(params, x, t):
        for name, layer in new_parameters(trained(SETUP)).items():
            for key, array in layer.items():
                params[name][key][:] = array

    assert cp.check_work(mine, *HOW, optimizer=cp.SGD(hand_written.RATE))


def test_nothing_is_called_a_cause_that_does_not_give_the_numbers():
    work = trained(SETUP)
    work["dense1.dW"] = work["dense1.dW"] + 0.01
    report = SETUP.explain().check(work)
    assert not report
    assert report.causes == ()
    assert report.first_wrong.path == "dense1.dW"
    assert report.first_wrong.wrong_cells == 6
    assert "none of the known slips" in str(report)


def test_the_first_wrong_cell_is_pointed_at():
    work = {"dW1": trained(SETUP)["dense1.dW"].copy()}
    work["dW1"][1, 2] += 0.5
    first = SETUP.explain().check(work).first_wrong
    assert (first.address, first.wrong_cells) == ("dense1.dW[1,2]", 1)
    assert first.error == pytest.approx(0.5)
    assert first.yours - first.correct == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("work", "error", "words"),
    [
        ({}, ValueError, "nothing to check"),
        ({"dense9.W": 1.0}, KeyError, "no quantity 'dense9.W'; did you mean"),
        ({"dense1.dW": np.zeros((5, 5))}, ValueError, "dense1.dW is 2 × 3, yours is 5 × 5"),
        ({"dense1.dW": [["a"]]}, TypeError, "dense1.dW must be numbers"),
        ({"dense1.dW[0,7]": 1.0}, IndexError, "it has no cell"),
    ],
)
def test_what_cannot_be_checked_is_said(work, error, words):
    with pytest.raises(error, match=words):
        SETUP.explain().check(work)


def test_columns_are_found_where_shapes_allow_rows_too():
    """Two rows, two inputs, two units: rows run as well, and only columns give right numbers."""
    net = cp.Chain(cp.Dense(2, 2), cp.Tanh(), cp.Dense(2, 2))
    params = net.init(np.random.default_rng(3))
    x, t = np.array([[0.5, -1.0], [0.25, 2.0]]), np.array([[0.2, 0.1], [0.4, -0.3]])

    def mine(W1, b1, W2, b2, X, Y):
        A1 = np.tanh(W1 @ X + b1)
        dZ2 = (W2 @ A1 + b2 - Y) / X.shape[1]
        dZ1 = W2.T @ dZ2 * (1 - A1**2)
        return {"dW1": dZ1 @ X.T, "db1": dZ1.sum(axis=1), "dW2": dZ2 @ A1.T}

    report = cp.check_work(mine, net, cp.SquaredError(), params, x, t)
    assert report, str(report)
    assert report.notes[0].startswith("your function was given examples as columns, inputs 2 × 2")


def test_a_function_of_columns_may_change_its_arrays_in_place():
    net = cp.Chain(cp.Dense(3, 2))
    params = net.init(np.random.default_rng(3))
    x, t = np.arange(12.0).reshape(4, 3) / 10, np.ones((4, 2))

    def mine(W1, b1, X, Y, lr):
        delta = (W1 @ X + b1 - Y) / X.shape[1]
        W1 -= lr * delta @ X.T
        b1 -= lr * delta.sum(axis=1, keepdims=True)

    report = cp.check_work(mine, net, cp.SquaredError(), params, x, t, optimizer=cp.SGD(0.1))
    assert report, str(report)
    assert "columns" in str(report)
    assert np.array_equal(params["dense1"]["W"], net.init(np.random.default_rng(3))["dense1"]["W"])
