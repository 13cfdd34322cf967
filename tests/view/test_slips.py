"""Check my work: what the page finds of one typed number is what `step.check` finds."""

from functools import cache

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.document import viewed
from clearprop.explaining.work.situation import Outcome, situation_of
from clearprop.explaining.work.slips import FAMILIES, slips_of
from clearprop.view.payload import payload_of
from tests.node import Program

from .conftest import classes, small, varied


def random_step(rng, sizes, activations, loss, t, **how):
    """A step with biases and an optimizer's state that are not 0."""
    layers = []
    for place, kind in enumerate(activations):
        layers.append(cp.Dense(sizes[place], sizes[place + 1]))
        layers += [] if kind is None else [kind()]
    net = cp.Chain(*layers)
    params = net.init(rng)
    for held in params.values():
        held["b"] = rng.normal(size=held["b"].shape) * 0.3
    return cp.explain(net, loss, params, rng.normal(size=(len(t), sizes[0])), t, **how)


@cache
def deep(dtype="float64"):
    """784-128-64-10: the page has a summary of its large arrays."""
    rng = np.random.default_rng(5)
    net = cp.Chain(
        cp.Dense(784, 128), cp.ReLU(), cp.Dense(128, 64), cp.Tanh(), cp.Dense(64, 10)
    )  # fmt: skip
    params = {
        path: {name: array.astype(dtype) for name, array in held.items()}
        for path, held in net.init(rng).items()
    }
    for held in params.values():
        held["b"] = (rng.normal(size=held["b"].shape) * 0.1).astype(dtype)
    x = (rng.random((4, 784)) * (rng.random((4, 784)) > 0.7)).astype(dtype)
    t = np.eye(10, dtype=dtype)[rng.integers(0, 10, 4)]
    return cp.explain(net, cp.CrossEntropy(), params, x, t, optimizer=cp.SGD(0.1, 0.9))


@cache
def squared():
    rng = np.random.default_rng(1)
    t = rng.normal(size=(5, 1))
    return random_step(
        rng, (3, 4, 4, 1), (cp.Tanh, cp.Sigmoid, None), cp.SquaredError(), t,
        optimizer=cp.RMSProp(0.01), l2=0.1,
    )  # fmt: skip


@cache
def binary():
    rng = np.random.default_rng(2)
    t = rng.integers(0, 2, (6, 1)).astype(float)
    return random_step(
        rng, (3, 5, 1), (cp.LeakyReLU, None), cp.BinaryCrossEntropy(), t,
        optimizer=cp.AdamW(0.01, weight_decay=0.1),
    )  # fmt: skip


@cache
def nesterov():
    rng = np.random.default_rng(3)
    t = rng.normal(size=(4, 2))
    return random_step(
        rng, (2, 3, 2), (cp.ReLU, None), cp.SquaredError(), t,
        optimizer=cp.SGD(0.1, 0.9, nesterov=True), clip_norm=0.3,
    )  # fmt: skip


@cache
def normalized():
    rng = np.random.default_rng(4)
    net = cp.Chain(cp.Dense(3, 4, bias=False), cp.BatchNorm(4), cp.Tanh(), cp.Dense(4, 2))
    return cp.explain(
        net, cp.CrossEntropy(), net.init(rng), rng.normal(size=(6, 3)),
        np.eye(2)[rng.integers(0, 2, 6)], optimizer=cp.Adam(0.01),
    )  # fmt: skip


SMALL = {
    "small": small, "classes": classes, "varied": varied, "squared": squared, "binary": binary,
    "nesterov": nesterov, "normalized": normalized,
}  # fmt: skip
STEPS = {**SMALL, "deep": deep}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return Program(tmp_path_factory.mktemp("slips"), {"main": "main"})


@cache
def payload(name):
    return payload_of(viewed(STEPS[name]()))


def checked(program, name, work):
    return program.call("main.checked", (payload(name), [list(pair) for pair in work]))[0]


def addresses(name, step):
    """One cell of each kind of quantity, of units that the page draws."""
    columns = [column["shown"] for column in payload(name)["columns"]]
    dense = [layer["path"] for layer in payload(name)["layers"] if layer["kind"] == "Dense"]
    first, last, n = dense[0], dense[-1], len(step["x"]) - 1
    i, j, k = columns[0][-1], columns[1][-1], columns[-1][-1]
    found = [f"{first}.dW[{i},{j}]", f"{first}.W.new[{i},{j}]", f"{first}.db[{j}]"]
    found += [f"{first}.dy[{n},{j}]", f"{last}.y[{n},{k}]", f"{last}.b.new[{k}]"]
    return [at for at in [*found, f"p[{n},{k}]", f"row_loss[{n}]", "E"] if at in step]


def typed(value):
    return f"{value:.8g}"


def is_told(value):
    """Whether a number is one, and more than what rounding left of 0."""
    return np.isfinite(value) and abs(value) > 1e-12


def slipped(step, asked):
    """What each slip makes of the numbers asked for."""
    situation = situation_of(step)
    for slip in slips_of(situation):
        outcome = Outcome(slip.make(situation), asked)
        with np.errstate(all="ignore"):
            yield slip, {at: outcome.get(at) for at in asked}


def causes_of(answer):
    ways = (answer["found"] or {"ways": ()})["ways"]
    return tuple(dict.fromkeys(" + ".join(one["name"] for one in way) for way in ways))


def convention_of(answer):
    return ((answer["found"] or {}).get("convention") or {"name": ""})["name"]


@pytest.mark.parametrize("name", STEPS)
def test_the_page_names_every_slip_at_every_kind_of_number(program, name):
    """Typed with eight digits; no slip is one that the page cannot compute."""
    step = STEPS[name]()
    asked = addresses(name, step)
    work, meant = [], []
    for slip, values in slipped(step, asked):
        for at, value in values.items():
            if value is None or not is_told(value) or typed(value) == typed(float(step[at])):
                continue
            work.append((at, typed(float(value))))
            meant.append(slip.name)
    found = checked(program, name, work)
    lost = [
        (slip, at, one["said"])
        for slip, (at, _), one in zip(meant, work, found, strict=True)
        if slip not in causes_of(one) and not convention_of(one) and "Right" not in one["said"][0]
    ]
    assert lost == []
    assert not [one["found"]["unknown"] for one in found if one["found"] and one["found"]["unknown"]]
    assert len(set(meant)) > 120


def test_the_steps_have_slips_of_every_family():
    for family in FAMILIES:
        assert any(list(family(situation_of(make()))) for make in STEPS.values()), family


def python_says(step, at, text):
    report = step.check({at: float(text)})
    return report.causes, report.convention, bool(report)


@pytest.mark.parametrize("name", SMALL)
def test_the_page_says_what_step_check_says(program, name):
    """The same causes in the same order, the same convention, for slips, factors and nonsense."""
    step, rng = SMALL[name](), np.random.default_rng(0)
    asked = addresses(name, step)
    every = [
        (at, float(value))
        for _, values in slipped(step, asked)
        for at, value in values.items()
        if value is not None and is_told(value)
    ]
    chosen = [every[place] for place in rng.choice(len(every), 8, replace=False)]
    chosen += [(asked[0], 2 * float(step[asked[0]])), (asked[1], 1.37 * float(step[asked[1]]))]
    work = [(at, typed(value)) for at, value in chosen]
    for (at, text), answer in zip(work, checked(program, name, work), strict=True):
        causes, convention, right = python_says(step, at, text)
        assert causes_of(answer) == causes, (at, text)
        assert convention_of(answer) == convention, (at, text)
        assert right == answer["said"][0].startswith("Right"), (at, text, answer["said"])
