"""The page's engine trains as the NumPy engine does: 200 steps from the same start, to 1e-12."""

from dataclasses import replace

import numpy as np
import pytest

import clearprop as cp
from clearprop.credit import DirectFeedbackAlignment, gradients
from clearprop.credit.comparison import EVERY_RULE, describe
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.definitions.penalty import L2
from clearprop.definitions.schedules import Adaptive, Progress
from clearprop.engines.base import Request, TrainingRows, TrainingState, TrainingTask
from clearprop.engines.numpy import NumpyEngine
from clearprop.learning.seeded import NoiseSource, masks, orders
from clearprop.learning.task import task_of
from clearprop.readings import numpy as xp
from clearprop.training.stopping import EarlyStopping, EarlyStoppingState
from tests.node import Program

STEPS, ROWS, BATCH, SEED = 200, 23, 5, 3
AGREE = 1e-12

ACTIVATIONS = ("Identity", "Sigmoid", "Tanh", "ReLU", "LeakyReLU", "ELU", "SELU", "GELU", "SiLU",
               "Softplus", "Mish")  # fmt: skip
NETWORKS = {
    **{name: cp.Chain(cp.Dense(2, 5), getattr(cp, name)(), cp.Dense(5, 3)) for name in ACTIVATIONS},
    "steep": cp.Chain(cp.Dense(2, 5), cp.LeakyReLU(0.3), cp.ELU(0.5), cp.Dense(5, 3)),
    "no bias": cp.Chain(cp.Dense(2, 5, bias=False), cp.Tanh(), cp.Dense(5, 3)),
    "one layer": cp.Chain(cp.Dense(2, 3)),
    "Dropout": cp.Chain(cp.Dense(2, 6), cp.Tanh(), cp.Dropout(0.3), cp.Dense(6, 3)),
    "nothing dropped": cp.Chain(cp.Dense(2, 6), cp.Tanh(), cp.Dropout(0.0), cp.Dense(6, 3)),
    "LayerNorm": cp.Chain(cp.Dense(2, 6), cp.LayerNorm(6), cp.Tanh(), cp.Dense(6, 3)),
    "BatchNorm": cp.Chain(cp.Dense(2, 6), cp.BatchNorm(6), cp.Tanh(), cp.Dense(6, 3)),
    "Residual": cp.Chain(cp.Dense(2, 4), cp.Residual(cp.Dense(4, 4)), cp.Tanh(), cp.Dense(4, 3)),
    "Residual of many": cp.Chain(
        cp.Dense(2, 4),
        cp.Residual(cp.Chain(cp.Dropout(0.2), cp.Dense(4, 6), cp.SiLU(), cp.Dense(6, 4))),
        cp.Residual(cp.Chain(cp.LayerNorm(4), cp.Residual(cp.Dense(4, 4)))),
        cp.Dense(4, 3),
    ),
}
LOSSES = {
    "SquaredError": cp.SquaredError(),
    "AbsoluteError": cp.AbsoluteError(),
    "Huber": cp.Huber(0.4),
    "Quantile": cp.Quantile(0.3),
    "Poisson": cp.Poisson(),
    "BinaryCrossEntropy": cp.BinaryCrossEntropy(),
    "CrossEntropy": cp.CrossEntropy(),
    "CrossEntropy, smoothed": cp.CrossEntropy(label_smoothing=0.1),
}
OPTIMIZERS = {
    "SGD": cp.SGD(0.05),
    "momentum": cp.SGD(0.02, momentum=0.9),
    "Nesterov": cp.SGD(0.02, momentum=0.9, nesterov=True),
    "RMSProp": cp.RMSProp(0.01),
    "Adam": cp.Adam(0.01),
    "Adam, epsilon hat": cp.Adam(0.01, epsilon_hat=True),
    "AdamW": cp.AdamW(0.01, 0.1),
    "WeightDecay": cp.WeightDecay(cp.SGD(0.05, momentum=0.5), 0.02),
}


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return Program(
        tmp_path_factory.mktemp("learn"),
        {"agreement": "learn/engine/agreement"},
    )


