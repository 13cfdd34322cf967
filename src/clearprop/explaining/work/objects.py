"""Someone's object read as a network: its weights by their shapes, its step run on a copy."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import leaves_of
from clearprop.explaining.step import StepData
from clearprop.explaining.work.guessing import FoundLayer, guessed_network, words_of
from clearprop.explaining.work.naming import Naming

METHODS = (
    "train_step", "training_step", "step", "train", "train_on_batch", "partial_fit", "learn",
    "backprop", "backpropagate", "backpropagation", "backward", "update", "fit",
)  # fmt: skip
"""Methods that make a training step, the likeliest first."""


@dataclass
class Reading:
    """An object read as a network: what it is, where it starts, and what its step left behind."""

    name: str
    owner: Any
    method: Callable[..., Any] | None
    network: Layer
    loss: Loss
    params: dict[str, Any]
    layers: Sequence[FoundLayer]
    returned: Any
    after: Mapping[str, Any]
    sentence: str
    guessed: bool = field(default=True)

    def quantities(self, step: StepData) -> dict[str, Any]:
        """Return what the object's step gave: new weights, and what it kept or returned."""
        found: dict[str, Any] = {}
        paths = [path for path in step.task.layout.paths if path.endswith("W")]
        for weights, layer in zip(paths, self.layers, strict=False):
            lead = weights[:-1]
            for name, kept in ((layer.name, f"{lead}W"), (layer.bias_name, f"{lead}b")):
                if name is not None and name in self.after and step.rate is not None:
                    found[f"{kept}.new"] = self.after[name]
        naming = Naming(step)
        own = {layer.name for layer in self.layers} | {layer.bias_name for layer in self.layers}
        extra = {name: value for name, value in self.after.items() if name not in own}
        if isinstance(self.returned, Mapping):
            extra |= dict(leaves_of(self.returned))
        for name, value in extra.items():
            path = _path(naming, name)
            if (
                path is None
                or path in found
                or path in step.task.layout.paths
                or path in ("x", "t")
            ):
                continue
            if np.size(value) == np.size(step[path]):
                found[path] = value
        return found

    def rate_made(self) -> float | None:
        """Return the learning rate that the last layer's change has, None where it has none."""
        from clearprop.backprop import backprop

        last = self.layers[-1]
        if last.name not in self.after:
            return None
        new = np.asarray(self.after[last.name], float)
        change = (new - last.weights).T if last.exchanged else new - last.weights
        path = [path for path, _ in leaves_of(self.params) if path.endswith("W")][-1]
        _, gradients = backprop(self.network, self.loss, self.params, self._x, self._t)
        gradient = dict(leaves_of(gradients))[path]
        size = float(np.sum(gradient * gradient))
        rate = -float(np.sum(change * gradient)) / size if size > 0 else 0.0
        return float(f"{rate:.6g}") if rate > 0 else None

    _x: Any = None
    _t: Any = None


def _path(naming: Naming, name: str) -> str | None:
    try:
        return naming.path(name)
    except (KeyError, IndexError):
        return None


def read_object(work: Any, network: Layer | None, loss: Loss | None, x: Any, t: Any) -> Reading:
    """Return an object, or the owner of a bound method, read as a network.

    Raises
    ------
    TypeError
        No weights were found, two networks fit, or no method makes a step; with what to do.
    """
    method = work if callable(work) and hasattr(work, "__self__") else None
    owner = work.__self__ if method is not None else work
    x, t = np.asarray(x, float), np.asarray(t, float)
    outputs = 1 if t.ndim == 1 else t.shape[1]
    layers = chain_of(arrays_of(owner), x.shape[1], outputs, t)
    called = method.__name__ if method is not None else _method_name(owner)
    trained = copy.deepcopy(owner)
    returned = _called(trained, called, x, t.reshape(len(t), -1) if t.ndim == 1 else t, layers)
    after = arrays_of(trained)
    params = {
        f"dense{k}": {"W": layer.W} | ({} if layer.bias is None else {"b": np.ravel(layer.bias)})
        for k, layer in enumerate(layers, 1)
    }
    guessed = network is None
    if network is None or loss is None:
        network, loss = guessed_network(owner, layers, params, after, returned, x, t, network, loss)
    words = words_of(layers, network, loss)
    sentence = f"I read this as {words}; say otherwise with net= and loss=" if guessed else ""
    names = [name for name in network.children if name.startswith("dense")]
    params = dict(zip(names, params.values(), strict=False))
    return Reading(
        f"{type(owner).__name__}.{called}", owner, getattr(owner, called), network, loss, params,
        layers, returned, after, sentence, guessed, x, t,
    )  # fmt: skip


def arrays_of(owner: Any, prefix: str = "") -> dict[str, np.ndarray]:
    """Return an object's arrays of numbers by name, those in lists and dicts included."""
    held = owner if isinstance(owner, Mapping) else getattr(owner, "__dict__", {})
    found: dict[str, np.ndarray] = {}
    for name, value in held.items():
        found.update(_arrays(f"{prefix}{name}", value))
    return found


