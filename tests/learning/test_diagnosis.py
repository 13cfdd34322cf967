"""The page's diagnosis: a training that is ill in one way is told, healthy ones are not."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.learning.toys import TOYS

RNG = np.random.default_rng(4)
X = RNG.normal(size=(40, 2))
T = (X[:, :1] * X[:, 1:]) / 2


def said(page, step):
    page.evaluate(f"clearprop.lab.goTo({step})")
    return page.evaluate("clearprop.lab.diagnosis()")


def lesson(network, x=X, t=T, rate=0.05, change=None):
    params = network.init(np.random.default_rng(0))
    if change:
        change(params)
    optimizer = cp.SGD(rate)
    return cp.learn(network, cp.SquaredError(), x, t, params=params, optimizer=optimizer)


def net(activation, last=None):
    return cp.Chain(cp.Dense(2, 6), activation, cp.Dense(6, 1), *([last] if last else []))


@pytest.mark.parametrize("name", [*TOYS, "iris", "digits"])
def test_healthy_trainings_are_not_spoken_to(opened, toys, name):
    page = opened(toys)
    page.select_option("[data-key=data]", name)
    assert [said(page, step) for step in (5, 40, 200, 800)] == [""] * 4


@pytest.mark.parametrize("activation", [cp.Tanh(), cp.Sigmoid(), cp.ReLU(), cp.GELU()], ids=str)
def test_healthy_activations_are_not_spoken_to(opened, activation):
    page = opened(lesson(net(activation)))
    assert [said(page, step) for step in (5, 40, 300)] == [""] * 3


def test_a_rate_above_two_over_the_curvature(opened, toys):
    page = opened(toys)
    page.select_option("[data-key=data]", "line")
    assert said(page, 10) == ""
    page.evaluate("clearprop.lab.turn({ rate: 3 })")
    told = said(page, 3)
    limit = 2 / page.evaluate("clearprop.curvatureOf(clearprop.lab)")
    assert told.startswith(f"η 3 is above 2 / curvature = {limit:.2g} along the gradient")
    # A step of plain descent on these rows lowers their loss below the limit, not above it.
    change = """(rate) => {
      const { lab } = clearprop, { compiled, parameters } = lab.look();
      const along = new Map(parameters.map((one) => [one.path, compiled.at(one.gradient).slice()]));
      const [now, then] = lab.trainer.lossOnLine(along, [0, -rate]);
      return then - now;
    }"""
    assert page.evaluate(change, 0.98 * limit) < 0 < page.evaluate(change, 1.02 * limit)


def test_the_curvature_is_that_of_the_gradients(opened):
    network, loss = net(cp.Tanh()), cp.SquaredError()
    params = network.init(np.random.default_rng(0))
    page = opened(cp.learn(network, loss, X[:6], T[:6], params=params, batch_size=6))
    rows, order = X[:6], page.evaluate("[...clearprop.lab.rows.x]")
    order = [int(np.flatnonzero((rows == row).all(axis=1))[0]) for row in np.reshape(order, (6, 2))]
    layout = cp.definitions.parameters.Layout.of(params)
    w = layout.pack(params)

    def gradient(vector):
        _, found = cp.backprop(network, loss, layout.unpack(vector), rows[order], T[:6][order])
        return layout.pack(found)

    g, h = gradient(w), 1e-6
    bend = g @ (gradient(w + h * g) - gradient(w - h * g)) / (2 * h) / (g @ g)
    assert page.evaluate("clearprop.curvatureOf(clearprop.lab)") == pytest.approx(bend, 1e-5)


def grow(params):
    params["dense1"]["W"][...] = 60 * np.sign(params["dense1"]["W"])
    params["dense2"]["W"][...] *= 0.1  # the first loss is not large for another reason


def same(params):
    params["dense1"]["W"][...] = params["dense2"]["W"][...] = 0.3


def drown(params):
    params["dense1"]["b"][...] = [-9, -9, -9, -9, 0, 0]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: lesson(net(cp.Tanh()), change=grow), "tanh1 is saturated"),
        (lambda: lesson(net(cp.Sigmoid()), change=grow), "sigmoid1 is saturated"),
        (lambda: lesson(net(cp.Tanh()), change=same), "All units of dense1 are alike"),
        (lambda: lesson(net(cp.ReLU()), change=drown), "Units 0, 1, 2, 3 of relu1 are dead"),
        (
            lambda: lesson(net(cp.Tanh(), cp.Tanh()), t=np.full((40, 1), 5.0)),
            "A target of 5 is out of reach: the last layer, tanh, gives at most 1.",
        ),
        (
            lambda: lesson(net(cp.Tanh(), cp.ReLU()), t=np.full((40, 1), -0.5)),
            "A target of −0.5 is out of reach: the last layer, relu, gives at least 0.",
        ),
    ],
)
def test_each_illness_is_named(opened, made, told):
    assert said(opened(made()), 400).startswith(told)


def test_half_of_a_layer_dead_is_not_spoken_of_and_more_is_as_in_health(opened):
    """One threshold: that of `clearprop.health.of_units.MANY`."""
    for dead, is_told in ((3, False), (4, True)):

        def some(params, dead=dead):
            params["dense1"]["b"][:dead] = -9

        assert ("dead" in said(opened(lesson(net(cp.ReLU()), change=some)), 400)) == is_told


def test_a_target_within_reach_is_not_spoken_of(opened):
    page = opened(lesson(net(cp.Tanh(), cp.Tanh()), t=np.clip(T, -0.9, 0.9)))
    assert said(page, 60) == ""


def test_overfitting_is_dated(opened, toys):
    page = opened(toys)
    page.select_option("[data-key=data]", "moons")
    page.evaluate(
        "clearprop.lab.turn({ hidden: [16, 16], noise: 0.5, optimizer: 'Adam', rate: 0.03 })"
    )
    told = said(page, 1200)
    assert told.startswith("Overfitting since step ")
    since = int(told.split()[3].rstrip(":"))
    curve = page.evaluate("clearprop.lab.curve")
    assert min(curve, key=lambda one: one["held"])["step"] == since
