"""Kernels that come back to Python now and then, to see a Ctrl-C, go on where they were."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.engines.compiled import engine
from tests.engines.compiled.test_same_as_reference import NETWORKS, assert_same_training


@pytest.fixture
def slices(monkeypatch):
    """Return the lengths of the slices, none longer than a step."""
    lengths = []
    run_steps = engine.run_steps

    def counted(*arguments):
        lengths.append(arguments[5].size)
        return run_steps(*arguments)

    monkeypatch.setattr(engine, "FIRST_MULTIPLICATIONS", 1)
    monkeypatch.setattr(engine, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr(engine, "run_steps", counted)
    return lengths


@pytest.mark.parametrize(
    ("name", "optimizer"),
    [
        ("dense and Tanh()", cp.Adam(0.01)),
        ("dropout", cp.SGD(0.1, momentum=0.9)),
        ("batch norm", cp.AdamW(0.01, 0.1)),
    ],
)
def test_single_steps_are_the_reference(slices, name, optimizer):
    assert_same_training(
        NETWORKS[name], cp.SquaredError(), optimizer, np.float64, schedule=cp.Cosine(), l2=0.1
    )
    assert slices == [0] + [1] * 8  # made ready, then two epochs of four batches
