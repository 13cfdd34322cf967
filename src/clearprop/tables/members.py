"""The networks of one table: probes that hold rows out, then members that train on all rows."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.definitions.optimizers import AdamW
from clearprop.definitions.schedules import OneCycle, Truncated
from clearprop.engines.threads import allowed_processors
from clearprop.tables.calibration import RefinedLogLoss
from clearprop.tables.recipe import PARTS
from clearprop.tables.task import ALL, Member, MemberTask, Watcher
from clearprop.training.loop import NO_EPOCH
from clearprop.training.stopping import EarlyStopping
from clearprop.training.train import train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.definitions.layer import Tree
    from clearprop.definitions.layers import Chain

SMOOTHED_EPOCHS = 3
"""The monitored loss is averaged over so many epochs before the least is looked for."""

WHOLE = 0.75
"""A best epoch after this part of all epochs is taken for the last one."""

ANNEALED = 1.5
"""Classes: after an early best epoch the members train so many times as long, rate down to 0."""

PATIENCE, PATIENCE_OF_CLASSES, PATIENCE_OF_NUMBERS = 8, 0.3, 0.5
"""Epochs without a better loss before a probe ends, or this part of its epochs."""


def train_members(task: MemberTask, watcher: Watcher, n_jobs: int | None) -> list[Member]:
    """Return the trained members: the probes first.

    Probes hold a part of the rows out and keep their best epoch. Those of the better inputs
    stay, and those of the others too where they are nearly as good. The further members train on
    all rows for as long as the probes say. Where time runs out, or after a signal, the members
    that are done are returned; a member that was cut short only where there is no better one.

    Raises
    ------
    KeyboardInterrupt
        If a signal came before any member had trained for an epoch.
    """
    found = _trained(task, watcher, n_jobs)
    if watcher.stopped_too_early or not found:
        raise KeyboardInterrupt(NO_EPOCH)
    return found


def _trained(task: MemberTask, watcher: Watcher, n_jobs: int | None) -> list[Member]:
    workers = n_jobs or allowed_processors()
    probes = task.recipe.probes
    if not probes:
        jobs = [(ALL, k, 1.0) for k in range(task.recipe.members)]
        return _several(task, watcher, workers, jobs)
    tried = [(kind, k, None) for k in range(probes) for kind in task.inputs]
    found = _several(task, watcher, workers, tried)
    if watcher.ends:
        least = min((member.score for member in found), default=np.nan)
        return [m for m in found if m.score <= least + KEPT_EARLY * abs(least)]
    scores = {
        kind: np.mean([member.score for member in found if member.inputs == kind])
        for kind in {member.inputs for member in found}
    }
    best = min(scores, key=lambda kind: scores[kind])
    of_best = [member for member in found if member.inputs == best]
    rows = len(task.targets)
    epochs = task.recipe.epochs(rows - rows // PARTS)
    part = part_to_train(of_best, epochs)
    kept = [m for m in found if scores[m.inputs] <= scores[best] + KEPT * abs(scores[best])]
    rest = [(best, probes + k, part) for k in range(task.recipe.members - len(of_best))]
    return kept + _several(task, watcher, workers, rest)


KEPT = 0.03
"""Probes of the other inputs stay where their loss is greater by no more than this part."""

KEPT_EARLY = 0.1
"""The same for single probes where training had to end before all of them were done."""

Job = tuple[str, int, float | None]
"""Which inputs, the member's number, and the part of all epochs; None for a probe."""


def _several(task: MemberTask, watcher: Watcher, workers: int, jobs: Sequence[Job]) -> list[Member]:
    """Return the members of these jobs in their order, without those that were not trained."""

    def run(job: Job) -> Member | None:
        if watcher.ends and job is not jobs[0]:
            return None
        return _member(task, watcher, *job)

    if workers == 1 or len(jobs) < 2:
        made = [run(job) for job in jobs]
    else:
        with ThreadPoolExecutor(workers) as pool:
            made = list(pool.map(run, jobs))
    return [member for member in made if member is not None]


