"""The page's engine trains as the NumPy engine does: 200 steps from the same start, to 1e-12."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from clearprop.definitions.penalty import L2
from clearprop.engines.base import Request, TrainingRows, TrainingState, TrainingTask
from clearprop.engines.numpy import NumpyEngine
from clearprop.learning.seeded import NoiseSource, masks, orders
from clearprop.learning.task import task_of
from clearprop.readings import numpy as xp
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


def with_numpy(network, loss, optimizer, l2, rows=ROWS, batch=BATCH):
    """Train with the reference engine; return the losses, every number, the predictions."""
    tree = network.init(NoiseSource(SEED))
    layout = Layout.of(tree)
    params, x, t = layout.pack(tree), *(one[:rows] for one in rows_of(loss))
    penalised = layout.penalised(network)
    task = TrainingTask(network, loss, optimizer, layout, penalised, as_penalty(l2))
    start = optimizer.init(params, penalised)
    state = TrainingState(params, start, network.initial_state())
    epochs = -(-STEPS // -(-rows // batch))
    per_epoch = -(-rows // batch)
    rates = np.full((epochs, per_epoch), optimizer.learning_rate)
    rates_left, losses, engine = STEPS, [], NumpyEngine()
    for epoch, order in enumerate(orders(SEED, epochs, rows)):
        take = min(rates_left, per_epoch)
        ask = Request(task, state, TrainingRows.of(x, t, None), order[None], batch,
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
