"""One network of a table: a probe that holds rows out, or a member that trains on all rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from clearprop.definitions.parameters import Layout
from clearprop.definitions.schedules import OneCycle, Truncated
from clearprop.estimators.followed import asked_of
from clearprop.health.sample import MOST_ROWS
from clearprop.tables.calibration import RefinedLogLoss
from clearprop.tables.callbacks import MemberCallbacks, MemberTraining, OneMember
from clearprop.tables.recipe import PARTS
from clearprop.tables.task import Member, MemberTask, Watcher
from clearprop.training.following import FollowedRun, Follower
from clearprop.training.stopping import EarlyStopping
from clearprop.training.train import train

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.definitions.layer import Tree
    from clearprop.definitions.layers import Chain
    from clearprop.training.watch import EpochReport

SMOOTHED_EPOCHS = 3
"""The monitored loss is averaged over so many epochs before the least is looked for."""

ANNEALED = 1.5
"""Classes: after an early best epoch the members train so many times as long, rate down to 0."""

PATIENCE, PATIENCE_OF_CLASSES, PATIENCE_OF_NUMBERS = 8, 0.3, 0.5
"""Epochs without a better loss before a probe ends, or this part of its epochs."""


JUDGED, HOPELESS = 0.3, 0.1
"""A probe with a rival ends after this part of its epochs where its least loss so far is greater
than the rival's was by this part of it.
"""


class Job(NamedTuple):
    """A member to train.

    Attributes
    ----------
    inputs
        Which inputs it sees.
    number
        Its number, from 0; for each of the inputs there is a probe of this number.
    place
        Its place among all members that are trained, from 0.
    part
        The part of all epochs that it trains for; None for a probe.
    rival
        For a probe, the losses after each epoch of a probe of other inputs that holds the same
        rows out.
    """

    inputs: str
    number: int
    place: int
    part: float | None
    rival: tuple[float, ...] = ()


def train_member(
    task: MemberTask, watcher: Watcher, told: MemberCallbacks | None, job: Job
) -> Member | None:
    """Train one member; None where it had to end before it was of use."""
    recipe, probe = task.recipe, job.part is None
    rng = np.random.default_rng([task.seed, job.number, list(task.inputs).index(job.inputs)])
    held_out = np.flatnonzero(task.parts == job.number % PARTS) if probe else np.zeros(0, np.intp)
    seen = np.flatnonzero(task.parts != job.number % PARTS) if probe else None
    if task.streamed is None:
        x, t, w = _rows(task, job.inputs, seen)
    else:
        x, t, w = task.streamed.without(job.inputs, held_out), None, None
    rows = len(x) if task.streamed is not None else len(t)
    epochs, schedule = _plan(task, rows, job.part)
    network = task.network(job.inputs)
    start = _start(network, task, rng)
    begun = Member(start, job.inputs, 0, held_out, len(held_out))
    heard = _Heard(
        watcher, begun, monitor_of(task) if probe else None, job.place,
        followers=watcher.followers, rival=job.rival, judged=max(1, round(JUDGED * epochs)),
    )  # fmt: skip
    if told is not None:
        heard.followers = (*watcher.followers, *told.followers)
        heard.names = told.names_of(job.inputs)
        training = MemberTraining(job.inputs, len(held_out), epochs)
        heard.one = told.member_begins(job.place, training)
    try:
        result = train(
            network, task.loss, start, x, t,
            sample_weight=w,
            optimizer=recipe.optimizer(job.inputs),
            schedule=schedule,
            epochs=epochs,
            batch_size=recipe.batch(rows),
            seed=int(rng.integers(2**31)),
            engine=task.engine,
            on_epoch=heard,
            **task.kept(job.place),
            **(_held_out(task, job.inputs, held_out, epochs) if probe else {}),
        )  # fmt: skip
    except KeyboardInterrupt:
        watcher.stop.set()
        return heard.concludes(None)
    if result.reason == "interrupted":
        watcher.stop.set()
    cut_short = result.reason in ("callback", "interrupted") and not heard.stopped
    if cut_short and not probe and job.number:
        return heard.concludes(None)  # the others are better
    member = heard.member(result.params, result.history.loss, result.history.metrics)
    kept = result.record and result.record.of_fewer_rows(MOST_ROWS)
    return heard.concludes(replace(member, record=kept))


def monitor_of(task: MemberTask) -> str:
    """Return the name of the loss of held-out rows that probes watch."""
    return "refined" if task.refined else "validation_loss"


def _held_out(task: MemberTask, inputs: str, rows: NDArray[np.intp], epochs: int) -> dict[str, Any]:
    """Return the arguments of :func:`train` with which a probe watches these rows."""
    monitor = monitor_of(task)
    part_waited = PATIENCE_OF_CLASSES if task.classifies else PATIENCE_OF_NUMBERS
    patience = max(PATIENCE, part_waited * epochs)
    data = _rows(task, inputs, rows)
    return {
        "validation_data": data,
        "early_stopping": EarlyStopping(monitor, patience, tolerance=0.0),
        "metrics": {monitor: RefinedLogLoss(data[2])} if task.refined else None,
    }


@dataclass
class _Heard(Follower):
    """What a member's training is heard by: the watcher of the fit, and its callbacks if any.

    Attributes
    ----------
    watcher
        Of the fit.
    begun
        The member with its first weights.
    monitor
        The name of the loss of held-out rows; None for a member that holds none out.
    place
        The member's place among all.
    one
        The callbacks' part of this member.
    followers
        Callbacks that follow the member's own training.
    names
        Of its inputs, and of its outputs.
    stopped
        Whether a callback, or its rival, has ended this member.
    rival, judged
        The losses of its rival after each epoch, and the epoch after which they are compared.
    least
        Its least loss of held-out rows so far.
    """

    watcher: Watcher
    begun: Member
    monitor: str | None
    place: int = 0
    one: OneMember | None = None
    followers: Sequence[Follower] = ()
    names: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    stopped: bool = False
    rival: tuple[float, ...] = ()
    judged: int = 0
    least: float = float("inf")
    named: FollowedRun | None = None

    @property
    def counts_only(self) -> bool:
        """Whether it looks at no weights, so that several epochs may come at a time."""
        return self.one is None and not self.followers

    def begins(self, run: FollowedRun) -> None:
        """Tell the followers that the member's training begins."""
        columns, classes = self.names
        self.named = replace(
            run, columns=columns, classes=classes, name=f"network {self.place}", place=self.place,
            cancelled=lambda: self.watcher.ends,
        )  # fmt: skip
        for follower in self.followers:
            follower.begins(self.named)

    def ends(self, run: FollowedRun, reason: str) -> None:
        """Tell the followers that the member's training has ended."""
        for follower in self.followers:
            assert self.named is not None
            follower.ends(self.named, reason)

    def __call__(self, report: EpochReport) -> Any:
        """Return whether training has to end after this epoch, or another learning rate."""
        ends = self.watcher(report)
        if self.rival and self.monitor is not None:
            self.least = min(self.least, report.metrics[self.monitor])
            rival = min(self.rival[: self.judged])
            hopeless = self.least > rival + HOPELESS * abs(rival)
            self.stopped |= report.epoch == self.judged and hopeless
        if self.one is not None:
            held_out = None if self.monitor is None else report.metrics[self.monitor]
            self.stopped |= self.one.epoch_ends(
                report.loss, held_out, lambda: self.so_far(report.position.params)
            )
        asked = None
        if self.followers:
            named = replace(report, run=self.named)
            asked = asked_of([follower(named) for follower in self.followers])
            self.stopped |= asked is True
        return True if ends or self.stopped else asked

    def so_far(self, vector: NDArray[Any]) -> Member:
        """Return the member with the weights that a vector holds."""
        assert self.one is not None
        training = self.one.training
        return self.member(
            Layout.of(self.begun.params).unpack(vector),
            training.loss_curve,
            {} if self.monitor is None else {self.monitor: training.held_out_curve},
        )

    def member(
        self, params: Tree, losses: Sequence[float], metrics: Mapping[str, Sequence[float]]
    ) -> Member:
        """Return the member with these weights, trained for so many epochs as there are losses."""
        found = replace(self.begun, params=params, epochs=len(losses), loss_curve=tuple(losses))
        if self.monitor is None:
            return found
        curve = metrics[self.monitor]
        score = float(np.nanmin(smoothed(np.array(curve))))
        return replace(found, held_out_curve=tuple(curve), score=score)

    def concludes(self, member: Member | None) -> Member | None:
        """Tell the callbacks of the member that is kept, or of none; return it."""
        if self.one is not None:
            self.one.ends(member)
        return member


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