def _member(
    task: MemberTask, watcher: Watcher, inputs: str, number: int, part: float | None
) -> Member | None:
    """Train one member; None where it had to end before it was of use."""
    recipe, probe = task.recipe, part is None
    rng = np.random.default_rng([task.seed, number, list(task.inputs).index(inputs)])
    held_out = np.flatnonzero(task.parts == number % PARTS) if probe else np.zeros(0, np.intp)
    seen = np.flatnonzero(task.parts != number % PARTS) if probe else None
    x, t, w = _rows(task, inputs, seen)
    epochs, schedule = _plan(task, len(t), part)
    more: dict[str, Any] = {}
    if probe:
        monitor = "refined" if task.refined else "validation_loss"
        part_waited = PATIENCE_OF_CLASSES if task.classifies else PATIENCE_OF_NUMBERS
        patience = max(PATIENCE, part_waited * epochs)
        more["validation_data"] = _rows(task, inputs, held_out)
        more["early_stopping"] = EarlyStopping(monitor, patience, tolerance=0.0)
        if task.refined:
            more["metrics"] = {"refined": RefinedLogLoss(more["validation_data"][2])}
    network = task.network(inputs)
    try:
        result = train(
            network, task.loss, _start(network, task, rng), x, t,
            sample_weight=w,
            optimizer=AdamW(recipe.learning_rate, recipe.weight_decay, 0.9, recipe.beta_2),
            schedule=schedule,
            epochs=epochs,
            batch_size=recipe.batch(len(t)),
            seed=int(rng.integers(2**31)),
            on_epoch=watcher,
            **more,
        )  # fmt: skip
    except KeyboardInterrupt:
        watcher.stop.set()
        return None
    if result.reason in ("callback", "interrupted") and not probe and number:
        return None  # cut short: the others are better
    member = Member(
        result.params, inputs, len(result.history), held_out, len(held_out),
        tuple(result.history.loss),
    )  # fmt: skip
    if not probe:
        return member
    curve = result.history.metrics[monitor]
    score = float(np.nanmin(smoothed(np.array(curve))))
    return replace(member, held_out_curve=tuple(curve), score=score)


def part_to_train(probes: Sequence[Member], epochs: int) -> float:
    """Return the part of all epochs that members train for on all rows, as probes say.

    It ends where the mean of the probes' smoothed losses is least.
    """
    longest = max(len(probe.held_out_curve) for probe in probes)
    curves = [
        np.pad(smoothed(np.array(p.held_out_curve)), (0, longest - len(p.held_out_curve)), "edge")
        for p in probes
    ]
    best = int(np.nanargmin(np.mean(curves, axis=0)))
    part = min((best + 1) / epochs, 1.0)
    return 1.0 if part > WHOLE else part


def _rows(task: MemberTask, inputs: str, rows: NDArray[np.intp] | None) -> tuple[Any, Any, Any]:
    x, t, w = task.inputs[inputs], task.targets, task.weights
    if rows is None:
        return x, t, w
    return x[rows], t[rows], None if w is None else w[rows]


def _plan(task: MemberTask, rows: int, part: float | None) -> tuple[int, Any]:
    """Return for how many epochs, and on what schedule, a member trains."""
    recipe = task.recipe
    epochs = recipe.epochs(rows)
    schedule = OneCycle(rise=recipe.rise, start=0.01, final=0.0)
    if part is None or part == 1.0:
        return epochs, schedule
    if task.classifies:
        return max(2, round(epochs * part * ANNEALED)), schedule
    return max(1, round(epochs * part)), Truncated(schedule, part)


def _start(network: Chain, task: MemberTask, rng: np.random.Generator) -> Tree:
    params = network.init(rng, np.float32)
    if task.prior is not None:
        last = list(params)[-1]
        params[last]["b"] = task.prior.astype(np.float32)
    return params


def smoothed(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of each epoch and its neighbours; the ends are repeated."""
    width = min(SMOOTHED_EPOCHS, len(curve))
    padded = np.pad(curve, (width // 2, width - 1 - width // 2), mode="edge")
    return np.convolve(padded, np.ones(width) / width, "valid")
