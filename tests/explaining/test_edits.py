"""Single operations written otherwise: every edit can be made in its place and everywhere."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.work.edits import _everywhere
from clearprop.explaining.work.graph import Graph
from clearprop.explaining.work.operations import edits_everywhere, edits_of
from clearprop.explaining.work.situation import run, situation_of
from tests.explaining.learners import Net

NETS = {
    "two layers, SGD": lambda: Net((3, 4, 2), cp.Tanh).step(optimizer=cp.SGD(0.1), l2=0.01),
    "three layers, Adam": lambda: deep(),
    "normalized": lambda: normalized(cp.BatchNorm),
    "layer norm": lambda: normalized(cp.LayerNorm),
}


def deep():
    hidden = cp.Dense(3, 4), cp.ReLU(), cp.Dense(4, 4), cp.ReLU()
    return stepped(cp.Chain(*hidden, cp.Dense(4, 3)), cp.Adam(0.1))


def normalized(kind):
    network = cp.Chain(cp.Dense(3, 4), kind(4), cp.Sigmoid(), cp.Dense(4, 3))
    return stepped(network, cp.SGD(0.1, 0.9))


def stepped(network, optimizer):
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(5, 3)), np.eye(3)[rng.integers(0, 3, 5)]
    return cp.explain(network, cp.CrossEntropy(), network.init(rng), x, t, optimizer=optimizer)


@pytest.mark.parametrize("name", NETS)
def test_every_edit_can_be_made_everywhere(name):
    step = NETS[name]()
    situation = situation_of(step)
    paths = [f"{path}.new" for path in step.task.layout.paths]
    graph = Graph(run(situation, update=True), situation, paths)
    made = 0
    with np.errstate(all="ignore"):
        for serial in {s for path in paths for s in graph.before(graph.targets[path])}:
            node = graph.symbols[serial]
            for edit in (*edits_everywhere(graph, node), *edits_of(graph, node)):
                value = edit.value()
                if value is None:
                    continue
                for words, changed in _everywhere(graph, edit, value):
                    made += 1
                    assert serial in changed
                    for other, array in changed.items():
                        symbol = graph.symbols[other]
                        assert np.shape(array) == np.shape(symbol.value), words
                        assert symbol.op == graph.symbols[serial].op
    assert made > 500
