"""Reading with JAX, a shard of a batch at a time: sums over rows are those of the whole batch.

A value with an entry for each row of the batch is a `Rows`: the entries of the shard. Where a
definition sums over rows, the result is a `Total`: the shard's part of the sum. The parts of all
shards are added once the definition computes with the total. So BatchNorm's mean is that of the
whole batch, although its definition knows nothing of shards. Totals that are only returned, such as
the gradients of parameters, wait for the next that is needed, and all are added together: each sum
over devices costs a message.

Rows that only fill up a shard count in no total. What pairs rows with each other, or looks at
single ones, is a `WholeBatchError`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import jax.numpy as jnp
import numpy as np

from clearprop.readings import jax as reading


class WholeBatchError(TypeError):
    """Raised where a definition does with a batch what cannot be done shard by shard."""

    def __init__(self, what: str) -> None:
        super().__init__(
            "Jax: with devices=..., a batch is cut into shards, and a layer of this network "
            f"{what}. Over the rows of a batch it may take xp.sum and xp.mean (axis=0) and "
            "products such as x.T @ dy; otherwise leave out devices"
        )


class Computed:
    """What a definition computes with: the operators and attributes of an array."""

    __array_ufunc__ = None  # an ndarray on the left of an operator leaves it to this

    def __init__(self, batch: ShardedBatch) -> None:
        self.batch = batch

    def __neg__(self) -> Any:
        return self.batch.entrywise(operator.neg, self)

    def __add__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.add, self, other)

    def __radd__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.add, other, self)

    def __sub__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.sub, self, other)

    def __rsub__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.sub, other, self)

    def __mul__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.mul, self, other)

    def __rmul__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.mul, other, self)

    def __truediv__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.truediv, self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.truediv, other, self)

    def __pow__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.pow, self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.pow, other, self)

    def __gt__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.gt, self, other)

    def __lt__(self, other: Any) -> Any:
        return self.batch.entrywise(operator.lt, self, other)

    def __matmul__(self, other: Any) -> Any:
        return self.batch.product(self, other)

    def __rmatmul__(self, other: Any) -> Any:
        return self.batch.product(other, self)

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise WholeBatchError("computes with NumPy's functions in place of xp's")


class Rows(Computed):
    """Values with an entry for each row of the batch.

    Parameters
    ----------
    array : (...)
        The values of the shard.
    axis : int
        Which axis is that of the rows, counted from the last, -1.
    """

    def __init__(self, batch: ShardedBatch, array: Any, axis: int) -> None:
        super().__init__(batch)
        self.array, self.axis = array, axis

    @property
    def ndim(self) -> int:
        """How many axes there are."""
        return int(self.array.ndim)

    @property
    def dtype(self) -> Any:
        """The values' dtype."""
        return self.array.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the whole batch's values."""
        shape = list(self.array.shape)
        shape[self.axis] = self.batch.size
        return tuple(shape)

    @property
    def T(self) -> Rows:  # noqa: N802 - NumPy's name
        """The transpose."""
        return Rows(self.batch, self.array.T, -1 - self.ndim - self.axis)

    @property
    def counted(self) -> Any:
        """The array, with zeros for rows that only fill up the shard."""
        there = self.batch.there
        if there is None:
            return self.array
        return jnp.where(there.reshape(-1, *(1,) * (-1 - self.axis)), self.array, 0)

    def __getitem__(self, key: Any) -> Rows:
        if key == (slice(None), None) and self.ndim == 1:
            return Rows(self.batch, self.array[:, None], -2)
        raise WholeBatchError("takes single rows or columns of an array")

    def __bool__(self) -> bool:
        raise WholeBatchError("branches on the values of its rows")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise WholeBatchError(f"uses {name!r} of an array of rows")


class Total(Computed):
    """A sum over the batch's rows, times a number: it is used as the array that it stands for.

    `part` is the sum over the shard's rows.
    """

    def __init__(self, batch: ShardedBatch, part: Any, factor: float = 1.0) -> None:
        super().__init__(batch)
        self.part, self.factor = part, factor
        self.added: Any = None
        batch.waiting.append(self)

    @property
    def array(self) -> Any:
        """The sum over all shards."""
        if self.added is None:
            self.batch.add_what_waits()
        return self.added

    def __getitem__(self, key: Any) -> Any:
        return self.array[key]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.array, name)


ENTRYWISE = (
    "exp", "expm1", "log", "sqrt", "tanh", "absolute", "sign", "maximum", "minimum", "where",
    "ones_like", "expit", "softplus", "ndtr",
)  # fmt: skip
"""The primitives that compute entry by entry."""


