"""An incident as plain data: the step in which it began, its rows and what it was computed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import Optimizer
from clearprop.definitions.parameters import Layout
from clearprop.definitions.penalty import L2
from clearprop.engines.base import Batch, TrainingState, TrainingTask
from clearprop.files.errors import DataError
from clearprop.training.described import described, made
from clearprop.training.flight import Incident, Moment

if TYPE_CHECKING:
    from clearprop.files.container import Json


def parts_of(incident: Incident) -> tuple[dict[str, Json], dict[str, Any]]:
    """Return the description of an incident, and its arrays and numbers, nested by name.

    A network with code of the user's own cannot be described; the incident is then kept in words.
    """
    words: dict[str, Json] = {
        "kind": incident.kind,
        "what": incident.what,
        "epoch": incident.epoch,
        "unkept": incident.unkept,
    }
    if incident.unkept:
        return words, {}
    moment = incident.began
    task, batch, position = moment.task, moment.batch, moment.position
    try:
        told: dict[str, Json] = {
            "network": described(task.network),
            "loss": described(task.loss),
            "optimizer": described(task.optimizer),
        }
    except TypeError as error:
        return {**words, "unkept": str(error)}, {}
    x = batch.x.toarray() if hasattr(batch.x, "toarray") else np.asarray(batch.x)
    numbers = {
        "position": {name: getattr(position, name) for name in _STATE},
        "batch": {"x": x, "t": batch.t, "weights": batch.weights, "given": batch.given},
        "divisor": float(batch.divisor),
        "rows": np.asarray(moment.rows, np.int64),
        "rate": float(moment.rate),
        "place": moment.place,
        "strength": float(task.l2.strength),
        "per_row": task.l2.per_row,
        "clip_norm": task.clip_norm,
    }
    return {**words, "task": told}, numbers


_STATE = (
    "params", "optimizer_state", "network_state", "steps", "epochs", "rows_seen", "plateaus",
)  # fmt: skip


def incident_of(words: Mapping[str, Any], numbers: Mapping[str, Any]) -> Incident:
    """Return the incident that `parts_of` described.

    Raises
    ------
    DataError
        If the parts do not describe one.
    """
    kind, what, unkept = str(words["kind"]), str(words["what"]), str(words["unkept"])
    if unkept:
        return Incident(kind, what, int(words["epoch"]), unkept=unkept)
    told = words["task"]
    network, loss, optimizer = made(told["network"]), made(told["loss"]), made(told["optimizer"])
    wanted = ((network, Layer), (loss, Loss), (optimizer, Optimizer))
    if not all(isinstance(one, kind_of) for one, kind_of in wanted):
        raise DataError("it describes no network with a loss and an optimizer")
    position = TrainingState(**{name: numbers["position"][name] for name in _STATE})
    layout = Layout.of(network.init(np.random.default_rng(0)))
    if position.params.shape != (layout.size,):
        raise DataError(f"its network has {layout.size} parameters, not {position.params.size}")
    strength = L2(float(numbers["strength"]), bool(numbers["per_row"]))
    clip = numbers["clip_norm"]
    task = TrainingTask(
        network, loss, optimizer, layout, layout.penalised(network, position.params.dtype),
        strength, None if clip is None else float(clip),
    )  # fmt: skip
    held = numbers["batch"]
    batch = Batch(held["x"], held["t"], held["weights"], float(numbers["divisor"]), held["given"])
    rate, place = float(numbers["rate"]), int(numbers["place"])
    moment = Moment(task, position, batch, numbers["rows"], rate, place)
    return Incident(kind, what, int(words["epoch"]), found=moment)
