"""What decides the bits of a training, so that only the same training goes on from a checkpoint."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from clearprop.engines.threads import allowed_threads
from clearprop.files.errors import DataError
from clearprop.training.own_code import own_code
from clearprop.version import __version__
from clearprop.writing.printable import printable

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
"""Of a function, in its `repr`: another process has another."""


class ResumeError(DataError):
    """A checkpoint that this training cannot go on from; the message says what differs."""


@dataclass(frozen=True)
class Identity:
    """What decides the bits of a training: its rows, its settings, and what computes it.

    Two trainings with equal `facts` and equal `entropy` are the same. `entropy` is that of the
    seed; a training without a seed takes the saved one.
    """

    facts: Mapping[str, str]
    entropy: int

    @classmethod
    def of(
        cls, entropy: int, arrays: Mapping[str, str], used: Any = (), **settings: Any
    ) -> Identity:
        """Return the identity of a training on arrays, with settings that have a `repr`.

        `arrays` has their fingerprints by name, see :func:`fingerprints`. Where `used` or the
        settings hold code of the user's own, that is part of it.
        """
        import platform

        # Shards are summed in their order, whoever computes them.
        sharded = str(settings.get("engine")).endswith(" shards")
        facts = {
            **arrays,
            **{name: _ADDRESS.sub("", repr(value)) for name, value in settings.items()},
            **own_code((used, settings)),
            "threads": "any" if sharded else str(allowed_threads()),
            "clearprop": __version__,
            "numpy": np.__version__,
            "numba": _numba(),
            "machine": f"{platform.system()} {platform.machine()}",
        }
        return cls(facts, entropy)


def fingerprints(arrays: Mapping[str, Any]) -> dict[str, str]:
    """Return a short name of what each array holds; of None and of tuples of arrays as well."""
    return {name: _digest(array) for name, array in arrays.items()}


def _numba() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("numba")
    except PackageNotFoundError:
        return "none"


def _digest(value: Any) -> str:
    """Return a short name of what an array holds, its dtype and shape included."""
    from clearprop.files.fingerprint import fingerprint

    if value is None:
        return "none"
    if isinstance(value, tuple):
        return ", ".join(map(_digest, value))
    return f"{value.dtype} {value.shape} {fingerprint(value)[:16]}"


SHOWN = 60
"""So many characters of a setting are shown."""


def check_same(path: str | os.PathLike[str], saved: Identity, now: Identity) -> None:
    """Raise a ResumeError that names what differs, unless both are the same training."""
    names = [*saved.facts, *(name for name in now.facts if name not in saved.facts)]
    differing = [name for name in names if saved.facts.get(name) != now.facts.get(name)]
    told = [
        f"{name}: {_told_apart(saved.facts.get(name, 'none'), now.facts.get(name, 'none'))}"
        for name in differing
    ]
    if saved.entropy != now.entropy:
        told.append("seed: another one")
    if told:
        raise ResumeError(
            f"{path} holds another training, so going on from it would not give the same numbers. "
            f"What differs: {'; '.join(told)}. Give the same, or another file."
        )


def _told_apart(saved: str, now: str) -> str:
    """Return both texts, of long ones the places where they begin to differ."""
    pairs = enumerate(zip(saved, now, strict=False))
    same = next((place for place, (one, other) in pairs if one != other), 0)
    start = max(0, same - SHOWN // 3) if max(len(saved), len(now)) > SHOWN else 0
    parts = (f"{'…' * bool(start)}{text[start : start + SHOWN]}" for text in (saved, now))
    return "saved {}, now {}".format(*map(printable, parts))
