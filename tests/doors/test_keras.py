"""Keras's Sequentials come in: outputs equal to the original's at 1e-6."""

import os

import numpy as np
import pytest

import clearprop as cp
from clearprop.doors.open_keras import ACTIVATIONS, ROWS
from tests.doors.needs import needed
from tests.doors.served import rows

os.environ.setdefault("KERAS_BACKEND", "jax")
keras = needed("keras")
layers = keras.layers

LAYERS = {
    "Dense": lambda: layers.Dense(3),
    "Activation": lambda: layers.Activation("tanh"),
    "ReLU": layers.ReLU,
    "ReLU, leaky": lambda: layers.ReLU(negative_slope=0.1),
    "LeakyReLU": lambda: layers.LeakyReLU(negative_slope=0.3),
    "ELU": lambda: layers.ELU(alpha=0.5),
    "Softmax": layers.Softmax,
    "Dropout": lambda: layers.Dropout(0.5),
    "LayerNormalization": lambda: layers.LayerNormalization(epsilon=1e-2),
    "LayerNormalization, centred": lambda: layers.LayerNormalization(scale=False),
    "BatchNormalization": lambda: layers.BatchNormalization(momentum=0.7),
    "BatchNormalization, plain": lambda: layers.BatchNormalization(scale=False, center=False),
    "Flatten": layers.Flatten,
}


def model_of(*more):
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((4,)), layers.Dense(5), *more])
    rng = np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(np.asarray(weight) + rng.uniform(0.0, 0.4, weight.shape))
    return model


def same(model, **settings):
    x = rows(7, 4).astype(np.float32)
    wanted = np.asarray(model(x, training=False))
    found = cp.open_model(model, **settings).predict(x)
    np.testing.assert_allclose(found, wanted, rtol=3e-6, atol=1e-6)


def test_every_row_of_the_table_is_tried():
    assert {name.split(",")[0] for name in LAYERS} | {"InputLayer"} == set(ROWS)


@pytest.mark.parametrize("kind", LAYERS)
def test_every_layer(kind):
    same(model_of(LAYERS[kind]()))


def test_settings_that_only_training_sees_come_in_too():
    """The momentum of Keras is one minus ours."""
    opened = cp.open_model(model_of(layers.BatchNormalization(momentum=0.7), layers.Dropout(0.2)))
    norm, dropout = opened.network.layers[1:]
    assert (round(norm.momentum, 12), norm.epsilon, dropout) == (0.3, 1e-3, cp.Dropout(0.2))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    same(model_of(layers.Dense(3, activation=activation)))


def test_models_within_a_model_and_their_titles():
    model = model_of(
        keras.Sequential([layers.Dense(3, activation="gelu", use_bias=False)]),
        layers.Dense(2, activation="softmax"),
    )
    same(model)
    opened = cp.open_model(model)
    assert str(opened) == "Keras Sequential: 4 → 5 → 3 gelu → 2 softmax"
    x, t = rows(6, 4), np.array([0, 1, 1, 0, 1, 0])
    result = opened.train(x, t, epochs=2, batch_size=6, seed=0)
    assert result.history.loss[1] < result.history.loss[0]


UNKNOWN = {
    r"layer 1 \('.*'\), Conv1D: clearprop has no such layer": lambda: [
        layers.Reshape((5, 1)), layers.Conv1D(2, 1)
    ][1:],
    r"layer 1 \(.*\), Dense: clearprop has no activation 'softsign'": lambda: [
        layers.Dense(2, activation="softsign")
    ],
    r"layer 1 \(.*\), Dense: clearprop has no activation '<lambda>'": lambda: [
        layers.Dense(2, activation=lambda x: x * 2)
    ],
    r"layer 1 \(.*\), ReLU: max_value has no layer": lambda: [layers.ReLU(max_value=6.0)],
    r"layer 1 .*, Softmax: a softmax can stand at the end only": lambda: [
        layers.Softmax(), layers.Dense(1)
    ],
}  # fmt: skip


@pytest.mark.parametrize("message", UNKNOWN)
def test_what_is_not_known_is_named_with_its_place(message):
    made = UNKNOWN[message]()
    if type(made[0]).__name__ == "Conv1D":
        model = keras.Sequential([keras.Input((4, 1)), layers.Dense(5), *made])
    else:
        model = model_of(*made)
    with pytest.raises(cp.UnknownLayerError, match=message):
        cp.open_model(model)


def test_other_models_are_said():
    given = keras.Input((4,))
    with pytest.raises(cp.UnknownLayerError, match=r"is a keras\.Sequential, not Functional"):
        cp.open_model(keras.Model(given, layers.Dense(1)(given)))
    with pytest.raises(ValueError, match="has no weights yet"):
        cp.open_model(keras.Sequential([layers.Dense(2)]))
