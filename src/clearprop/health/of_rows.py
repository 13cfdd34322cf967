"""Checks of the rows: overfitting, labels that look wrong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy
from clearprop.health.curves import overfitting
from clearprop.health.record import TrainingRecord
from clearprop.health.signs import Sign
from clearprop.readings import numpy as xp
from clearprop.writing.numbers import figure

UNLIKELY = 0.01
"""A label is unlikely if the network gives it less than this probability."""

FAR_APART = 3.0
"""Standard errors between two figures that chance exceeds once in 370 trainings."""

FEWEST_LABELS, MANY_LABELS = 5, 0.01
"""So many rows, and this part of all, have to have such labels. Ours."""

OVERCONFIDENT = 0.05
"""The network is believed if its mean probability of the other rows' answers exceeds the part of
them that is right by no more than this. Ours."""

MOST_NAMED = 5
"""So many rows are named, and opened."""


def overfits(record: TrainingRecord) -> Iterator[Sign]:
    """Yield since when the validation loss rises, unless the weights before that are kept."""
    turn = overfitting(record.loss, record.validation_loss)
    if turn is not None and not record.restored:
        what = (
            f"since epoch {turn.epoch} the validation loss rose from {figure(turn.lowest)} to "
            f"{figure(turn.now)} while the training loss went on falling"
        )
        yield Sign(f"epoch {turn.epoch}", what, turn.now / turn.lowest, "")


def wrong_labels(record: TrainingRecord) -> Iterator[Sign]:
    """Yield rows whose label stays improbable, where the network is sure of another class.

    A row is one of them if its label has less than `UNLIKELY` probability after training, and the
    likeliest class k has at least t_k, the mean probability of k in the rows of class k. Source of
    t_k: Northcutt, Jiang and Chuang 2021, "Confident learning", eq. 2.
    """
    if not isinstance(record.task.loss, CrossEntropy | BinaryCrossEntropy) or not record.loss:
        return
    if record.rows.weights is not None:  # probabilities of weighted rows are not those of labels
        return
    p, t = probabilities(record), record.rows.t
    if isinstance(record.task.loss, BinaryCrossEntropy):
        if t.shape[1] > 1:
            return
        p, t = np.hstack([1 - p, p]), np.hstack([1 - t, t])
    if not ((t == 1).sum(axis=1) == 1).all():
        return
    label, answer = t.argmax(axis=1), p.argmax(axis=1)
    own, best = p[np.arange(len(p)), label], p.max(axis=1)
    usual = (p * t).sum(axis=0) / np.maximum(t.sum(axis=0), 1)
    wrong = (own < UNLIKELY) & (best >= usual[answer])
    rest = ~wrong
    count = int(wrong.sum())
    if count < max(FEWEST_LABELS, MANY_LABELS * len(p)) or not rest.any():
        return
    if best[rest].mean() - (label == answer)[rest].mean() > OVERCONFIDENT:
        return
    found = np.flatnonzero(wrong)
    named = found[np.argsort(own[found], kind="stable")][:MOST_NAMED].tolist()
    told = ", ".join(str(place) for place in record.places[named].tolist())
    more = f" and {count - len(named)} more" if count > len(named) else ""
    what = (
        f"{count} of {len(p)} rows have a label of less than 1 % probability after training, "
        f"beside a class that is as probable as it is in its own rows: rows {told}{more}"
    )
    yield Sign(f"rows {told}", what, count / len(p), "end", named)


def probabilities(record: TrainingRecord) -> np.ndarray:
    """Return what the network predicts for the kept rows (N, K), where training ended."""
    task, end = record.task, record.end
    with np.errstate(all="ignore"):
        outputs, _ = task.network.forward(
            xp, task.layout.unpack(end.params), record.rows.x,
            task.network.recall(end.network_state),
        )  # fmt: skip
        return np.asarray(task.loss.link(xp, outputs), np.float64)
