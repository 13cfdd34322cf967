"""Keras's Sequential, read from the model itself: no file is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.definitions import layers
from clearprop.definitions.layer import Layer
from clearprop.doors.opened import SOFTMAX, Part, UnknownLayerError


def is_keras(model: Any) -> bool:
    """Return whether a model or a layer is one of Keras, which need not be installed."""
    return any(base.__module__.split(".")[0] == "keras" for base in type(model).__mro__)


def keras_parts(model: Any) -> list[Part]:
    """Return the layers of a Sequential, and of Sequentials in it.

    Raises
    ------
    UnknownLayerError
        If one of them is not known, or is set to something that clearprop's layer does not do.
    """
    if not _is_own(model, "Sequential"):
        raise UnknownLayerError(
            f"a Keras model to open is a keras.Sequential, not {type(model).__name__}"
        )
    if not model.built:
        raise ValueError("the Keras model has no weights yet: call it once, or build it")
    return list(_parts(model, ""))


def _parts(model: Any, path: str) -> Iterator[Part]:
    for place, layer in enumerate(model.layers):
        inside = f"{path}.{place}" if path else str(place)
        kind = type(layer).__name__
        if _is_own(layer, "Sequential"):
            yield from _parts(layer, inside)
            continue
        where = f"layer {inside} ({layer.name!r}), {kind}"
        if not _is_own(layer, kind) or kind not in ROWS:
            raise UnknownLayerError(
                f"{where}: clearprop has no such layer. It opens keras.Sequential of "
                f"{', '.join(ROWS)}"
            )
        yield from ROWS[kind](where, layer)


def _is_own(layer: Any, kind: str) -> bool:
    return type(layer).__module__.startswith("keras.src.") and type(layer).__name__ == kind


ACTIVATIONS: Mapping[str, Callable[[], Layer | None]] = {
    "linear": layers.Identity,
    "sigmoid": layers.Sigmoid,
    "tanh": layers.Tanh,
    "relu": layers.ReLU,
    "leaky_relu": lambda: layers.LeakyReLU(0.2),
    "elu": layers.ELU,
    "selu": layers.SELU,
    "gelu": layers.GELU,
    "silu": layers.SiLU,
    "softplus": layers.Softplus,
    "mish": layers.Mish,
    "softmax": lambda: SOFTMAX,
}
"""Our layer for each of Keras's activation functions, with Keras's defaults."""


def _activation(where: str, function: Any) -> list[Part]:
    """Return the part of an activation function; none for the linear one."""
    name = getattr(function, "__name__", type(function).__name__)
    own = getattr(function, "__module__", "").startswith("keras.src.activations")
    if not own or name not in ACTIVATIONS:
        raise UnknownLayerError(
            f"{where}: clearprop has no activation {name!r}. It knows {', '.join(ACTIVATIONS)}"
        )
    layer = ACTIVATIONS[name]()
    return [] if isinstance(layer, layers.Identity) else [Part(f"{where}, {name}", layer)]


def _array(variable: Any) -> np.ndarray:
    import keras

    numbers = keras.ops.convert_to_numpy(variable.value)
    return np.array(numbers, np.float64 if str(variable.dtype) == "float64" else np.float32)


def _dense(where: str, layer: Any) -> list[Part]:
    kernel = _array(layer.kernel)
    params = {"W": kernel, **({"b": _array(layer.bias)} if layer.use_bias else {})}
    dense = layers.Dense(kernel.shape[0], kernel.shape[1], bias=bool(layer.use_bias))
    return [Part(where, dense, params), *_activation(where, layer.activation)]


def _relu(where: str, layer: Any) -> list[Part]:
    for name in ("max_value", "threshold"):
        if getattr(layer, name):
            raise UnknownLayerError(f"{where}: {name} has no layer in clearprop")
    if layer.negative_slope:
        return [Part(where, layers.LeakyReLU(float(layer.negative_slope)))]
    return [Part(where, layers.ReLU())]


def _softmax(where: str, layer: Any) -> list[Part]:
    _last_axis(where, layer)
    return [Part(where, SOFTMAX)]


def _last_axis(where: str, layer: Any) -> None:
    axis = layer.axis
    if (list(axis) if np.iterable(axis) else [axis]) not in ([-1], [1]):
        raise UnknownLayerError(f"{where}: axis={axis!r} has no layer in clearprop, only -1")


def _affine(layer: Any, width: int) -> dict[str, np.ndarray]:
    return {
        "gamma": _array(layer.gamma) if layer.scale else np.ones(width, np.float32),
        "beta": _array(layer.beta) if layer.center else np.zeros(width, np.float32),
    }


def _layer_norm(where: str, layer: Any) -> list[Part]:
    _last_axis(where, layer)
    if getattr(layer, "rms_scaling", False):
        raise UnknownLayerError(f"{where}: rms_scaling has no layer in clearprop")
    shape = (layer.gamma if layer.scale else layer.beta).shape if _has_any(layer) else None
    if shape is None:
        raise UnknownLayerError(f"{where}: without center and scale its width is not known")
    width = int(shape[0])
    return [Part(where, layers.LayerNorm(width, float(layer.epsilon)), _affine(layer, width))]


def _has_any(layer: Any) -> bool:
    return bool(layer.scale or layer.center)


def _batch_norm(where: str, layer: Any) -> list[Part]:
    _last_axis(where, layer)
    mean, variance = _array(layer.moving_mean), _array(layer.moving_variance)
    norm = layers.BatchNorm(len(mean), 1.0 - float(layer.momentum), float(layer.epsilon))
    state = {"mean": mean, "variance": variance}
    return [Part(where, norm, _affine(layer, len(mean)), state)]


Row = Callable[[str, Any], list[Part]]

ROWS: Mapping[str, Row] = {
    "Dense": _dense,
    "Activation": lambda where, layer: _activation(where, layer.activation),
    "ReLU": _relu,
    "LeakyReLU": lambda where, layer: [Part(where, layers.LeakyReLU(float(layer.negative_slope)))],
    "ELU": lambda where, layer: [Part(where, layers.ELU(float(layer.alpha)))],
    "Softmax": _softmax,
    "Dropout": lambda where, layer: [Part(where, layers.Dropout(float(layer.rate)))],
    "LayerNormalization": _layer_norm,
    "BatchNormalization": _batch_norm,
    "Flatten": lambda where, layer: [],
    "InputLayer": lambda where, layer: [],
}
"""Our layers for each of Keras's; none for one that leaves rows of numbers as they are."""
