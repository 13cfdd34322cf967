"""A network, a loss or an optimizer as plain data, and back; those of clearprop only, no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from types import ModuleType
from typing import TYPE_CHECKING, Any

from clearprop.definitions import layers, losses, optimizers
from clearprop.definitions.layers import Chain
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.files.container import Json


def _kinds(*modules: ModuleType) -> dict[str, type[Any]]:
    return {
        name: kind
        for module in modules
        for name, kind in vars(module).items()
        if isinstance(kind, type) and is_dataclass(kind)
    }


KINDS: Mapping[str, type[Any]] = _kinds(layers, losses, optimizers)
"""All that can be described, by name."""

NOT_NEEDED = ("weight_init", "bias_init")
"""How parameters started: a trained network is the same without."""


def described(value: Any) -> Json:
    """Return a definition as data: its kind, and its settings.

    >>> described(layers.LeakyReLU(0.2))
    {'kind': 'LeakyReLU', 'alpha': 0.2}

    Raises
    ------
    TypeError
        If it is the user's own code.
    """
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, tuple | list):
        return [described(item) for item in value]
    name = type(value).__name__
    if KINDS.get(name) is not type(value):
        raise TypeError(f"{name} is no definition of clearprop's, so a file cannot hold it")
    settings = (one.name for one in fields(value) if one.name not in NOT_NEEDED)
    return {"kind": name, **{name: described(getattr(value, name)) for name in settings}}


def made(data: Any) -> Any:
    """Return the definition that data describe.

    >>> made({"kind": "LeakyReLU", "alpha": 0.2})
    LeakyReLU(alpha=0.2)

    Raises
    ------
    DataError
        If they describe none.
    """
    if isinstance(data, list):
        return tuple(map(made, data))
    if not isinstance(data, Mapping):
        return data
    settings = {name: made(value) for name, value in data.items() if name != "kind"}
    kind = KINDS.get(str(data.get("kind")))
    try:
        if kind is None:
            raise ValueError(f"there is no {data.get('kind')!r:.40}")
        return kind(*settings["layers"]) if kind is Chain else kind(**settings)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(f"it describes no network, loss or optimizer: {error}") from error
