"""to_torch: a network as a PyTorch module in text, and its weights as a state_dict has them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions import layers
from clearprop.definitions.layer import NOTHING, Layer, Tree
from clearprop.doors.program import RowsMixedError
from clearprop.doors.scaling import Scaling
from clearprop.doors.served import Served
from clearprop.doors.served_models import served
from clearprop.files.atomic import write_atomically
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.definitions.losses import Loss

WEIGHTS = ".safetensors"
"""What the file of the weights ends with, beside the module's."""

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class TorchModule:
    """A network for PyTorch, which clearprop itself does not need.

    Attributes
    ----------
    code : str
        A Python module with the class ``Network``; ``print(module)`` shows it.
    state_dict : dict of str to ndarray
        Its weights by the names that ``Network().state_dict()`` has.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 1, bias=False))
    >>> module = cp.to_torch(net, net.init(np.random.default_rng(0)))
    >>> {name: array.shape for name, array in module.state_dict.items()}
    {'layers.dense1.weight': (1, 2)}
    """

    code: str
    state_dict: Mapping[str, np.ndarray] = field(repr=False)

    def __str__(self) -> str:
        return self.code

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the module, and its weights beside it in a .safetensors file; return that path.

        Parameters
        ----------
        path : path-like
            The module's file: a name that ends in .py.
        """
        from safetensors.numpy import save

        weights = weights_path(path)
        write_atomically(weights, [save({**self.state_dict})])
        write_atomically(path, [self.code.encode()])
        return weights


def weights_path(path: str | os.PathLike[str]) -> Path:
    """Return the file of the weights that belong to a module's file.

    >>> weights_path("models/net.py").name
    'net.safetensors'
    """
    if Path(path).suffix != ".py":
        raise ValueError(f"a module's file ends in .py, and {os.fspath(path)!r} does not")
    return Path(path).with_suffix(WEIGHTS)


def to_torch(
    model: Any,
    params: Tree | None = None,
    *,
    loss: Loss | None = None,
    state: Any = None,
    inputs: int | None = None,
) -> TorchModule:
    """Return a network as the text of a PyTorch module, and its weights as arrays.

    Each layer becomes PyTorch's own of that kind, W becomes its transpose, and the loss's link is
    applied last. Training it on in PyTorch drops and normalises as clearprop does.

    Parameters
    ----------
    model, params, loss, state, inputs
        As for :func:`clearprop.export_numpy`.

    Returns
    -------
    module : TorchModule
        ``code`` and ``state_dict``; ``module.save("net.py")`` writes both.

    Raises
    ------
    TypeError
        If PyTorch has no layer or function for a part of the network; the message names it.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(4, 3), cp.GELU(), cp.Dense(3, 2))
    >>> module = cp.to_torch(net, net.init(np.random.default_rng(0)), loss=cp.CrossEntropy())
    >>> print(module.code[module.code.index("class"):], end="")
    class Network(nn.Module):
        def __init__(self):
            super().__init__()
            self.layers = nn.Sequential(OrderedDict(
                dense1=nn.Linear(4, 3),
                gelu1=nn.GELU(),
                dense2=nn.Linear(3, 2),
            ))
            self.double()
    <BLANKLINE>
        def forward(self, x):
            return torch.softmax(self.layers(x), dim=1)
    >>> {name: array.shape for name, array in module.state_dict.items()}["layers.dense1.weight"]
    (3, 4)
    """
    found = served(model, params, loss=loss, state=state, inputs=inputs)
    text, arrays = _layer(found.network, found.params, found.state, "", 2)
    weights = {f"layers.{name}": np.ascontiguousarray(array) for name, array in arrays.items()}
    buffers = {
        f"{name}{place}": array
        for place, scaling in enumerate(found.scaling, 1)
        for name, array in scaling.arrays.items()
    }
    code = _module(found, text, buffers)
    return TorchModule(code, {**buffers, **weights})


RESIDUAL = """\
class Residual(nn.Module):
    def __init__(self, inner):
        super().__init__()
        self.inner = inner

    def forward(self, x):
        return x + self.inner(x)


"""

LINKS = {
    "": "{}",
    "softmax": "torch.softmax({}, dim=1)",
    "sigmoid": "torch.sigmoid({})",
    "exp": "torch.exp({})",
}
"""Each link of a loss in PyTorch."""


def _module(found: Served, layer: str, buffers: Arrays) -> str:
    link = found.loss.link_name if found.loss is not None else ""
    if link not in LINKS:
        raise TypeError(f"the loss's link {link!r} has no function in PyTorch")
    registered = [
        f'        self.register_buffer("{name}", torch.zeros({len(array)}))\n'
        for name, array in buffers.items()
    ]
    double = "        self.double()\n" if found.dtype == np.float64 else ""
    result = LINKS[link].format("self.layers(x)")
    if found.target is not None:
        result = f"{result} * {found.target.sd!r} + {found.target.mean!r}"
    before = "".join(
        f"        x = ({_known(place, scaling)} - self.shift{place}) / self.scale{place}\n"
        for place, scaling in enumerate(found.scaling, 1)
    )
    return (
        f'"""A network that clearprop {__version__} wrote: `Network()(x)` gives {_told(found)}.\n\n'
        "Its weights: `Network().load_state_dict(safetensors.torch.load_file(...))`, then `eval()`."
        '\n"""\n\nfrom collections import OrderedDict\n\nimport torch\nfrom torch import nn\n\n\n'
        f"{RESIDUAL if 'Residual(' in layer else ''}class Network(nn.Module):\n"
        f"    def __init__(self):\n        super().__init__()\n{''.join(registered)}"
        f"        self.layers = {layer}\n{double}\n"
        f"    def forward(self, x):\n{before}        return {result}\n"
    )


