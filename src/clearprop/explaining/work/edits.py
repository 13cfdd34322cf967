"""One operation of the step written otherwise: which edits give someone's numbers.

The catalogue holds the slips that have a name of their own. Here every operation of the recorded
step is exchanged for its neighbours, such as a product for a matrix product or one operand for
another quantity of the shape, and what follows from it is computed again. An edit is told only
where it gives exactly the numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain

import numpy as np

from clearprop.explaining.work.graph import Graph
from clearprop.explaining.work.layers import in_every_layer
from clearprop.explaining.work.operations import DATA, Edit, edits_everywhere, edits_of
from clearprop.explaining.work.slips.penalties import gradient_path
from clearprop.explaining.work.submitted import Submitted
from clearprop.readings.symbol import Symbol

MOST_NUMBERS = 20_000
"""Parameters up to which all edits are tried; above, those of the data alone."""

MOST_TOLD = 6
"""So many edits that give the same numbers are told."""

ENOUGH = 4
"""So many wrong numbers must be given where they are not in double precision."""


def edits_giving(
    graph: Graph,
    work: Sequence[Submitted],
    first: int,
    gives: Callable[[int, np.ndarray], bool],
    wrong: Sequence[int],
) -> tuple[list[Edit], list[Edit]]:
    """Return the edits that give all the numbers, and those that give the first wrong ones.

    `gives` says whether an array is quantity number k of the work; `wrong` are the quantities
    that the right step does not give.
    """
    whole: list[Edit] = []
    part: list[Edit] = []
    path = work[first].path
    zeros = not np.any(work[first].values)  # what makes zeros cannot be told
    if path not in graph.targets or zeros or not _tells_enough(work, wrong):
        return whole, part
    small = len(graph.situation.position.params) <= MOST_NUMBERS
    settled: set[int] = set()
    for place, one in enumerate(work):
        if place not in wrong and one.path in graph.targets and _shows(graph, one):
            settled |= graph.before(graph.targets[one.path])
    if graph.targets[path].serial in settled:
        settled = set()  # right quantities that do not depend on it show nothing
    with np.errstate(all="ignore"):
        for serial in sorted(graph.before(graph.targets[path]) - settled, reverse=True):
            node = graph.symbols[serial]
            everywhere = edits_everywhere(graph, node) if small or _is_data(graph, node) else ()
            for edit in chain(everywhere, edits_of(graph, node) if small else ()):
                value = edit.value()
                made = None if value is None else graph.made({serial: value}, path)
                if value is None or made is None or not gives(first, made):
                    continue
                for words, changed in _everywhere(graph, edit, value):
                    told = _told(graph, work, changed, gives)
                    named = replace(edit, name=f"{edit.name}{words}")
                    if all(told):
                        whole.append(named)
                    elif all(
                        told[k] for k in range(len(work)) if k <= first or k not in wrong
                    ) and not _by_length_alone(graph, serial, path):
                        part.append(named)
            if len(whole) >= MOST_TOLD:
                break
    return _different(whole), _different(part)


def _by_length_alone(graph: Graph, serial: int, path: str) -> bool:
    """Return whether a symbol reaches a new parameter by the clipped length alone."""
    parameter = path.partition("[")[0].removesuffix(".new")
    if graph.situation.task.clip_norm is None or parameter not in graph.situation.task.layout.paths:
        return False
    quantities = graph.record.quantities
    gradient = quantities.get(gradient_path(parameter))
    own = graph.symbols[serial]
    if gradient is None or graph.updated(own) is not None:
        return False
    return serial not in graph.before(gradient.symbol)


def _shows(graph: Graph, one: Submitted) -> bool:
    """Return whether a right quantity shows what it is made of.

    A gradient that is 0 but for rounding does not, such as that of a bias before a batch
    normalization.
    """
    symbol = graph.targets[one.path]
    if one.path.endswith(".new"):
        gradient = graph.record.quantities.get(gradient_path(one.path.removesuffix(".new")))
        symbol = symbol if gradient is None else gradient.symbol
    made_of = [_largest(arg.value) for arg in symbol.args]
    return _largest(symbol.value) > 1e-9 * max(made_of, default=0.0)


def _largest(value: object) -> float:
    return float(np.max(np.abs(np.asarray(value, np.float64)), initial=0.0))


def _told(
    graph: Graph,
    work: Sequence[Submitted],
    changed: Mapping[int, np.ndarray],
    gives: Callable[[int, np.ndarray], bool],
) -> list[bool]:
    """Return which quantities of the work are given where some symbols have other values."""
    told = []
    for place, one in enumerate(work):
        array = graph.made(changed, one.path) if one.path in graph.targets else None
        told.append(array is not None and gives(place, array))
    return told


def _is_data(graph: Graph, node: Symbol) -> bool:
    quantity = graph.record.of(node)
    return quantity is not None and quantity.path in DATA


def _everywhere(
    graph: Graph, edit: Edit, value: np.ndarray
) -> Iterator[tuple[str, dict[int, np.ndarray]]]:
    """Yield the edit in its own place, in every layer, and of an update in all parameters'."""
    alone = {edit.node.serial: value}
    yield "", alone
    layers = in_every_layer(graph, edit)
    if layers:
        yield ", so in every layer", layers
    paths = graph.situation.task.layout.paths
    own = graph.updated(edit.node)
    if own is None:
        return
    biases = [path for path in paths if path.rpartition(".")[2] == "b"]
    weights = [path for path in paths if path not in biases]
    for words, group in ((", so in every update", paths), (", so for all biases", biases),
                         (", so for all weights", weights)):  # fmt: skip
        if own not in group or len(group) == 1:
            continue
        changed = dict(alone)
        for path in group:
            same = graph.same_in(own, path)
            node = same.get(edit.node.serial)
            if node is None or node.op != edit.node.op:
                continue  # dW is made by another operation than db
            made = edit.value(node, partial(_same, same))
            if made is not None:
                changed[node.serial] = made
        if len(changed) > 1:
            yield words, changed


def _same(found: Mapping[int, Symbol], symbol: Symbol) -> Symbol:
    return found.get(symbol.serial, symbol)


def _different(edits: list[Edit]) -> list[Edit]:
    """Return edits of different names, those with fewer words first."""
    named = {edit.name: edit for edit in edits}
    return sorted(named.values(), key=lambda edit: edit.name.count(" "))[:MOST_TOLD]


def _tells_enough(work: Sequence[Submitted], wrong: Sequence[int]) -> bool:
    """Return whether the wrong numbers are too many or too precise to be met by chance."""
    rough = any(work[k].epsilon > 1e-12 or np.any(work[k].typed) for k in wrong)
    return not rough or sum(work[k].values.size for k in wrong) >= ENOUGH
