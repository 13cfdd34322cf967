"""Slips of arrays that are one array under two names: what one gets, the other gets too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np

from clearprop.explaining.work.changes import change_network
from clearprop.explaining.work.situation import Outcome, Situation
from clearprop.explaining.work.slips.slip import Slip, dense_layers
from clearprop.explaining.work.wrong_parts import At, with_dense


def shared_slips(situation: Situation) -> Iterator[Slip]:
    """Yield gradients of one shape that were all added into one array."""
    groups: dict[tuple[str, tuple[int, ...]], list[str]] = {}
    for path, layer in dense_layers(situation):
        groups.setdefault(("W", (layer.inputs, layer.outputs)), []).append(path)
        if layer.bias:
            groups.setdefault(("b", (layer.outputs,)), []).append(path)
    several = {key: paths for key, paths in groups.items() if len(paths) > 1}
    for (name, _), paths in several.items():
        gradients = [f"{path}.d{name}" if path else f"d{name}" for path in paths]
        yield Slip(
            f"one array for {' and '.join(gradients)}",
            "[np.zeros(K)] * 2 is one array twice: what is added to one is in the other too",
            partial(_shared, name, paths, gradients),
            whole=True,
        )


def _shared(name: str, paths: list[str], gradients: list[str], situation: Situation) -> Situation:
    right = Outcome(situation, ())
    total = sum(np.asarray(right[gradient]) for gradient in gradients)
    for path in paths:
        change = partial(with_dense, only=path, gradients_of=partial(_given, {name: total}))
        situation = change_network(change)(situation)
    return situation


def _given(gradients: Mapping[str, Any], at: At) -> dict[str, Any]:
    return dict(gradients)
