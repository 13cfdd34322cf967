"""Microseconds a training step: every case, every contender, one table a case and one of goals."""

from __future__ import annotations

from contenders import CONTENDERS, OURS
from goals import BUSY_NEIGHBOUR, goal
from measure import REFERENCE, Measured, ours_of
from report import Table, number

AGREES = 1e-9
"""The largest difference in float64 that passes for rounding, as a fraction of the weights."""

OWN_AGREES = {"float64": 1e-9, "float32": 1e-3}
"""The same between two ways of one library; float32 has 7 digits, lost a few over an epoch."""


def case_table(results: list[Measured]) -> Table:
    """Return one case's table."""
    case, ours = results[0].case, ours_of(results)
    with_neighbour = any(result.busy_rounds for result in results)
    busy_headers = ["µs, busy", "cost"] if with_neighbour else []
    compared = ours.contender if ours else "ours"
    table = Table(
        str(case),
        ["contender", "µs/step", "best", *busy_headers, f"time / {compared}", "goal",
         "weights differ", "ready s", "peak MB", "note"],
    )  # fmt: skip
    for result in results:
        if result.median is None:
            table.add(result.contender, *[""] * (len(table.headers) - 2), result.missing)
            continue
        busy = [number(result.busy_median), cost(result)] if with_neighbour else []
        ratio = result.median / ours.median if ours else None
        table.add(
            result.contender, number(result.median), number(result.best), *busy, number(ratio),
            judged(ratio, goal(case, result.contender)), agreement(result), number(result.ready, 2),
            number(result.megabytes), result.missing,
        )  # fmt: skip
    return table


def goals_table(measured: list[list[Measured]]) -> Table:
    """Return what the goals are about: everybody's time divided by ours, case by case."""
    everybody = {result.contender for results in measured for result in results}
    peers = [name for name in CONTENDERS if name in everybody and name not in OURS]
    table = Table(
        "Their time divided by ours, beside the goal",
        ["case", "ours", "µs/step", *peers],
    )
    for results in measured:
        case, ours = results[0].case, ours_of(results)
        if ours is None:
            continue
        ratios = {
            result.contender: result.median / ours.median for result in results if result.rounds
        }
        cells = []
        for peer in peers:
            ratio = ratios.get(peer)
            verdict = judged(ratio, goal(case, peer))
            cells.append(f"{number(ratio)} ({verdict})" if verdict else number(ratio))
        table.add(f"{case.name} {case.dtype}", ours.contender, number(ours.median), *cells)
    return table


def judged(ratio: float | None, least: float | None) -> str | None:
    """Return the goal, and whether it is met."""
    if ratio is None or least is None:
        return None
    return f"{least:g} {'met' if ratio >= least else 'not met'}"


def cost(result: Measured) -> str | None:
    """Return how many times longer a step takes beside a busy neighbour; ours has a goal."""
    if result.busy_median is None:
        return None
    times = result.busy_median / result.median
    if result.contender not in OURS:
        return number(times)
    return f"{number(times)} ({'within' if times <= BUSY_NEIGHBOUR else 'over'} {BUSY_NEIGHBOUR})"


def agreement(result: Measured) -> str:
    """Return how far the weights are from the reference's, and a word where that is too far."""
    if result.difference is None:
        return {REFERENCE: "reference", "matrix-products": ""}.get(result.contender, "unknown")
    words = f"{result.difference:.0e}" + ("" if result.difference <= AGREES else " WRONG")
    own = result.own_difference
    if own is not None and not own <= OWN_AGREES[result.case.dtype]:
        words += f", jit differs from eager by {own:.0e}"
    return words
