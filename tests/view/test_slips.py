"""Check my work: what the page finds of one typed number is what `step.check` finds."""

from functools import cache

import numpy as np
import pytest

import clearprop as cp
from clearprop import view
from clearprop.explaining.document import viewed
from clearprop.explaining.work.situation import Outcome, situation_of
from clearprop.explaining.work.slips import FAMILIES, slips_of
from clearprop.view.payload import payload_of
from clearprop.writing.numbers import shown
from tests.node import Program

from .conftest import classes, large, small, varied


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
    return Program(tmp_path_factory.mktemp("slips"), {"check": "check", "step": "step"})


@cache
def payload(name):
    return payload_of(viewed(STEPS[name]()))


JUDGED = """({ step: { Step }, check: { judged } }, { payload, work }) => {
  const step = new Step(payload);
  return work.map(([at, text]) => {
    const [path, places] = at.replace("]", "").split("[");
    const index = places ? places.split(",").map(Number) : [];
    return judged(step, { quantity: step.find(path), index }, text);
  });
}"""


def judged(program, data, work):
    """What the page says of values at addresses: sentences, and what it found."""
    return program.run(JUDGED, {"payload": data, "work": work})


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
@pytest.mark.one_in(8)
def test_the_page_names_every_slip_at_every_kind_of_number(program, name):
    """Typed with eight digits; the page lacks none but what takes whole arrays of wide layers."""
    step = STEPS[name]()
    asked = addresses(name, step)
    work, meant = [], []
    for slip, values in slipped(step, asked):
        for at, value in values.items():
            if value is None or not is_told(value) or typed(value) == typed(float(step[at])):
                continue
            work.append((at, typed(float(value))))
            meant.append(slip.name)
    found = judged(program, payload(name), work)
    lost = [
        (slip, at, one["said"])
        for slip, (at, _), one in zip(meant, work, found, strict=True)
        if slip not in causes_of(one) and not convention_of(one) and "Right" not in one["said"][0]
    ]
    whole = {slip.name for slip in slips_of(situation_of(step)) if slip.whole}
    assert [one for one in lost if name != "deep" or one[0] not in whole] == []
    unknown = {one for answer in found for one in (answer["found"] or {"unknown": ()})["unknown"]}
    assert unknown <= (whole if name == "deep" else set())
    assert len(set(meant)) > 120


def test_the_steps_have_slips_of_every_family():
    for family in FAMILIES:
        assert any(list(family(situation_of(make()))) for make in STEPS.values()), family


def python_says(step, at, text):
    report = step.check({at: float(text)})
    return report.causes, report.convention, bool(report)


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.one_in(4)
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
    for (at, text), answer in zip(work, judged(program, payload(name), work), strict=True):
        causes, convention, right = python_says(step, at, text)
        assert causes_of(answer) == causes, (at, text)
        assert convention_of(answer) == convention, (at, text)
        assert right == answer["said"][0].startswith("Right"), (at, text, answer["said"])


def test_a_cell_of_a_row_that_a_slip_leaves_out_is_checked():
    """One row alone has no last row of the batch."""
    step = classes()
    report = step.check({"dense1.dy[4,2]": 1.37 * float(step["dense1.dy"][4, 2])})
    assert report.causes == ()


def test_in_float32_the_slips_numbers_are_the_same_to_its_digits(program):
    step = deep("float32")
    data = payload_of(viewed(step))
    i, j = data["columns"][0]["shown"][3], data["columns"][1]["shown"][2]
    at = f"dense1.dW[{i},{j}]"
    names = ("wrong sign", "raw error sent back", "slope of the error in tanh1", "1/N missing")
    work, meant = [], []
    for slip, values in slipped(step, [at]):
        if slip.name in names:
            work.append((at, f"{float(values[at]):.4g}"))
            meant.append(slip.name)
    found = judged(program, data, work)
    assert set(meant) == set(names)
    for name, one in zip(meant, found, strict=True):
        assert name in causes_of(one), one["said"]