def rows_of(loss):
    """Return inputs, and targets that the loss takes."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(ROWS, 2))
    labels = (x[:, 0] * x[:, 1] > 0).astype(int) + (x[:, 0] > 1)
    return x, loss.targets(np.eye(3)[labels], 3)


def as_penalty(l2):
    return l2 if isinstance(l2, L2) else L2(l2)


def with_numpy(network, loss, optimizer, l2, rows=ROWS, batch=BATCH, clip=None, factors=None,
               weights=None):  # fmt: skip
    """Train with the reference engine; return the losses, every number, the predictions."""
    tree = network.init(NoiseSource(SEED))
    layout = Layout.of(tree)
    params, x, t = layout.pack(tree), *(one[:rows] for one in rows_of(loss))
    penalised = layout.penalised(network)
    task = TrainingTask(network, loss, optimizer, layout, penalised, as_penalty(l2), clip)
    start = optimizer.init(params, penalised)
    state = TrainingState(params, start, network.initial_state())
    epochs = -(-STEPS // -(-rows // batch))
    per_epoch = -(-rows // batch)
    rates = np.full((epochs, per_epoch), optimizer.learning_rate)
    rates = rates if factors is None else rates * factors
    rates_left, losses, engine = STEPS, [], NumpyEngine()
    for epoch, order in enumerate(orders(SEED, epochs, rows)):
        take = min(rates_left, per_epoch)
        ask = Request(task, state, TrainingRows.of(x, t, weights), order[None], batch,
                      rates[epoch : epoch + 1, :take], masks(SEED))  # fmt: skip
        burst = engine.epochs(ask)
        state, rates_left = burst.position, rates_left - take
        losses.append(burst.losses[0])
    output, _ = network.forward(xp, layout.unpack(state.params), x,
                                network.recall(state.network_state))  # fmt: skip
    numbers = dict(leaves_of(layout.unpack(state.params)))
    if state.network_state:
        numbers |= dict(leaves_of(state.network_state))
    return losses, numbers, loss.link(xp, output)


def both(program, network, loss, optimizer, l2=0.0, rows=ROWS, batch=BATCH):
    x, t = (one[:rows] for one in rows_of(loss))
    task, definitions = task_of(network, loss, optimizer, l2)
    training = {"task": task, "batch": batch, "rate": optimizer.learning_rate, "seed": SEED}
    data = {"x": x.tolist(), "t": t.tolist()}
    (page,) = program.call("agreement.run", (definitions, training, data, STEPS))
    return page, with_numpy(network, loss, optimizer, l2, rows, batch)


def on_the_page(program, network, loss, optimizer, l2=0.0, task=None, steps=STEPS, weights=None,
                **training):  # fmt: skip
    x, t = rows_of(loss)
    spec, definitions = task_of(network, loss, optimizer, l2)
    how = {"task": {**spec, **(task or {})}, "batch": BATCH, "rate": optimizer.learning_rate,
           "seed": SEED, **training}  # fmt: skip
    data = {"x": x.tolist(), "t": t.tolist()}
    if weights is not None:
        data["weights"] = weights.tolist()
    (page,) = program.call("agreement.run", (definitions, how, data, steps))
    return page


def agree(page, reference, rows=ROWS, batch=BATCH):
    losses, numbers, predictions = reference
    per_epoch = -(-rows // batch)
    for epoch, known in enumerate(losses):
        part = page["losses"][epoch * per_epoch : (epoch + 1) * per_epoch]
        sizes = [min(batch, rows - place * batch) for place in range(len(part))]
        mean = np.average([loss for loss, _ in part], weights=sizes)
        assert mean == pytest.approx(known.loss, rel=AGREE, abs=AGREE), epoch
        penalty = np.average([penalty for _, penalty in part], weights=sizes)
        assert penalty == pytest.approx(known.penalty, rel=AGREE, abs=AGREE), epoch
    for path, values in numbers.items():
        np.testing.assert_allclose(
            page["numbers"][path], np.ravel(values), AGREE, AGREE, err_msg=path
        )
    np.testing.assert_allclose(page["predictions"], np.ravel(predictions), AGREE, AGREE)


@pytest.mark.parametrize("name", LOSSES)
def test_rows_with_weights(program, name):
    weights = np.random.default_rng(4).uniform(0.0, 3.0, ROWS)
    network, loss, optimizer = NETWORKS["Tanh"], LOSSES[name], cp.SGD(0.05, momentum=0.5)
    page = on_the_page(program, network, loss, optimizer, L2(0.01, per_row=True), weights=weights)
    agree(page, with_numpy(network, loss, optimizer, L2(0.01, per_row=True), weights=weights))


SCHEDULES = {
    "InverseScaling": cp.InverseScaling(0.3),
    "StepDecay": cp.StepDecay(every=3, by=0.7),
    "Cosine": cp.Cosine(0.1),
    "OneCycle": cp.OneCycle(rise=0.4),
    "WarmUp": cp.WarmUp(30),
    "WarmUp of OneCycle": cp.WarmUp(17, cp.OneCycle()),
}


@pytest.mark.parametrize("planned", [40, 25])
@pytest.mark.parametrize("name", SCHEDULES)
def test_every_schedule(program, name, planned):
    schedule, (network, loss) = SCHEDULES[name], (NETWORKS["Tanh"], cp.CrossEntropy())
    optimizer, per_epoch = cp.SGD(0.1, momentum=0.5), -(-ROWS // BATCH)
    epochs = STEPS // per_epoch
    factors = schedule.factors(Progress(0, planned * per_epoch), epochs, per_epoch, ROWS)
    assert len(set(factors.ravel())) > 1
    inner = getattr(schedule, "then", schedule)
    spec = {"kind": type(inner).__name__, "epochs": planned,
            "settings": {**vars(inner)}, "warmUp": getattr(schedule, "steps", 0)}  # fmt: skip
    page = on_the_page(program, network, loss, optimizer, schedule=spec)
    agree(page, with_numpy(network, loss, optimizer, 0.0, factors=factors))


@pytest.mark.parametrize("l2", [0.0, 0.02])
def test_a_schedule_that_waits_for_patience(program, l2):
    """The rates follow from the losses: training again finds them, until they stay."""
    network, loss, optimizer = NETWORKS["Tanh"], cp.CrossEntropy(), cp.SGD(1.5, momentum=0.9)
    schedule, rule = Adaptive(3.0), EarlyStopping("loss", patience=2, tolerance=1e-2)
    per_epoch = -(-ROWS // BATCH)
    epochs = STEPS // per_epoch
    factors = np.ones((epochs, per_epoch))
    for _ in range(epochs):
        reference = with_numpy(network, loss, optimizer, l2, factors=factors)
        state, plateaus, found = EarlyStoppingState(), 0, []
        for known in reference[0]:
            found.append(schedule.factor(Progress(0, 1, plateaus=plateaus)))
            state = state.after(known.loss + known.penalty, rule)
            if state.waited > rule.patience:
                state, plateaus = replace(state, waited=0), plateaus + 1
        if np.array_equal(factors, np.repeat(found, per_epoch).reshape(factors.shape)):
            break
        factors = np.repeat(found, per_epoch).reshape(factors.shape)
    assert 3 <= plateaus < epochs // 3
    settings = {"divisor": 3.0, "smallest": 1e-6, "patience": 2, "tolerance": 1e-2}
    spec = {"kind": "Adaptive", "epochs": 1, "settings": settings, "warmUp": 0}
    page = on_the_page(program, network, loss, optimizer, l2, schedule=spec)
    agree(page, reference)


@pytest.mark.parametrize("l2", [0.0, 0.05])
def test_clipping(program, l2):
    network, loss, optimizer = NETWORKS["Tanh"], cp.CrossEntropy(), cp.Adam(0.01)
    page = on_the_page(program, network, loss, optimizer, l2, {"clip": 0.3})
    reference = with_numpy(network, loss, optimizer, l2, clip=0.3)
    agree(page, reference)
    free = with_numpy(network, loss, optimizer, l2)
    assert not np.allclose(free[2], reference[2], rtol=1e-3)


DEEP = cp.Chain(cp.Dense(2, 5), cp.Tanh(), cp.Dense(5, 4), cp.Sigmoid(), cp.Dense(4, 3))
RULES = [*EVERY_RULE]


@pytest.mark.parametrize("rule", RULES, ids=describe)
def test_every_way_to_send_the_error_back(program, rule):
    """The loss, each step's numbers and the fixed matrices: the page's are given to Python."""
    loss, optimizer, steps = cp.SquaredError(), cp.SGD(0.05), 60
    page = on_the_page(program, DEEP, loss, optimizer, task={"rule": describe(rule)}, steps=steps)
    if page["fixed"]:
        widths = {"dense2": (5, 4), "dense3": (4, 3)}
        if isinstance(rule, DirectFeedbackAlignment):
            widths["dense2"] = (5, 3)
        rule = replace(rule, matrices={
            name: np.reshape(page["fixed"][f"{name}.B"], shape) for name, shape in widths.items()
        })  # fmt: skip
    params, (x, t) = DEEP.init(NoiseSource(SEED)), rows_of(loss)
    batches = [order[at : at + BATCH] for order in orders(SEED, 12, ROWS)
               for at in range(0, ROWS, BATCH)]  # fmt: skip
    for batch, (known, _) in zip(batches, page["losses"], strict=True):
        value, found = gradients(DEEP, loss, params, x[batch], t[batch], rule)
        assert known == pytest.approx(value, rel=AGREE, abs=AGREE)
        params = {
            name: {key: own - 0.05 * found[name][key] for key, own in layer.items()}
            for name, layer in params.items() if layer
        }  # fmt: skip
    for path, values in leaves_of(params):
        np.testing.assert_allclose(page["numbers"][path], np.ravel(values), 1e-11, 1e-11)


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.one_in(3)
def test_every_layer(program, name):
    agree(*both(program, NETWORKS[name], cp.CrossEntropy(), cp.SGD(0.1, momentum=0.5)))


@pytest.mark.parametrize("name", LOSSES)
def test_every_loss(program, name):
    agree(*both(program, NETWORKS["Tanh"], LOSSES[name], cp.SGD(0.05)))


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("l2", [0.0, 0.01, L2(0.1, per_row=True)], ids=str)
@pytest.mark.one_in(3)
def test_every_optimizer(program, name, l2):
    agree(*both(program, NETWORKS["Tanh"], cp.CrossEntropy(), OPTIMIZERS[name], l2))


def test_a_last_batch_of_one_row_leaves_running_statistics(program):
    rows = 4 * BATCH + 1
    page, reference = both(
        program, NETWORKS["BatchNorm"], cp.CrossEntropy(), cp.SGD(0.1), rows=rows
    )
    agree(page, reference, rows)


class Doubled(cp.Activation):
    """A layer of a user's own."""

    def value(self, xp, z):
        return xp.tanh(2.0 * z)

    def slope(self, xp, z, a):
        return 2.0 * (1.0 - a * a)


class LogCosh(cp.Loss):
    """A loss of a user's own."""

    def value(self, xp, o, t):
        return xp.sum(xp.softplus(2 * (o - t)) - (o - t) - 0.6931471805599453, axis=1)

    def gradient(self, xp, o, t):
        return xp.tanh(o - t)


def test_layers_and_losses_of_ones_own(program):
    network = cp.Chain(cp.Dense(2, 5), Doubled(), cp.Dense(5, 3))
    agree(*both(program, network, LogCosh(), cp.SGD(0.05)))


def test_every_definition_is_tried():
    tried = {layer for network in NETWORKS.values() for layer in kinds_in(network)}
    known = task_of(NETWORKS["Tanh"], cp.SquaredError(), cp.SGD())[1]
    assert tried >= set(known["layers"])
    assert {type(loss).__name__ for loss in LOSSES.values()} == set(known["losses"])


def kinds_in(layer):
    yield type(layer).__name__
    for child in layer.children.values():
        yield from kinds_in(child)
