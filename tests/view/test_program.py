"""The page's arithmetic held to Python's: primitives, provenance, whole steps, digits."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop as cp
from clearprop import view
from clearprop.readings.symbol import PRIMITIVES
from clearprop.writing.numbers import exact, shown
from tests.browser import Opened

from .conftest import STEPS, small

RNG = np.random.default_rng(0)
A, B = RNG.normal(size=(3, 4)) * 3, RNG.normal(size=(3, 4))
TAILS = np.array([[-37.0, -8.0, -2.6, -2.4], [-0.1, 0.0, 1e-9, 0.7], [2.4, 2.6, 8.0, 700.0]])

CASES = {
    **dict.fromkeys(("negative", "exp", "expm1", "tanh", "absolute", "sign", "ones_like"), (A,)),
    **dict.fromkeys(("expit", "softplus", "ndtr"), (TAILS,)),
    **{op: (np.abs(A),) for op in ("log", "sqrt")},
    **dict.fromkeys(("add", "subtract", "multiply", "divide", "maximum", "minimum"), (A, B)),
    "greater": (A, B),
    "power": (np.abs(A), np.array(1.7)),
    "where": (A > 0, A, B),
    "sum": (A,),
    "mean": (A,),
    "norm": (A[0],),
    "matmul": (A, B.T),
    "transpose": (A,),
    "softmax": (A,),
    "log_softmax": (np.array([[0.0, 40.0, -3.0, 40.0], [0.0, -40.0, -50.0, -60.0]]),),
    "column": (A[0],),
    "pack": (A, B[0]),
}


@pytest.fixture(scope="module")
def program(browser, tmp_path_factory):
    """One page for all that only computes."""
    path = tmp_path_factory.mktemp("program") / "step.html"
    view.save_html(small().to_dict(), path)
    page = Opened(browser, path)
    yield page.page
    page.check()
    page.context.close()


def evaluate(program, op, arrays, **attributes):
    """Compute a primitive in the page."""
    arrays = [np.asarray(array, float) for array in arrays]
    given_ = [
        [i, {"shape": list(a.shape), "data": a.ravel().tolist()}] for i, a in enumerate(arrays)
    ]
    nodes = [{"op": "given"} for _ in arrays]
    nodes.append({"op": op, "args": list(range(len(arrays))), **attributes})
    found = program.evaluate(
        """([nodes, given]) => {
          const tensors = given.map(([i, {shape, data}]) =>
            [i, {shape, data: Float64Array.from(data)}]);
          const done = clearprop.evaluate(nodes, new Map(tensors)).at(-1);
          return {shape: done.shape, data: [...done.data].map(String)};
        }""",
        [nodes, given_],
    )
    return np.array([float(value) for value in found["data"]]).reshape(found["shape"])


def test_every_primitive_has_a_case():
    assert set(PRIMITIVES) == set(CASES)


@pytest.mark.parametrize("op", CASES)
def test_a_primitive_is_numpys(program, op):
    arrays = CASES[op]
    wanted = np.asarray(PRIMITIVES[op](*arrays), float)
    # Rounding z² moves the exponent of e^(-z²/2) by up to 684 ulp at z = -37.
    rtol = 3e-13 if op == "ndtr" else 2e-14
    np.testing.assert_allclose(evaluate(program, op, arrays), wanted, rtol=rtol, atol=0)


@pytest.mark.parametrize("op", ["sum", "mean"])
@pytest.mark.parametrize("axis", [None, 0, 1])
@pytest.mark.parametrize("keepdims", [False, True])
def test_sums_along_axes(program, op, axis, keepdims):
    wanted = getattr(np, op)(A, axis=axis, keepdims=keepdims)
    found = evaluate(program, op, (A,), axis=axis, keepdims=keepdims)
    assert found.shape == np.shape(wanted)
    np.testing.assert_allclose(found, wanted, rtol=1e-13)


@pytest.mark.parametrize("shapes", [((3, 4), (4,)), ((3, 4), (3, 1)), ((3, 1), (1, 4)), ((), (4,))])
def test_broadcasting(program, shapes):
    left, right = (RNG.normal(size=shape) for shape in shapes)
    found = evaluate(program, "multiply", (left, right))
    np.testing.assert_array_equal(found, left * right)


@pytest.mark.parametrize("name", STEPS)
def test_every_number_comes_from_its_cells(opened, name):
    """A number's formula, found by walking the graph, gives the number that was recorded."""
    page = opened(STEPS[name]().to_dict())
    worst = page.evaluate(
        """() => {
          const step = clearprop.app.step, look = (q, i) => step.at(q, i);
          let worst = 0, count = 0;
          for (const q of step.payload.quantities) {
            if (step.isGiven(q)) continue;
            const all = step.numbers(q).all;
            const size = Math.max(...Array.from(all, Math.abs));
            for (let i = 0; i < all.length; i++) {
              const index = q.shape.length === 2 ? [Math.floor(i / q.shape[1]), i % q.shape[1]]
                : q.shape.length ? [i] : [];
              const value = clearprop.evaluated(clearprop.cellFormula(step, q.node, index), look);
              worst = Math.max(worst, Math.abs(value - all[i]) / Math.max(size, 1e-3)); count++;
              if (!(worst < 1e-9)) throw Error(q.path + index + ' ' + value + ' ' + all[i]);
            }
          }
          return [worst, count];
        }"""
    )
    assert worst[0] < 1e-13
    assert worst[1] > 50


