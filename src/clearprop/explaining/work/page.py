"""What the page needs to check someone's number: what each known slip makes of the step."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from clearprop.explaining.step import StepData
from clearprop.explaining.work.situation import look, run, situation_of
from clearprop.explaining.work.slips import Slip, slips_of


def numbers_of_slips(step: StepData) -> Iterator[tuple[Slip, dict[str, np.ndarray]]]:
    """Yield every known slip, and the losses, gradients and new parameters it makes differ."""
    situation = situation_of(step)
    asked = [path for path in step.paths if _is_asked(step, path)]
    for slip in slips_of(situation):
        changed = slip.make(situation)
        record = run(changed)
        found = {path: look(record, changed, path) for path in asked}
        yield (
            slip,
            {
                path: array
                for path, array in found.items()
                if array is not None and not np.array_equal(array, np.asarray(step[path]))
            },
        )


def _is_asked(step: StepData, path: str) -> bool:
    """Return whether a quantity is one that people compute themselves."""
    phase = step.record.quantities[path].phase
    return phase in ("loss", "backward") or (phase == "update" and path.endswith(".new"))
