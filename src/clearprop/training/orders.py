"""The order of the rows in each epoch."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np

from clearprop.definitions.initializers import RandomSource
from clearprop.files.errors import DataError

OrdersState: TypeAlias = dict[str, Any]
"""Arrays, integers and texts by name, nested."""


TWISTER = 624
"""The numbers in the state of NumPy's legacy generator, a Mersenne Twister."""


class Orders:
    """The order of the rows in each epoch; those of all epochs of a burst are drawn together.

    How many epochs are drawn at a time makes no difference to the orders.

    Parameters
    ----------
    rows : int
        N.
    shuffle : bool
        Whether each epoch has a new order; otherwise it is always 0, 1, ..., N - 1.
    rng : Generator or RandomState
        A Generator draws each order independently. A legacy RandomState comes from an estimator,
        whose orders are scikit-learn's: each epoch shuffles the order of the one before.
    """

    def __init__(self, rows: int, shuffle: bool, rng: RandomSource) -> None:
        self.last = np.arange(rows)
        self.shuffle, self.rng = shuffle, rng
        self.waiting = np.empty((0, rows), np.int64)

    @property
    def state(self) -> OrdersState:
        """What the next orders depend on, to go on from in another process."""
        if isinstance(self.rng, np.random.Generator):
            generator = self.rng.bit_generator.state
        else:
            generator = self.rng.get_state(legacy=False)
        return {"last": self.last, "waiting": self.waiting, "generator": generator}

    def go_on_from(self, state: OrdersState) -> None:
        """Draw what would have been drawn after :attr:`state` was read.

        Raises
        ------
        DataError
            If what draws cannot be in such a state.
        """
        generator = state["generator"]
        try:
            if isinstance(self.rng, np.random.Generator):
                self.rng.bit_generator.state = generator
            else:
                # NumPy does not look whether this is one of the state's numbers, and reads there.
                if not 0 <= int(generator["state"]["pos"]) <= TWISTER:
                    raise ValueError("a place outside")
                self.rng.set_state(generator)
        except (KeyError, TypeError, ValueError, OverflowError, IndexError) as error:
            raise DataError(
                f"its random numbers are in no possible state: {error!r:.80}"
            ) from error
        self.last, self.waiting = state["last"], state["waiting"]

    def draw(self, epochs: int) -> np.ndarray:
        """Return the orders of the next epochs, row indices of shape (epochs, N)."""
        missing = max(epochs - len(self.waiting), 0)
        fresh = np.tile(self.last, (missing, 1))
        if self.shuffle and isinstance(self.rng, np.random.Generator):
            self.rng.permuted(fresh, axis=1, out=fresh)
        elif self.shuffle:
            for order in fresh:
                self.last = order[:] = self.last[self.rng.permutation(len(self.last))]
        orders = np.concatenate([self.waiting, fresh])
        self.waiting = orders[epochs:]
        return orders[:epochs]

    @classmethod
    def none(cls) -> Orders:
        """Return the orders of a training that sees all rows at once."""
        return cls(0, False, np.random.default_rng(0))

    def put_back(self, orders: np.ndarray) -> None:
        """Take back orders (epochs, N) that were drawn and not used; they are drawn next."""
        self.waiting = np.concatenate([orders, self.waiting])