def changed(step, **changes):
    """The same step in Python with other given numbers."""
    task, params = step.task, step.task.layout.unpack(step.position.params)
    x, t = np.array(step["x"]), np.array(step["t"])
    rate = step.rate
    weights = step["weights"] if "weights" in step.paths else None
    for path, (index, value) in changes.items():
        if path in ("x", "t"):
            {"x": x, "t": t}[path][index] = value
        elif path == "rate":
            rate = value
        else:
            layer, name = path.split("__")
            params[layer][name] = np.array(params[layer][name])
            params[layer][name][index] = value
    return cp.explain(
        task.network,
        task.loss,
        params,
        x,
        t,
        optimizer=task.optimizer,
        rate=rate,
        sample_weight=weights,
        l2=task.l2,
        clip_norm=task.clip_norm,
    )


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"x": ((0, 1), 2.5)},
        {"t": ((0, 0), 0.25)},
        {"dense1__W": ((1, 2), -3.0)},
        {"dense2__b": ((0,), 1.0)},
        {"rate": ((), 0.03)},
        {"x": ((0, 0), 0.1), "dense2__W": ((2, 0), 4.0)},
    ],
    ids=str,
)
@pytest.mark.parametrize("name", ["small", "classes"])
def test_a_what_if_is_the_step_that_python_takes(opened, name, change):
    step = STEPS[name]()
    if name == "classes" and "t" in change:
        change = {"t": ((0, slice(None)), [0.0, 0.0, 1.0])}
    page = opened(step.to_dict())
    keys = {}
    for path, (index, value) in change.items():
        real = path.replace("__", ".")
        places = np.arange(np.size(step[real])).reshape(np.shape(step[real]))[index]
        keys |= {f"{real}#{p}": float(v) for p, v in np.broadcast(places, value)}
    found = page.evaluate(
        """(changes) => {
          const step = clearprop.app.recorded.whatIf(new Map(Object.entries(changes)));
          return {losses: step.losses(), values: Object.fromEntries(step.payload.quantities.map(
            (q) => [q.path, [...step.numbers(q).all]]))};
        }""",
        keys,
    )
    wanted = changed(step, **change)
    for path, values in found["values"].items():
        expected = np.ravel(np.asarray(wanted[path], float))
        np.testing.assert_allclose(values, expected, rtol=1e-11, atol=1e-14, err_msg=path)
    np.testing.assert_allclose(found["losses"]["before"], wanted.loss_before, rtol=1e-12)
    np.testing.assert_allclose(found["losses"]["after"], wanted.loss_after, rtol=1e-11)


