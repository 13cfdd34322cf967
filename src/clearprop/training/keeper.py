"""What keeps a training safe while it runs. The plain `Keeper` keeps nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.engines.base import TrainingState
    from clearprop.training.orders import Orders
    from clearprop.training.watch import Watch


class Keeper:
    """Told by the loop of training where it stands. This one does nothing."""

    def begin(
        self, position: TrainingState, watch: Watch, orders: Orders
    ) -> tuple[TrainingState, str | None]:
        """Return where to start, and why the training has ended already, if it has."""
        return position, None

    def epochs_until_due(self, watch: Watch) -> int:
        """Return the most epochs to make before the loop calls `between_epochs` again."""
        return sys.maxsize

    def between_epochs(self, position: TrainingState, watch: Watch, orders: Orders) -> None:
        """Take note of the training between two epochs."""

    def ended(self, position: TrainingState, watch: Watch, orders: Orders, reason: str) -> None:
        """Take note of the end of the training."""

    def cut_off(self) -> None:
        """Take note that the training ended within an epoch."""


NOTHING_KEPT = Keeper()
