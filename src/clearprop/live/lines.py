"""What the lines of a record say: a run, its epochs, what was asked of it, and its end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from clearprop.explaining.titles import network_title, optimizer_title
from clearprop.health.of_steps import GOOD_RATIO
from clearprop.health.of_units import MANY
from clearprop.live.best import judged_by
from clearprop.live.record import VERSION, Line, brief
from clearprop.version import __version__

if TYPE_CHECKING:
    from clearprop.training.following import FollowedRun
    from clearprop.training.watch import EpochReport


def head(run: FollowedRun, name: str) -> Line:
    """Return the line with which a training begins."""
    task, stopping = run.task, run.stopping
    steps = run.next_step is not None
    return {
        "kind": "head",
        "version": VERSION,
        "made_by": f"clearprop {__version__}",
        "time": time.time(),
        "name": name,
        "model": run.model,
        "network": network_title(task.network, task.loss),
        "loss": type(task.loss).__name__,
        "optimizer": optimizer_title(task.optimizer, task.optimizer.learning_rate)
        if steps
        else "L-BFGS",
        "parameters": int(task.layout.size),
        "rows": run.rows.count,
        "batch_size": run.batch_size,
        "epochs": run.epochs,
        "steps": steps,
        "stops": stopping is not None,
        "best_by": judged_by(run),
        "restores": bool(stopping and stopping.restore_best),
        "norms": {"ratio": GOOD_RATIO, "units": MANY},
    }


def resumed(run: FollowedRun, lost: list[int]) -> Line:
    """Return the line with which a training goes on from a checkpoint.

    Parameters
    ----------
    lost
        After which epochs the learning rate was changed, though the checkpoint is from before.
    """
    return {"kind": "resume", "time": time.time(), "epochs": len(run.history), "lost": lost}


def kept_epochs(run: FollowedRun, known: Mapping[int, Line]) -> list[Line]:
    """Return the epochs that a training goes on from and that its record does not hold."""
    history = run.history
    return [
        epoch_line(
            epoch,
            history.loss[epoch - 1],
            {name: values[epoch - 1] for name, values in history.metrics.items()},
            history.learning_rate[epoch - 1],
            history.seconds[epoch - 1],
        )
        for epoch in range(1, len(history) + 1)
        if epoch not in known
    ]


def epoch_line(
    epoch: int, loss: float, metrics: Mapping[str, float], rate: float, seconds: float
) -> Line:
    """Return the line of an epoch."""
    measured = {"loss": loss, "metrics": dict(metrics), "rate": rate, "seconds": seconds}
    return {"kind": "epoch", "epoch": epoch, **brief(measured)}


def reported(report: EpochReport, best: int, vitals: Mapping[str, Any] | None) -> Line:
    """Return the line of an epoch that has just ended, with what was measured in it."""
    line = epoch_line(
        report.epoch, report.loss, report.metrics, report.learning_rate, report.seconds
    )
    line["time"] = time.time()
    line["steps"] = report.position.steps
    line["best"] = best
    if vitals is not None:
        line["vitals"] = brief(vitals)
    return line


def health(after: int, findings: list[dict[str, Any]]) -> Line:
    """Return the line that says what looks wrong after an epoch, where that has changed."""
    return {"kind": "health", "after": after, "findings": brief(findings)}


def command(after: int, do: str, **more: Any) -> Line:
    """Return the line of a command that was carried out after an epoch."""
    return {"kind": "command", "time": time.time(), "after": after, "do": do, **more}


def end(run: FollowedRun, reason: str, findings: list[dict[str, Any]] | None) -> Line:
    """Return the line with which a training ends."""
    history = run.history
    found = {} if findings is None else {"findings": findings}
    return {
        "kind": "end", "time": time.time(), "reason": reason, "epochs": len(history),
        "best": history.best_epoch, **found,
    }  # fmt: skip
