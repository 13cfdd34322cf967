"""The order of the rows in each epoch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from clearprop.definitions.initializers import RandomSource
from clearprop.engines.base import shuffle as permuted
from clearprop.files.document import LARGEST_COUNT
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from clearprop.engines.base import UnfinishedEpoch

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
    shuffled : function of orders (epochs, N) int64 and a Generator
        Shuffles each of them: an engine's own way, to the same bits.
    """

    in_memory = True
    """Whether all rows are, so that any step can be made again."""

    facts: Callable[[], Mapping[str, str]] = dict
    """Returns what tells rows that are not in memory from others, by name."""

    def __init__(
        self,
        rows: int,
        shuffle: bool,
        rng: RandomSource,
        shuffled: Callable[[np.ndarray, np.random.Generator], None] = permuted,
    ) -> None:
        self.rows, self.last = rows, np.arange(rows)
        self.shuffle, self.rng, self.shuffled = shuffle, rng, shuffled
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

    def check(self, state: Any) -> None:
        """Raise a DataError unless a saved state has the form of this one's."""
        if not isinstance(state, Mapping) or state.keys() != {"last", "waiting", "generator"}:
            raise DataError("what draws its orders of rows has other parts")
        last, waiting = state["last"], state["waiting"]
        for orders, dimensions in ((last, 1), (waiting, 2)):
            if not isinstance(orders, np.ndarray) or orders.ndim != dimensions:
                raise DataError("its orders of rows have another form")
            if orders.dtype != np.int64 or orders.shape[-1] != self.rows:
                raise DataError("its orders of rows have another length")
        for order in (last, *waiting):
            if not np.array_equal(np.sort(order), np.arange(self.rows)):
                raise DataError("an order of rows leaves some out")

    def check_begun(self, state: Any, unfinished: UnfinishedEpoch, batch_size: int) -> None:
        """Raise a DataError unless an epoch of these rows can be begun so."""
        sums, steps = unfinished.sums, unfinished.steps
        if not isinstance(sums, np.ndarray) or sums.dtype != np.float64 or sums.ndim != 2:
            raise DataError("the sums of the epoch that is begun have another form")
        if not 1 <= steps <= -(-self.rows // batch_size) or not self._may_sum(sums.shape, steps):
            raise DataError("the epoch that is begun has other steps")
        if not self._draws_again(state):
            raise DataError("an epoch is begun whose order of rows is missing")

    def _may_sum(self, shape: tuple[int, ...], steps: int) -> bool:
        return shape in ((1, 3), (steps, 3))

    def _draws_again(self, state: Any) -> bool:
        return len(state["waiting"]) > 0

    def draw(self, epochs: int) -> np.ndarray:
        """Return the orders of the next epochs, row indices of shape (epochs, N)."""
        missing = max(epochs - len(self.waiting), 0)
        fresh = np.empty((missing, self.rows), np.int64)
        fresh[:] = self.last
        if self.shuffle and isinstance(self.rng, np.random.Generator):
            self.shuffled(fresh, self.rng)
        elif self.shuffle:
            for order in fresh:
                self.last = order[:] = self.last[self.rng.permutation(len(self.last))]
        orders = np.concatenate([self.waiting, fresh]) if len(self.waiting) else fresh
        self.waiting = orders[epochs:]
        return orders[:epochs]

    @classmethod
    def none(cls) -> Orders:
        """Return the orders of a training that sees all rows at once."""
        return cls(0, False, np.random.default_rng(0))

    def put_back(self, orders: np.ndarray) -> None:
        """Take back orders (epochs, N) that were drawn and not used; they are drawn next."""
        self.waiting = np.concatenate([orders, self.waiting])


class EpochNumbers(Orders):
    """The numbers of the epochs, counted from 0: an order is a function of seed and number.

    Whoever has the rows knows that function: :class:`~clearprop.training.blocks.SourceBlocks`.

    Parameters
    ----------
    rows : int
        N, the rows of an epoch.
    steps : int
        The steps of a block.
    facts : function
        Returns what tells the rows from others, by name.
    """

    in_memory = False

    def __init__(
        self, rows: int, steps: int, facts: Callable[[], Mapping[str, str]] = dict
    ) -> None:
        self.rows, self.steps, self.next = rows, steps, 0
        self.facts = facts

    @property
    def state(self) -> OrdersState:
        """The number of the next epoch."""
        return {"next": self.next}

    def go_on_from(self, state: OrdersState) -> None:
        """Go on with the epoch that was next when :attr:`state` was read."""
        self.next = state["next"]

    def check(self, state: Any) -> None:
        """Raise a DataError unless a saved state has the form of this one's."""
        number = state.get("next") if isinstance(state, Mapping) and len(state) == 1 else None
        if not isinstance(number, int) or not 0 <= number <= LARGEST_COUNT:
            raise DataError("the number of its next epoch is no count")

    def draw(self, epochs: int) -> np.ndarray:
        """Return the numbers of the next epochs, (epochs, 1)."""
        first, self.next = self.next, self.next + epochs
        return np.arange(first, self.next)[:, None]

    def put_back(self, orders: np.ndarray) -> None:
        """Take back the last numbers, which were not used."""
        self.next -= len(orders)

    def _may_sum(self, shape: tuple[int, ...], steps: int) -> bool:
        inside = steps % self.steps
        return shape in (((2, 3), (1 + inside, 3)) if inside else ((1, 3),))

    def _draws_again(self, state: Any) -> bool:
        return True