def _told(found: Served) -> str:
    return found.answer.replace("\\", "/").replace('"', "'")


def _known(place: int, scaling: Scaling) -> str:
    """Return rows with what is missing filled."""
    return "x" if scaling.fill is None else f"torch.where(x.isnan(), self.fill{place}, x)"


Row = Callable[[Any, Tree, Any], tuple[str, Arrays]]


def _dense(layer: layers.Dense, params: Tree, state: Any) -> tuple[str, Arrays]:
    bias = "" if layer.bias else ", bias=False"
    arrays = {"weight": np.asarray(params["W"]).T}
    if layer.bias:
        arrays["bias"] = np.asarray(params["b"])
    return f"nn.Linear({layer.inputs}, {layer.outputs}{bias})", arrays


def _plain(text: str) -> Row:
    return lambda layer, params, state: (text, {})


def _scaled(params: Tree) -> Arrays:
    return {"weight": np.asarray(params["gamma"]), "bias": np.asarray(params["beta"])}


def _layer_norm(layer: layers.LayerNorm, params: Tree, state: Any) -> tuple[str, Arrays]:
    return f"nn.LayerNorm({layer.width}, eps={layer.epsilon!r})", _scaled(params)


def _batch_norm(layer: layers.BatchNorm, params: Tree, state: Any) -> tuple[str, Arrays]:
    if state is None:
        raise RowsMixedError(
            "a BatchNorm has running statistics: give the state that training returned, "
            "state=result.state"
        )
    arrays = {
        **_scaled(params),
        "running_mean": np.asarray(state["mean"]),
        "running_var": np.asarray(state["variance"]),
        "num_batches_tracked": np.array(0),
    }
    text = f"nn.BatchNorm1d({layer.width}, eps={layer.epsilon!r}, momentum={layer.momentum!r})"
    return text, arrays


LAYERS: Mapping[type[Layer], Row] = {
    layers.Dense: _dense,
    layers.Identity: _plain("nn.Identity()"),
    layers.Sigmoid: _plain("nn.Sigmoid()"),
    layers.Tanh: _plain("nn.Tanh()"),
    layers.ReLU: _plain("nn.ReLU()"),
    layers.LeakyReLU: lambda layer, params, state: (f"nn.LeakyReLU({layer.alpha!r})", {}),
    layers.ELU: lambda layer, params, state: (f"nn.ELU({layer.alpha!r})", {}),
    layers.SELU: _plain("nn.SELU()"),
    layers.GELU: _plain("nn.GELU()"),
    layers.SiLU: _plain("nn.SiLU()"),
    layers.Softplus: _plain("nn.Softplus()"),
    layers.Mish: _plain("nn.Mish()"),
    layers.Dropout: lambda layer, params, state: (f"nn.Dropout({layer.rate!r})", {}),
    layers.LayerNorm: _layer_norm,
    layers.BatchNorm: _batch_norm,
}
"""PyTorch's layer for each of ours: its constructor, and its weights by name."""


def _layer(layer: Layer, params: Tree, state: Any, path: str, depth: int) -> tuple[str, Arrays]:
    """Return a layer's constructor, indented, and its weights by path."""
    state = state or NOTHING
    margin = "    " * (depth + 1)
    if isinstance(layer, layers.Chain):
        lines, arrays = [], Arrays()
        for name, child in layer.children.items():
            inside = f"{path}.{name}" if path else name
            text, more = _layer(
                child, params.get(name, NOTHING), state.get(name), inside, depth + 1
            )
            lines.append(f"{margin}{name}={text},\n")
            arrays |= {f"{name}.{key}": array for key, array in more.items()}
        return f"nn.Sequential(OrderedDict(\n{''.join(lines)}{'    ' * depth}))", arrays
    if isinstance(layer, layers.Residual):
        ((name, child),) = layer.children.items()
        inside = f"{path}.{name}" if path else name
        text, more = _layer(child, params.get(name, NOTHING), state.get(name), inside, depth)
        return f"Residual({text})", {f"inner.{key}": array for key, array in more.items()}
    if type(layer) not in LAYERS:
        where = f"layer {path}" if path else "the network"
        raise TypeError(
            f"{where} is a {type(layer).__name__}, for which PyTorch has no layer that is known "
            "here: to_onnx, export_c and export_numpy take any layer"
        )
    return LAYERS[type(layer)](layer, params, state or None)