def _arrays(name: str, value: Any) -> Iterator[tuple[str, np.ndarray]]:
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        yield name, np.array(value, float)
    elif isinstance(value, Mapping):
        for key, part in value.items():
            yield from _arrays(f"{name}.{key}", part)
    elif isinstance(value, list | tuple) and value:
        if all(isinstance(part, int | float) for part in value) or (
            all(isinstance(part, list) and part for part in value) and _is_matrix(value)
        ):
            yield name, np.array(value, float)
        else:
            for place, part in enumerate(value, 1):
                yield from _arrays(f"{name}{place}", part)
    elif (
        hasattr(value, "__dict__") and not callable(value) and type(value).__module__ != "builtins"
    ):
        for key, part in arrays_of(value).items():
            yield f"{name}.{key}", part


def _is_matrix(value: Sequence[Sequence[Any]]) -> bool:
    flat = all(isinstance(one, int | float) for row in value for one in row)
    return flat and len({len(row) for row in value}) == 1


def chain_of(
    arrays: Mapping[str, np.ndarray], inputs: int, outputs: int, t: np.ndarray
) -> list[FoundLayer]:
    """Return the matrices that lead from the inputs to the outputs, each with its bias."""
    matrices = {name: a for name, a in arrays.items() if a.ndim == 2 and not _is_bias(name, a)}
    classes = {outputs}
    if t.ndim == 1 and np.array_equal(t, np.round(t)) and t.size:
        classes.add(int(t.max()) + 1)
    for exchanged, target in product((False, True), sorted(classes)):
        for chain in _chains(matrices, inputs, target, exchanged):
            return _with_biases(chain, arrays, exchanged)
    shapes = ", ".join(f"{name} {a.shape}" for name, a in matrices.items()) or "none"
    raise TypeError(
        f"no weights were found that lead from {inputs} inputs to {outputs} outputs (matrices "
        f"found: {shapes}); give net= and params=, and a function of (params, x, t)"
    )


def _chains(
    matrices: Mapping[str, np.ndarray], width: int, outputs: int, exchanged: bool
) -> Iterator[list[tuple[str, np.ndarray]]]:
    """Yield chains of all matrices, in the order in which the object has them, then of fewer."""
    names = list(matrices)

    def shape(name: str) -> tuple[int, ...]:
        return matrices[name].shape[::-1] if exchanged else matrices[name].shape

    def grown(chain: list[str], width: int) -> Iterator[list[str]]:
        further = [name for name in names if name not in chain and shape(name)[0] == width]
        for name in further:
            yield from grown([*chain, name], shape(name)[1])
        if chain and width == outputs:
            yield chain

    found = sorted(grown([], width), key=len, reverse=True)
    for chain in found:
        yield [(name, matrices[name]) for name in chain]


def _is_bias(name: str, array: np.ndarray) -> bool:
    last = name.rpartition(".")[2].lower().lstrip("_")
    return 1 in array.shape and last.startswith("b")


def _with_biases(
    chain: Sequence[tuple[str, np.ndarray]], arrays: Mapping[str, np.ndarray], exchanged: bool
) -> list[FoundLayer]:
    taken = {name for name, _ in chain}
    layers = []
    for name, weights in chain:
        units = weights.shape[0] if exchanged else weights.shape[1]
        fitting = [
            other
            for other, a in arrays.items()
            if other not in taken
            and a.size == units
            and (a.ndim == 1 or 1 in a.shape)
            and "b" in other.rpartition(".")[2].lower()
        ]
        bias_name = fitting[0] if fitting else None
        if bias_name is not None:
            taken.add(bias_name)
        bias = None if bias_name is None else arrays[bias_name]
        layers.append(FoundLayer(name, weights, bias_name, bias, exchanged))
    return layers


def _method_name(owner: Any) -> str:
    for name in METHODS:
        if callable(getattr(owner, name, None)):
            return name
    methods = [
        name for name in dir(owner) if not name.startswith("_") and callable(getattr(owner, name))
    ]
    raise TypeError(
        f"{type(owner).__name__} has no method that makes a training step (looked for "
        f"{', '.join(METHODS)}); it has {', '.join(methods) or 'none'}: give that one, "
        "check_work(nn.that_method, X=..., y=...)"
    )


def _called(
    owner: Any, name: str, x: np.ndarray, t: np.ndarray, layers: Sequence[FoundLayer]
) -> Any:
    """Return what the method returned, called with rows, with columns, or with one row."""
    forms: list[tuple[Any, Any]] = [(x, t), (x.T, t.T)]
    if layers[0].exchanged:
        forms.reverse()
    if len(x) == 1:
        forms.insert(0, (x[0], t[0]))
    if t.shape[1] == 1:
        forms.append((x, t[:, 0]))
    before = copy.deepcopy(owner.__dict__) if hasattr(owner, "__dict__") else None
    problems = []
    for inputs, targets in forms:
        for arguments in ((inputs.copy(), targets.copy()), (inputs.tolist(), targets.tolist())):
            try:
                return getattr(owner, name)(*arguments)
            except (TypeError, ValueError, IndexError, AttributeError) as error:
                problems.append(f"{type(error).__name__}: {error}")
                if before is not None:
                    owner.__dict__.clear()
                    owner.__dict__.update(copy.deepcopy(before))
    raise TypeError(
        f"your {name} could not be called with x of shape {x.shape} and t of shape {t.shape} "
        f"({problems[0]}); wrap it in a function of (params, x, t) and give net, loss and params"
    )
