"""What looks wrong with a training when it has ended, for the last line of its record."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from clearprop.engines.threads import one_threaded_blas
from clearprop.health.checks import examined
from clearprop.health.record import TrainingRecord

if TYPE_CHECKING:
    from clearprop.training.following import FollowedRun
    from clearprop.training.watch import EpochReport


def findings_of(run: FollowedRun, last: EpochReport | None) -> list[dict[str, Any]] | None:
    """Return what the checks of health find at a run's last whole epoch; None if unknown.

    A fault of a check ends no training: a warning tells it.
    """
    if last is None:
        return None
    history, stopping = run.history, run.stopping
    try:
        with one_threaded_blas():
            record = TrainingRecord.of(
                run.task,
                run.rows,
                start=None,
                end=last.position,
                rate=None if run.next_step is None else last.learning_rate,
                batch_size=run.batch_size,
                loss=tuple(history.loss),
                validation_loss=tuple(history.metrics.get("validation_loss", ())),
                restored=bool(stopping and stopping.restore_best),
            )
            return [finding.to_dict() for finding in examined(record)]
    except Exception as error:  # noqa: BLE001 - the training is worth more than its diagnosis
        warnings.warn(f"the live page has no diagnosis of this training: {error!r}", stacklevel=2)
        return None