class ShardedBatch:
    """The namespace of a batch of `size` rows, read for one of its shards.

    Parameters
    ----------
    size : int
        N.
    there : (rows of a shard,) or None
        Which rows there are beside those that fill up the shard; None for all.
    added : function of a list of arrays
        Returns the sum of each over all shards.
    """

    def __init__(self, size: int, there: Any, added: Callable[[list[Any]], list[Any]]) -> None:
        self.size, self.there, self.added = size, there, added
        self.waiting: list[Total] = []

    def rows(self, array: Any) -> Rows:
        """Return values of the shard's rows, (rows of a shard, ...), as the batch's."""
        return Rows(self, array, -array.ndim)

    def whole(self, value: Any) -> Any:
        """Return what has no entries for single rows, as an array."""
        if isinstance(value, Rows):
            raise WholeBatchError("has values of single rows among its gradients or in its state")
        return value.array if isinstance(value, Total) else value

    def add_what_waits(self) -> None:
        """Add the parts of all totals that nobody has asked for yet."""
        waiting, self.waiting = self.waiting, []
        sums = self.added([total.part for total in waiting])
        for total, one in zip(waiting, sums, strict=True):
            total.added = one if total.factor == 1.0 else one * total.factor

    def entrywise(self, function: Callable[..., Any], *values: Any) -> Any:
        """Return a function of values of rows and of others, entry by entry."""
        known = [_known(one) for one in values]
        axes = {one.axis for one in known if isinstance(one, Rows)}
        if not axes:
            return function(*known)
        if len(axes) > 1:
            raise WholeBatchError("combines rows with columns")
        (axis,) = axes
        for one in known:
            if isinstance(one, Rows) or np.ndim(one) < -axis or np.shape(one)[axis] == 1:
                continue
            raise WholeBatchError("combines rows with an array that has an entry for each row")
        return Rows(self, function(*map(_of_shard, known)), axis)

    def product(self, a: Any, b: Any) -> Any:
        """Return a @ b. A product over the rows is a total."""
        a, b = _known(a), _known(b)
        of_a, of_b = isinstance(a, Rows), isinstance(b, Rows)
        over_a, over_b = of_a and a.axis == -1, of_b and b.axis == -min(b.ndim, 2)
        if over_a and over_b:
            return Total(self, a.array @ b.counted)
        if over_a or over_b or (of_a and of_b):
            raise WholeBatchError("multiplies rows with each other")
        product = _of_shard(a) @ _of_shard(b)
        if of_a:
            return Rows(self, product, a.axis if np.ndim(b) > 1 else -1)
        return Rows(self, product, -1) if of_b else product

    def sum(self, z: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the sum over rows (axis 0), within them (1) or of all."""
        return self._reduced(jnp.sum, z, axis, keepdims)

    def mean(self, z: Any, axis: int | None = None, keepdims: bool = False) -> Any:
        """Return the mean over rows (axis 0), within them (1) or of all."""
        return self._reduced(jnp.mean, z, axis, keepdims)

    def softmax(self, o: Any) -> Any:
        """Return softmax(o) within each row."""
        return self._within_rows(reading.softmax, o)

    def log_softmax(self, o: Any) -> Any:
        """Return ln softmax(o) within each row."""
        return self._within_rows(reading.log_softmax, o)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in ENTRYWISE:
            raise AttributeError(
                f"xp has no {name!r}: clearprop.readings lists what definitions may use"
            )
        return partial(self.entrywise, getattr(reading, name))

    def _reduced(self, function: Any, z: Any, axis: int | None, keepdims: bool) -> Any:
        z = _known(z)
        if not isinstance(z, Rows):
            return function(z, axis=axis, keepdims=keepdims)
        before = z.ndim + z.axis  # so many axes stand before that of the rows
        if axis is None or axis % z.ndim == before:
            part = jnp.sum(z.counted, axis=axis, keepdims=keepdims)
            count = math.prod(z.shape) if axis is None else self.size
            return Total(self, part, 1.0 if function is jnp.sum else 1.0 / count)
        left = z.axis + (axis % z.ndim > before and not keepdims)
        return Rows(self, function(z.array, axis=axis, keepdims=keepdims), left)

    def _within_rows(self, function: Callable[[Any], Any], o: Any) -> Any:
        o = _known(o)
        if not isinstance(o, Rows):
            return function(o)
        if o.axis == -1:
            raise WholeBatchError("takes the softmax over rows")
        return Rows(self, function(o.array), o.axis)


def _known(value: Any) -> Any:
    """Return the array that a total stands for; anything else as it is."""
    return value.array if isinstance(value, Total) else value


def _of_shard(value: Any) -> Any:
    return value.array if isinstance(value, Rows) else value
