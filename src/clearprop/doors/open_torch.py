"""PyTorch's Sequential, read from the module itself: no file and no pickle is opened."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from clearprop.definitions import layers
from clearprop.doors.opened import SOFTMAX, Part, UnknownLayerError


def is_torch(model: Any) -> bool:
    """Return whether a model is a module of PyTorch, which need not be installed."""
    return any(base.__module__.startswith("torch.nn") for base in type(model).__mro__)


def torch_parts(module: Any) -> list[Part]:
    """Return the layers of a Sequential, of Sequentials in it, or of one known layer.

    Raises
    ------
    UnknownLayerError
        If one of them is not known, or is set to something that clearprop's layer does not do.
    """
    return list(_parts(module, ""))


def _parts(module: Any, path: str) -> Iterator[Part]:
    kind = type(module).__name__
    if _is_own(module, "Sequential"):
        for name, child in module._modules.items():
            yield from _parts(child, f"{path}.{name}" if path else name)
        return
    where = f"layer {path!r}, {kind}" if path else kind
    if not _is_own(module, kind) or kind not in ROWS:
        raise UnknownLayerError(
            f"{where}: clearprop has no such layer. It opens nn.Sequential of {', '.join(ROWS)}"
        )
    for hooks in ("_forward_hooks", "_forward_pre_hooks"):
        if getattr(module, hooks, None):
            raise UnknownLayerError(f"{where} has hooks, which may change what it computes")
    part = ROWS[kind](where, module)
    if part is not None:
        yield part


def _is_own(module: Any, kind: str) -> bool:
    """Return whether a module is PyTorch's own of a kind, and no class made of it."""
    return type(module).__module__.startswith("torch.nn.modules.") and type(module).__name__ == kind


def array_of(tensor: Any) -> np.ndarray:
    """Return a copy of a tensor's numbers, in float32 or float64."""
    tensor = tensor.detach().cpu()
    if tensor.element_size() < 4:
        tensor = tensor.float()
    return np.array(tensor.numpy())


Row = Callable[[str, Any], Part | None]


def _linear(where: str, module: Any) -> Part:
    params = {"W": array_of(module.weight).T}
    if module.bias is not None:
        params["b"] = array_of(module.bias)
    layer = layers.Dense(module.in_features, module.out_features, bias=module.bias is not None)
    return Part(where, layer, params)


def _plain(kind: type[layers.Activation]) -> Row:
    return lambda where, module: Part(where, kind())


def _needs(where: str, found: Mapping[str, Any], **wanted: tuple[Any, ...]) -> None:
    """Raise unless each setting is one of those that clearprop's layer has."""
    for name, values in wanted.items():
        if found[name] not in values:
            raise UnknownLayerError(
                f"{where}: {name}={found[name]!r} has no layer in clearprop, only {name}="
                f"{values[0]!r}"
            )


def _gelu(where: str, module: Any) -> Part:
    _needs(where, vars(module), approximate=("none",))
    return Part(where, layers.GELU())


def _softplus(where: str, module: Any) -> Part:
    _needs(where, vars(module), beta=(1.0,))
    return Part(where, layers.Softplus())


def _softmax(where: str, module: Any) -> Part:
    _needs(where, vars(module), dim=(1, -1))
    return Part(where, SOFTMAX)


def _affine(module: Any, width: int) -> dict[str, np.ndarray]:
    weight, bias = module.weight, getattr(module, "bias", None)
    return {
        "gamma": np.ones(width, np.float32) if weight is None else array_of(weight),
        "beta": np.zeros(width, np.float32) if bias is None else array_of(bias),
    }


def _layer_norm(where: str, module: Any) -> Part:
    if len(module.normalized_shape) != 1:
        raise UnknownLayerError(
            f"{where}: normalized_shape={tuple(module.normalized_shape)} has no layer in "
            "clearprop, only one number"
        )
    width = int(module.normalized_shape[0])
    return Part(where, layers.LayerNorm(width, module.eps), _affine(module, width))


def _batch_norm(where: str, module: Any) -> Part:
    if module.running_mean is None:
        raise UnknownLayerError(
            f"{where}: without running statistics (track_running_stats=False) a row's prediction "
            "depends on the rows beside it"
        )
    if module.momentum is None:
        raise UnknownLayerError(f"{where}: momentum=None has no layer in clearprop, only a number")
    width = int(module.num_features)
    layer = layers.BatchNorm(width, module.momentum, module.eps)
    state = {"mean": array_of(module.running_mean), "variance": array_of(module.running_var)}
    return Part(where, layer, _affine(module, width), state)


ROWS: Mapping[str, Row] = {
    "Linear": _linear,
    "Identity": _plain(layers.Identity),
    "Sigmoid": _plain(layers.Sigmoid),
    "Tanh": _plain(layers.Tanh),
    "ReLU": _plain(layers.ReLU),
    "LeakyReLU": lambda where, module: Part(where, layers.LeakyReLU(module.negative_slope)),
    "ELU": lambda where, module: Part(where, layers.ELU(module.alpha)),
    "SELU": _plain(layers.SELU),
    "GELU": _gelu,
    "SiLU": _plain(layers.SiLU),
    "Softplus": _softplus,
    "Mish": _plain(layers.Mish),
    "Dropout": lambda where, module: Part(where, layers.Dropout(module.p)),
    "LayerNorm": _layer_norm,
    "BatchNorm1d": _batch_norm,
    "Softmax": _softmax,
    "Flatten": lambda where, module: None,
}
"""Our layer for each of PyTorch's; None for one that leaves rows of numbers as they are."""
