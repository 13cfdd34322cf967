"""Checks of the signal through the layers, and of the steps' length."""

from __future__ import annotations

import math
from collections.abc import Iterator

from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy
from clearprop.definitions.optimizers import SGD
from clearprop.health.curves import JUMPS, grown_from, jumps
from clearprop.health.record import TrainingRecord
from clearprop.health.signs import Sign
from clearprop.health.vitals import LayerVitals, Vitals
from clearprop.writing.numbers import shown

TIMES_CHANCE = 10.0
"""A first loss of more than so many times that of chance is told. Ours.

Weights whose outputs are small beside 1 start within some tenths of it; deep residual networks of
Glorot's weights with up to five times.
"""

APART = 1e3
"""The error signal has vanished or exploded if it changed by so much through the layers. Ours.

The first layer then learns a thousand times slower, or faster, than the last.
"""

GOOD_RATIO = 1e-3
"""A good size of update / weights. Source: Karpathy, cs231n notes."""

LARGE, SMALL = 100 * GOOD_RATIO, GOOD_RATIO / 100
"""Updates of more, or less, of the weights' length are told: 100 times the rule of thumb. Ours."""

HARDLY = 0.01
"""Small updates are told if the whole training lowered the loss by less than this part."""


def first_loss(record: TrainingRecord) -> Iterator[Sign]:
    """Yield a first loss far above that of equal probabilities, with unweighted rows."""
    before, loss = record.before, record.task.loss
    if before is None or before.steps or record.rows.weights is not None:
        return
    outputs = record.rows.t.shape[1]
    if isinstance(loss, CrossEntropy):
        chance, told = math.log(outputs), f"ln {outputs}"
    elif isinstance(loss, BinaryCrossEntropy):
        chance = outputs * math.log(2)
        told = "ln 2" if outputs == 1 else f"{outputs} ln 2"
    else:
        return
    if before.loss > TIMES_CHANCE * chance > 0:
        what = f"the first loss is {shown(before.loss, 3)}, that of chance is {told} = "
        yield Sign("", what + shown(chance, 3), before.loss / chance, "start")


def vanishing(record: TrainingRecord) -> Iterator[Sign]:
    """Yield an error signal that shrinks by `APART` from the last Dense layer to the first."""
    for at, vitals in (("start", record.before), ("end", record.after)):
        if vitals is not None and (ends := _dense_ends(vitals)) is not None:
            first, last = ends
            if first.signal * APART < last.signal:
                yield _changed("shrinks", first, last, at)
                return


def exploding(record: TrainingRecord) -> Iterator[Sign]:
    """Yield an error signal that grows by `APART` from the last Dense layer to the first.

    In the first step only: weights that ran away later have other causes.
    """
    if record.before is not None and (ends := _dense_ends(record.before)) is not None:
        first, last = ends
        if first.signal > APART * last.signal:
            yield _changed("grows", first, last, "start")


def _dense_ends(vitals: Vitals) -> tuple[LayerVitals, LayerVitals] | None:
    """Return the first and the last Dense layer, where there are two and an error arrives."""
    dense = [one for one in vitals.layers if one.kind == "Dense"]
    return (dense[0], dense[-1]) if len(dense) > 1 and dense[-1].signal > 0 else None


def _changed(word: str, first: LayerVitals, last: LayerVitals, at: str) -> Sign:
    what = (
        f"the error signal {word} from {shown(last.signal, 2)} at {last.path} to "
        f"{shown(first.signal, 2)} at {first.path}"
    )
    return Sign(first.path, what, first.signal / last.signal, at)


def large_updates(record: TrainingRecord) -> Iterator[Sign]:
    """Yield the layer that a step changes most, if by more than `LARGE` of its weights."""
    if record.rate is None:
        return
    ratios = [(one.ratio, one.path) for one in record.after.layers if one.ratio is not None]
    ratio, path = max(ratios, default=(0.0, ""))
    if LARGE < ratio < math.inf:
        yield Sign(path, f"a step changes {path} by {shown(ratio, 2)} of its weights", ratio)


def small_updates(record: TrainingRecord) -> Iterator[Sign]:
    """Yield updates below `SMALL` of the weights in all layers, if the loss hardly fell."""
    ratios = [one.ratio for one in record.after.layers if one.ratio is not None]
    if record.rate is None or not ratios or len(record.loss) < 2 or not record.loss[0] > 0:
        return
    fell = 1 - min(record.loss) / record.loss[0]
    if max(ratios) < SMALL and fell < HARDLY:
        what = (
            f"a step changes no layer by more than {shown(max(ratios), 2)} of its weights, and "
            f"{len(record.loss)} epochs lowered the loss by {shown(100 * fell, 2)} %"
        )
        yield Sign("", what, max(ratios))


def steep(record: TrainingRecord) -> Iterator[Sign]:
    """Yield a learning rate of SGD above the limit that curvature sets, if the loss overshoots."""
    optimizer, rate = record.task.optimizer, record.rate
    if rate is None or not isinstance(optimizer, SGD) or not _overshoots(record):
        return
    bends, at = record.curvature
    if not bends > 0:
        return
    limit = stable_limit(optimizer) / bends
    if rate > limit:
        what = f"η {shown(rate, 3)} is above 2 / curvature = {shown(limit, 2)} along the gradient"
        yield Sign("", what, rate / limit, at)


def stable_limit(optimizer: SGD) -> float:
    """Return the largest η · curvature at which descent on a quadratic does not grow.

    2 for plain steps, 2 (1 + μ) with momentum, 2 (1 + μ) / (1 + 2 μ) with Nesterov's. Source: Cohen
    et al. 2021, "Gradient descent on neural networks typically occurs at the edge of stability",
    section 2 and appendix B.
    """
    momentum = optimizer.momentum
    return 2 * (1 + momentum) / (1 + 2 * momentum if optimizer.nesterov else 1)


def noisy(record: TrainingRecord) -> Iterator[Sign]:
    """Yield batches that are small beside the noise scale of the gradient, if the loss jumps."""
    noise = record.after.noise
    if record.rate is None or noise is None or grown_from(record.loss) is not None:
        return
    if jumps(record.loss) < JUMPS:
        return
    if record.batch_size < noise:
        scale = "more than the sample can tell" if math.isinf(noise) else shown(noise, 2)
        what = f"a batch has {record.batch_size} rows, the gradient's noise scale is {scale} rows"
        yield Sign("", f"the loss jumps: {what}", noise / record.batch_size)


def grows(record: TrainingRecord) -> Iterator[Sign]:
    """Yield a loss that has grown from its lowest, or jumps."""
    lowest = grown_from(record.loss)
    if lowest is not None:
        least, last = record.loss[lowest - 1], record.loss[-1]
        what = f"the loss has grown from {shown(least, 3)} at epoch {lowest} to {shown(last, 3)}"
        yield Sign(f"epoch {lowest}", what, last / least if least > 0 else math.inf, "incident")
    elif (count := jumps(record.loss)) >= JUMPS:
        what = f"the loss rose visibly in {count} of the last 20 epochs"
        yield Sign("", what, float(count))


def _overshoots(record: TrainingRecord) -> bool:
    return grown_from(record.loss) is not None or jumps(record.loss) >= JUMPS


def not_finite(record: TrainingRecord) -> Iterator[Sign]:
    """Yield the number that was not finite."""
    if record.failure:
        yield Sign("", record.failure.what, math.nan, "incident")
