"""Known slips in backpropagation, each as a step with one line wrong.

A slip changes the task; running the same step on it gives the numbers of a person who made this
slip and no other. Nothing is guessed from the size of a difference. One small module holds each
family; in a module the slips are rows of a table.
"""

from __future__ import annotations

from collections.abc import Iterator

from clearprop.definitions.layers import Dense
from clearprop.explaining.work.changes import change_layers, change_loss
from clearprop.explaining.work.situation import Situation
from clearprop.explaining.work.slips.batches import batch_slips
from clearprop.explaining.work.slips.counted import counted_slips
from clearprop.explaining.work.slips.dense import dense_slips
from clearprop.explaining.work.slips.forward import forward_slips
from clearprop.explaining.work.slips.losses import loss_slips
from clearprop.explaining.work.slips.optimizers import optimizer_slips
from clearprop.explaining.work.slips.other_layers import other_slips
from clearprop.explaining.work.slips.penalties import clipping_slips, penalty_slips
from clearprop.explaining.work.slips.rows import (
    bias_slips,
    rarer_scale_slips,
    row_slips,
    scale_slips,
    scaled,
)
from clearprop.explaining.work.slips.shared import shared_slips
from clearprop.explaining.work.slips.shortcuts import shortcut_slips
from clearprop.explaining.work.slips.slip import Family, Slip, dense_layers
from clearprop.explaining.work.slips.slopes import slope_slips
from clearprop.explaining.work.slips.updates import order_slips, update_slips
from clearprop.explaining.work.wrong_layers import NotTransposed, TransposedGradient
from clearprop.explaining.work.wrong_losses import LINK_PULLBACKS, DoubledLink


def slips_of(situation: Situation) -> Iterator[Slip]:
    """Yield the slips that are possible in this situation, the most common first."""
    for family in FAMILIES:
        yield from family(situation)


def _error_slips(situation: Situation) -> Iterator[Slip]:
    if situation.task.loss.link_name in LINK_PULLBACKS:
        yield Slip(
            f"{situation.task.loss.link_name} and cross-entropy derivative doubled",
            "p − t is the gradient of the raw output; the link's slope came in once more",
            change_loss(DoubledLink),
        )
    yield Slip(
        "wrong sign",
        "the gradient of the loss has the sign of o − t; t − o is the direction of the update",
        scaled(1.0, -1.0),
        common=1,
    )


def _shape_slips(situation: Situation) -> Iterator[Slip]:
    for path, layer in dense_layers(situation):
        if layer.inputs == layer.outputs > 1:
            yield Slip(
                f"W not transposed in {path}",
                "the error goes back through W transposed",
                change_layers(Dense, NotTransposed, path),
            )
            yield Slip(
                f"dW transposed in {path}",
                "the gradient of W is (inputs, units), like W; rows and columns were exchanged",
                change_layers(Dense, TransposedGradient, path),
            )


FAMILIES: tuple[Family, ...] = (
    update_slips, order_slips, _error_slips, slope_slips, scale_slips, _shape_slips, bias_slips,
    penalty_slips, counted_slips, clipping_slips, optimizer_slips, other_slips, rarer_scale_slips,
    loss_slips, dense_slips, forward_slips, row_slips, batch_slips, shared_slips, shortcut_slips,
)  # fmt: skip
"""The families, in the order in which their slips are named."""

__all__ = ["FAMILIES", "Slip", "slips_of"]
