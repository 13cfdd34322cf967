"""What keeps a training safe while it runs. The plain `Keeper` keeps nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from clearprop.engines.base import TrainingState, UnfinishedEpoch
    from clearprop.training.orders import Orders
    from clearprop.training.watch import Watch


class Start(NamedTuple):
    """Where a training starts, what is done of its epoch, and why it has ended, if it has."""

    position: TrainingState
    unfinished: UnfinishedEpoch | None = None
    reason: str | None = None


class Keeper:
    """Told by the loop of training where it stands. This one does nothing.

    `writes` says whether files may be written: of several processes only the first one does.
    """

    writes = True

    def begin(self, position: TrainingState, watch: Watch, orders: Orders) -> Start:
        """Return where to start."""
        return Start(position)

    def epochs_until_due(self, watch: Watch) -> int:
        """Return the most epochs to make before the loop calls `reached` again."""
        return sys.maxsize

    def is_due(self) -> bool:
        """Return whether the loop should call `reached` now, within an epoch."""
        return False

    def reached(
        self,
        position: TrainingState,
        watch: Watch,
        orders: Orders,
        unfinished: UnfinishedEpoch | None = None,
    ) -> None:
        """Take note of the training between two epochs, or between two steps of one."""

    def ended(self, position: TrainingState, watch: Watch, orders: Orders, reason: str) -> None:
        """Take note of the end of the training."""

    def cut_off(self) -> None:
        """Take note that the training ended after what was reached last."""


NOTHING_KEPT = Keeper()
