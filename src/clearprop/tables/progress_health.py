"""What a line of progress names as wrong with the networks that are training."""

from __future__ import annotations

from collections import Counter
from threading import Lock
from typing import TYPE_CHECKING, Protocol

from clearprop.training.checkup import SeldomLook
from clearprop.training.following import Follower

if TYPE_CHECKING:
    from clearprop.health.checks import Health
    from clearprop.training.watch import EpochReport


class Line(Protocol):
    """A line of progress.

    Attributes
    ----------
    wrong
        What looks wrong, the first of which it names.
    """

    wrong: list[str]

    @property
    def is_seen(self) -> bool:
        """Whether anything is shown."""


class ProgressHealth(Follower):
    """Looks at the health of all runs of a fit, seldom, and has a line of progress name it.

    Of several networks it names each kind once, the commonest first, with how many have it.

    Parameters
    ----------
    line
        The line. Where nobody sees it there is no look.
    """

    def __init__(self, line: Line) -> None:
        self.line = line
        self._look = SeldomLook()
        self._found: dict[int | None, Health] = {}
        self._lock = Lock()

    def __call__(self, report: EpochReport) -> None:
        """Name from now on what is wrong so far."""
        found = self._look(report) if self.line.is_seen else None
        if found is None:
            return
        assert report.run is not None
        with self._lock:
            self._found[report.run.place] = found
            self.line.wrong = self._named()

    def _named(self) -> list[str]:
        if list(self._found) == [None]:
            return [" ".join((one.check, one.where)).rstrip() for one in self._found[None]]
        kinds = [dict.fromkeys(one.check for one in each) for each in self._found.values()]
        counts = Counter(check for each in kinds for check in each)
        return [f"{name} in {many} of {len(kinds)} networks" for name, many in counts.most_common()]
