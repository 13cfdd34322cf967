"""Short names of code that is not clearprop's: layers, losses, schedules and metrics of a user."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator, Mapping
from types import CodeType, FunctionType
from typing import Any

OTHERS = frozenset({"clearprop", "numpy", "scipy", "sklearn", "jax", *sys.stdlib_module_names})
"""Packages whose code is known by their versions, or decides no bits."""

PLAIN = (bool, int, float, complex, str, bytes, tuple, frozenset)


def own_code(value: Any) -> dict[str, str]:
    """Return a short name of the code of each class and function of the user's own in a value.

    Values within layers, tuples and mappings are looked at, too. What such code calls elsewhere is
    not: functions of its module, and those that a function closes over.

    >>> class Twice:
    ...     def __call__(self, x):
    ...         return 2 * x
    >>> Twice.__module__, Twice.__qualname__ = "mine", "Twice"
    >>> list(own_code({"metric": Twice()}))
    ['code of Twice']
    """
    return {
        f"code of {owner.__qualname__}": hashlib.sha256(_told(owner).encode()).hexdigest()[:16]
        for owner in dict.fromkeys(_owners(value, set()))
    }


def _owners(value: Any, seen: set[int]) -> Iterator[Any]:
    """Yield the classes and functions in a value that nobody else's package has."""
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Mapping):
        inner = list(value.values())
    elif isinstance(value, tuple | list):
        inner = list(value)
    else:
        kinds = [value] if isinstance(value, FunctionType | type) else type(value).__mro__
        yield from (kind for kind in kinds if kind.__module__.partition(".")[0] not in OTHERS)
        inner = list(getattr(value, "__dict__", {}).values()) if _has_parts(value) else []
    for one in inner:
        yield from _owners(one, seen)


def _has_parts(value: Any) -> bool:
    """Return whether a value may hold others of the user's own: an object of ours or of theirs."""
    if isinstance(value, FunctionType | type):
        return False
    root = type(value).__module__.partition(".")[0]
    return root == "clearprop" or root not in OTHERS


def _told(owner: Any) -> str:
    if isinstance(owner, FunctionType):
        return _of_function(owner)
    parts = []
    for name, member in sorted(vars(owner).items()):
        inside = getattr(member, "fget", None) or getattr(member, "func", member)
        function = getattr(inside, "__func__", inside)
        if isinstance(function, FunctionType):
            parts.append(f"{name}: {_of_function(function)}")
        elif isinstance(member, PLAIN) and not name.startswith("__"):
            parts.append(f"{name} = {_constant(member)}")
    return "\n".join(parts)


def _of_function(function: FunctionType) -> str:
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    given = [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values(), *cells]
    plain = [_constant(one) for one in given if isinstance(one, PLAIN)]
    return f"{_of_code(function.__code__, function.__doc__)} {plain}"


def _of_code(code: CodeType, docstring: str | None = None) -> str:
    """Return what decides a function's result, wherever it stands."""
    constants = [_constant(one) for one in code.co_consts if one is not docstring or one is None]
    names = (code.co_names, code.co_varnames, code.co_freevars)
    return f"{code.co_code.hex()} {names} {constants}"


def _constant(value: Any) -> str:
    if isinstance(value, CodeType):
        return _of_code(value)
    if isinstance(value, frozenset):  # their order differs from process to process
        return f"{sorted(map(repr, value))}"
    return repr(value)
