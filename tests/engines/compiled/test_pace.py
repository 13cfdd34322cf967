"""All threads or one: what is faster is used, and no number depends on it."""

import numpy as np
import pytest

from clearprop.engines.compiled import engine as compiled
from clearprop.engines.compiled import pace as pacing
from clearprop.engines.compiled.kernels.sharing import RUN, now, offer_processor
from clearprop.engines.compiled.pace import REST, TRIED, Pace
from clearprop.engines.compiled.team import Team
from tests.engines.compiled.test_threads import TOGETHER, _fit, assert_same_bits


def _calls(pace, step_seconds, number):
    """Return the threads of some calls of the kernels, of an eighth of a second or its part."""
    used = []
    for _ in range(number):
        used.append(pace.threads)
        seconds = 0.125 * pace.part
        pace.took(used[-1], round(seconds / step_seconds[used[-1]]), seconds)
    return used


def test_all_threads_are_used_and_one_is_tried_now_and_then():
    used = _calls(Pace(2), {1: 0.9e-3, 2: 0.5e-3}, 60)
    assert REST == 1.0
    assert used == (([2] * 8 + [1]) * 7)[:60]


def test_one_thread_is_used_while_it_is_faster():
    pace = Pace(4)
    busy, quiet = {1: 0.9e-3, 4: 1.8e-3}, {1: 0.9e-3, 4: 0.3e-3}
    assert _calls(pace, quiet, 10) == [4] * 8 + [1, 4]
    assert _calls(pace, busy, 17) == [4] + [1] * 6 + [4] + [1] * 8 + [4]
    assert _calls(pace, quiet, 19) == [1] * 8 + [4] * 9 + [1, 4]


def test_a_long_try_is_made_less_often():
    pace = Pace(2)
    _calls(pace, {1: 1e-3, 2: 0.5e-3}, 8)
    pace.took(1, 100, 0.25)
    assert pace.part == 1.0
    for _ in range(49):
        pace.took(2, 200, 0.25)
        assert pace.threads == 2
    pace.took(2, 200, 0.25)
    assert (pace.threads, pace.part) == (1, TRIED)


@pytest.mark.parametrize("call", [(3, 100, 50.0), (1, 0, 50.0), (4, 0, 50.0)])
def test_calls_that_tell_nothing_change_nothing(call):
    """Of so many threads as other fits have left, or without a step."""
    pace = Pace(4)
    pace.took(*call)
    assert (pace.threads, pace.part) == (4, 1.0)


def test_one_thread_has_nothing_to_try():
    pace = Pace(1)
    for _ in range(20):
        pace.took(1, 100, 0.2)
        assert pace.threads == 1


@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.1, "l2": 0.1}], ids=repr)
def test_the_bits_do_not_depend_on_what_is_tried(divided, monkeypatch, options):
    divided(TOGETHER)
    monkeypatch.setattr(compiled, "SLICE_SECONDS", 0.0)  # a step a call
    run, used = Team.run, []

    def counted(team, work, threads):
        used.append(threads)
        return run(team, work, threads)

    monkeypatch.setattr(Team, "run", counted)
    together = _fit(**options)
    assert set(used) == {3}
    monkeypatch.setattr(pacing, "REST", -1.0)
    monkeypatch.setattr(Pace, "_is_due", property(lambda _: len(used) % 2 == 1))
    used.clear()
    assert_same_bits(together, _fit(**options))
    assert set(used) == {1, 3}


def test_a_thread_offers_its_processor_after_a_while():
    clock = np.empty(2, np.int64)
    before = now(clock)
    later = before + 10**15  # whatever compiling takes
    assert offer_processor(clock, later) == later
    assert offer_processor(clock, before - RUN) >= before
