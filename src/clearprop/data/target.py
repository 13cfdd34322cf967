"""Infer the task from a target, and scale regression targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.files.document import a_number, a_positive_number, checked
from clearprop.files.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from clearprop.data.dataset import Task

MOST_INTEGER_CLASSES = 20
"""With more different integers than these, a target is taken for a quantity."""


def infer_task(y: ArrayLike) -> Task:
    """Return whether a target has classes or a quantity.

    Texts and booleans are classes. Numbers with fractions are quantities. Whole numbers, stored
    as integers or not, are classes if there are at most ``MOST_INTEGER_CLASSES`` different ones
    and each stands for two rows or more on average, or if there are exactly two.

    Parameters
    ----------
    y
        The target (N,), without missing values.

    Returns
    -------
    str
        "classification" or "regression".

    Raises
    ------
    DataError
        When `y` is not one column of finite numbers, booleans or texts, or is empty.

    Examples
    --------
    >>> infer_task(["cat", "dog", "cat"]), infer_task([0, 1, 1, 0]), infer_task([1.5, 2.0, 3.0])
    ('classification', 'classification', 'regression')
    """
    values = np.asarray(y)
    if values.ndim != 1 or not values.size:
        raise DataError(f"a target is one column of values, not an array of shape {values.shape}.")
    if values.dtype == object:
        values = np.array(values.tolist())
    if values.dtype.kind in "Ub":
        return "classification"
    _require_finite(values)
    if (values % 1 != 0).any():
        return "regression"
    different = np.unique(values).size
    few = different <= MOST_INTEGER_CLASSES and 2 * different <= values.size
    return "classification" if few or different == 2 else "regression"


def _require_finite(values: NDArray[Any]) -> None:
    if values.dtype.kind not in "iuf":
        raise DataError(f"a target holds numbers, booleans or texts, not {values.dtype}.")
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        raise DataError(f"row {wrong[0] + 1}: the target {values[wrong[0]]} is not finite.")


@dataclass(frozen=True)
class TargetEncoder:
    """Scale a regression target to mean 0 and standard deviation 1, and back.

    Attributes
    ----------
    mean
        What is subtracted from a target.
    sd
        What it is then divided by: the standard deviation of the training targets, with divisor N.
    """

    mean: float
    sd: float

    @classmethod
    def fit(cls, y: ArrayLike) -> TargetEncoder:
        """Return the encoder for these training targets.

        Raises
        ------
        DataError
            When they are not finite numbers (N,), or all the same.

        Examples
        --------
        >>> TargetEncoder.fit([1.0, 3.0])
        TargetEncoder(mean=2.0, sd=1.0)
        """
        values = np.asarray(y)
        if values.ndim != 1 or not values.size:
            raise DataError(f"a target is one column of values, not of shape {values.shape}.")
        _require_finite(values)
        values = values.astype(np.float64)
        with np.errstate(over="ignore", invalid="ignore"):
            mean, sd = float(values.mean()), float(values.std())
        if values.min() == values.max():
            raise DataError(f"the target is {values[0]} in every row: there is nothing to learn.")
        if not 0 < sd < np.inf:
            raise DataError(f"the target cannot be scaled: its standard deviation becomes {sd}.")
        return cls(mean, sd)

    def encode(self, y: ArrayLike) -> NDArray[np.float64]:
        """Return the targets as the network sees them: (y - mean) / sd."""
        return (np.asarray(y, dtype=np.float64) - self.mean) / self.sd

    def decode(self, output: ArrayLike) -> NDArray[np.float64]:
        """Return targets from a network's outputs: output * sd + mean."""
        return np.asarray(self.decoded(np.asarray(output, dtype=np.float64)))

    def decoded(self, output: Any) -> Any:
        """Return the same for outputs of any kind that has arithmetic."""
        return output * self.sd + self.mean

    def describe(self) -> list[str]:
        """Return sentences on how the target is scaled."""
        return [f"standardised the target (mean {self.mean:.6g}, sd {self.sd:.6g})"]

    def to_document(self) -> dict[str, Any]:
        """Return the encoder as strict JSON, from which :meth:`from_document` makes it again."""
        return {"mean": self.mean, "sd": self.sd}

    @classmethod
    def from_document(cls, document: object) -> TargetEncoder:
        """Return the encoder that a document describes.

        Raises
        ------
        DataError
            When the document is not one of :meth:`to_document`.
        """
        fields = checked(document, "the target", {"mean": a_number, "sd": a_positive_number})
        return cls(**fields)