def test_what_the_page_cannot_compute_is_said_and_not_passed_over(program):
    """784-512-512-10: W of the second layer is not whole in the page."""
    step = large()
    data = payload_of(viewed(step))
    at = f"dense3.dW[{data['columns'][2]['shown'][0]},4]"
    text = f"{1.3717 * float(step[at]):.6g}"
    (answer,) = judged(program, data, [(at, text)])
    unknown = answer["found"]["unknown"]
    assert 0 < len(unknown) < 100
    assert "activation missing in relu1" in unknown
    assert answer["said"][-1] == (
        f"{len(unknown)} of the {len(data['slips']['slips'])} known slips, such as "
        f"“{unknown[0]}” and “{unknown[1]}”, need numbers that this page does not have. "
        f'In Python, step.check({{"{at}": {text}}}) looks for them too.'
    )
    assert answer["said"][0].startswith("Not quite: your value is ")


@pytest.mark.parametrize(
    ("factor", "said"),
    [
        (0, "Not quite. every gradient left at 0: nothing came into the gradients"),
        (5, ": your value is about 5 times the recorded one: N, the number of rows."),
        (0.2, "times the recorded one: 1/N, N the number of rows."),
        (-1, "wrong sign: the gradient of the loss has the sign of o − t"),
        (2, "1/2 missing: the loss was taken without its factor 1/2"),
    ],
)
def test_one_number_is_related_to_the_right_one(program, factor, said):
    """N and 1/N are told where no slip gives the number: the page has none of them then."""
    step = cp.explain(
        cp.Chain(cp.Dense(2, 1)), cp.SquaredError(),
        {"dense1": {"W": np.array([[1.0], [2.0]]), "b": np.array([0.5])}},
        np.arange(10.0).reshape(5, 2), np.ones((5, 1)) / 3,
    )  # fmt: skip
    data = payload_of(viewed(step))
    if "N" in said.removeprefix("Not"):
        data["slips"] |= {"slips": [], "pairs": []}
    text = f"{factor * float(step['dense1.dW[1,0]']):.6g}"
    (answer,) = judged(program, data, [("dense1.dW[1,0]", text)])
    assert said in " ".join(answer["said"])


def test_a_zero_of_no_slip_is_said(program):
    step = small()
    data = payload_of(viewed(step))
    data["slips"] |= {"slips": [], "pairs": []}
    (answer,) = judged(program, data, [("dense1.dW[0,1]", "0")])
    assert answer["said"] == ["Not quite: yours is 0."]


def test_a_new_parameter_is_related_by_its_update(program):
    step = small()
    data = payload_of(viewed(step))
    data["slips"] |= {"slips": [], "pairs": []}
    old, new = float(step["dense1.W[0,1]"]), float(step["dense1.W.new[0,1]"])
    work = [("dense1.W.new[0,1]", f"{v:.9g}") for v in (old, old + (new - old) / step.rate)]
    still, whole = judged(program, data, work)
    assert still["said"] == ["Not quite: yours is the value before the update."]
    assert whole["said"] == [
        "Not quite: your update is 2 times the recorded one: 1/η: the learning rate is left out."
    ]


def test_a_page_without_slips_says_so(program):
    data = payload_of(small().to_dict())
    (answer,) = judged(program, data, [("E", "7.123")])
    assert answer["said"][-1] == "This page has no known slips to look for."


def test_a_slip_is_typed_into_the_page_of_a_large_step(opened):
    """The reader's way: hide the numbers, type, read the name."""
    step = deep()
    columns = payload("deep")["columns"]
    at = f"dense1.dW[{columns[0]['shown'][2]},{columns[1]['shown'][7]}]"
    wrong = next(v[at] for s, v in slipped(step, [at]) if s.name == "raw error sent back")
    page = opened(viewed(step), f"#dense1.dW&at={at}")
    page.get_by_text("check my work").click()
    assert shown(float(step[at])) not in page.locator("main").inner_text()
    page.locator(".check input").fill(f"{float(wrong):.6g}")
    page.keyboard.press("Enter")
    assert (
        page.locator(".verdict p").first.text_content().startswith("Not quite. raw error sent back")
    )
    assert "W times the raw error went back" in page.locator(".verdict").inner_text()
    page.locator(".check input").fill(f"{-float(step[at]):.5g}")
    page.keyboard.press("Enter")
    assert "Not quite. wrong sign: the gradient of" in page.locator(".verdict").inner_text()


@pytest.mark.slow
def test_pages_with_all_slips_keep_their_size():
    assert len(view.to_html(viewed(small())).encode()) <= 205_000
    assert len(view.to_html(viewed(classes())).encode()) <= 360_000
    assert len(view.to_html(viewed(large())).encode()) < 3_000_000