def test_a_what_if_whose_gradient_is_short_is_not_clipped(opened):
    """The clipping factor of the recorded step would lengthen it."""
    step = STEPS["classes"]()
    change = {
        "dense2__b": ((slice(None),), [20.0, -9.0, -9.0]),
        "t": (slice(None), np.eye(3)[[0] * 5]),
    }
    wanted = changed(step, **change)
    assert "clip" in step
    assert "clip" not in wanted
    page = opened(step.to_dict())
    keys = {f"dense2.b#{i}": v for i, v in enumerate([20.0, -9.0, -9.0])}
    keys |= {f"t#{i}": float(v) for i, v in enumerate(np.eye(3)[[0] * 5].ravel())}
    found = page.evaluate(
        """(changes) => {
          const step = clearprop.app.recorded.whatIf(new Map(Object.entries(changes)));
          return [...step.numbers(step.find('dense1.W.change')).all];
        }""",
        keys,
    )
    np.testing.assert_allclose(found, np.ravel(wanted["dense1.W.change"]), rtol=1e-9)


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.integers(-(10**6), 10**6).map(float),
    st.integers(-99999, 99999).map(lambda n: n / 32.0),
    st.floats(-2, 2),
)


@settings(max_examples=20, deadline=None)
@given(values=st.lists(numbers, min_size=20, max_size=60))
def test_digits_are_shown_as_python_shows_them(program, values):
    words = [str(value).replace("inf", "Infinity").replace("nan", "NaN") for value in values]
    found = program.evaluate(
        "(values) => values.map((v) => clearprop.numbers.shown(Number(v)))", words
    )
    assert found == [shown(value) for value in values]


@settings(max_examples=10, deadline=None)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=10))
def test_exact_digits_give_the_number_back(program, values):
    found = program.evaluate(
        "(values) => values.map((v) => clearprop.numbers.exact(v, 'float32'))", values
    )
    for text, value in zip(found, values, strict=True):
        assert np.float32(float(text.replace("−", "-"))) == np.float32(value)
        if 1e-4 < abs(value) < 1e6:
            assert text == exact(np.float32(value))


@settings(max_examples=10, deadline=None)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=10))
def test_exact_digits_are_pythons(program, values):
    found = program.evaluate(
        "(values) => values.map((v) => clearprop.numbers.exact(Number(v)))", list(map(repr, values))
    )
    assert found == [exact(value) for value in values]


@pytest.mark.parametrize(
    ("typed", "right", "verdict"),
    [
        ("0.0260", 0.02596, True),
        ("0.02596", 0.025958, True),
        ("0.026", 0.025958, True),
        ("0.027", 0.025958, False),
        ("-0.02596", 0.025958, False),
        ("3", 3.0, True),
        ("1e-3", 0.001, True),
        ("0", 0.0, True),
        ("0", 1e-9, False),
        ("0.33", 1 / 3, False),
        ("0.333", 1 / 3, True),
    ],
)
def test_work_is_right_to_the_digits_typed(program, typed, right, verdict):
    found = program.evaluate(
        "([text, right]) => clearprop.agrees(Number(text), right, text)", [typed, right]
    )
    assert found is verdict


def test_python_and_page_ask_the_same_cells(opened):
    """The numbers behind a number are those of step.why."""
    step = STEPS["classes"]()
    page = opened(step.to_dict())
    for address in ("dense1.dW[2,3]", "tanh1.y[1,2]", "p[0,1]", "dense1.W.new[0,0]", "E", "clip"):
        found = page.evaluate(
            "(address) => clearprop.sources(clearprop.app.step, address)", address
        )
        assert sorted(found) == sorted(step.why(address).sources), address
