"""Tables and texts with many zeros, and one set without: everybody's seconds for some epochs.

Adult has an input for each category, SMS messages one for each word, letter has numbers only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

import real_sets
from cases import Case
from measure import Measured
from real import measure_real
from real_sets import Split
from report import Table
from running import Conditions


class Work(NamedTuple):
    """A set, the hidden layers, and how it is trained.

    Two classes are two independent outputs: scikit-learn has no softmax over two.
    """

    title: str
    load: Callable[[], Split]
    hidden: tuple[int, ...]
    batch: int
    epochs: int
    loss: str


WORK = {
    "adult": Work("adult, one input a category", real_sets.adult, (128, 64), 256, 10, "labels"),
    "sms": Work("SMS spam, TF-IDF, sparse", real_sets.sms_spam, (64,), 64, 10, "labels"),
    "letter": Work("letter, numbers only", real_sets.letter, (128,), 128, 20, "classes"),
}


def measure_zeros(
    name: str, names: Sequence[str], conditions: Conditions, repeats: int
) -> tuple[Table, list[Measured]]:
    """Return the table of one set and what is in it."""
    work, split = WORK[name], WORK[name].load()
    labels, y = np.unique(split.y, return_inverse=True)
    split = replace(split, y=y, y_test=np.searchsorted(labels, split.y_test))
    widths = (split.X.shape[1], *work.hidden, len(labels))
    case = Case(widths, work.batch, split.X.shape[0], loss=work.loss, shuffle=True)
    return measure_real(work.title, split, case, work.epochs, names, conditions, repeats)
