"""The networks of one table: probes that hold rows out, then members that train on all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from clearprop.engines.threads import allowed_processors, one_threaded_blas
from clearprop.tables.callbacks import MemberCallbacks
from clearprop.tables.one_member import Job, smoothed, train_member
from clearprop.tables.recipe import ALL, PARTS, WITHOUT_PIECES
from clearprop.tables.task import Member, MemberTask, Watcher
from clearprop.training.outcome import NO_EPOCH

WHOLE = 0.75
"""A best epoch after this part of all epochs is taken for the last one."""

CLEARLY = 0.1
"""Numbers: members see the inputs without pieces where their probes' loss is less than that of all
inputs by this part of it.
"""

KEPT = 0.03
"""Probes of the other inputs stay where their loss is greater by no more than this part."""

KEPT_EARLY = 0.1
"""The same for single probes where training had to end before all of them were done."""


def train_members(
    task: MemberTask, watcher: Watcher, n_jobs: int | None, told: MemberCallbacks | None = None
) -> list[Member]:
    """Return the trained members: the probes first.

    Probes hold a part of the rows out and keep their best epoch. Those of the better inputs
    stay, and those of the others too where they are nearly as good. The further members train on
    all rows for as long as the probes say. Where time runs out, after a signal, or where a
    callback ends the fit, the members that are done are returned; a member that was cut short only
    where there is no better one.

    Raises
    ------
    KeyboardInterrupt
        If a signal came before any member had trained for an epoch.
    """
    found = _trained(task, watcher, told, n_jobs or allowed_processors())
    if watcher.stopped_too_early or not found:
        raise KeyboardInterrupt(NO_EPOCH)
    return found


def _trained(
    task: MemberTask, watcher: Watcher, told: MemberCallbacks | None, workers: int
) -> list[Member]:
    probes = task.recipe.probes
    if not probes:
        jobs = [Job(ALL, k, k, 1.0) for k in range(task.recipe.members)]
        return _several(task, watcher, told, workers, jobs)
    first = task.first_probes
    found = _choosing(task, watcher, told, workers)
    tried = first * len(task.inputs)
    if watcher.ends_all():
        least = min((member.score for member in found), default=np.nan)
        return [m for m in found if m.score <= least + KEPT_EARLY * abs(least)]
    probed = [kind for kind in task.inputs if any(member.inputs == kind for member in found)]
    scores = {
        kind: float(np.mean([member.score for member in found if member.inputs == kind]))
        for kind in probed  # in their order, which decides between equal scores
    }
    best = _better(task, scores)
    more = [Job(best, k, tried + k - first, None) for k in range(first, probes)]
    found += _several(task, watcher, told, workers, more)
    tried += len(more)
    of_best = [member for member in found if member.inputs == best]
    rows = task.rows
    epochs = task.recipe.epochs(rows - rows // PARTS)
    part = part_to_train(of_best, epochs)
    kept = [m for m in found if scores[m.inputs] <= scores[best] + KEPT * abs(scores[best])]
    rest = [
        Job(best, probes + k, tried + k, part) for k in range(task.recipe.members - len(of_best))
    ]
    return kept + _several(task, watcher, told, workers, rest)


def _choosing(
    task: MemberTask, watcher: Watcher, told: MemberCallbacks | None, workers: int
) -> list[Member]:
    """Return the probes that choose the inputs.

    For classes all are trained at the same time. For numbers those without pieces come later, as
    each is compared with the probe of all inputs that holds the same rows out.
    """
    first = task.first_probes
    if task.classifies:
        pairs = [(kind, k) for k in range(first) for kind in task.inputs]
        jobs = [Job(kind, k, place, None) for place, (kind, k) in enumerate(pairs)]
        return _several(task, watcher, told, workers, jobs)
    of_all = [Job(ALL, k, k, None) for k in range(first)]
    found = _several(task, watcher, told, workers, of_all)
    if WITHOUT_PIECES not in task.inputs or (found and watcher.ends_all()):
        return found
    rivals = [member.held_out_curve for member in found] or [()] * first
    plain = [Job(WITHOUT_PIECES, k, first + k, None, rival) for k, rival in enumerate(rivals)]
    return found + _several(task, watcher, told, workers, plain)


def _better(task: MemberTask, scores: Mapping[str, float]) -> str:
    """Return the inputs that the further members see.

    For numbers these are all, unless those without pieces are clearly better.
    """
    if task.classifies or ALL not in scores:
        return min(scores, key=lambda kind: scores[kind])
    enough = scores[ALL] - CLEARLY * abs(scores[ALL])
    others = [kind for kind in scores if scores[kind] < enough]
    return min(others, key=lambda kind: scores[kind], default=ALL)


def _several(
    task: MemberTask,
    watcher: Watcher,
    told: MemberCallbacks | None,
    workers: int,
    jobs: Sequence[Job],
) -> list[Member]:
    """Return the members of these jobs in their order, without those that were not trained."""

    def run(job: Job) -> Member | None:
        if job is not jobs[0] and watcher.ends_all():
            return None
        try:
            return train_member(task, watcher, told, job)
        except BaseException:
            watcher.stop.set()  # the other threads need not go on
            raise

    with one_threaded_blas():  # once, not for each epoch
        if workers == 1 or len(jobs) < 2:
            made = [run(job) for job in jobs]
        else:
            with ThreadPoolExecutor(workers) as pool:
                made = list(pool.map(run, jobs))
    return [member for member in made if member is not None]


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
