"""The rows and columns of a printed matrix have their names where the step knows them."""

from dataclasses import replace

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.labels import StepLabels


@pytest.fixture(scope="module")
def step():
    network = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 2))
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 2))
    return cp.explain(
        network, cp.CrossEntropy(), network.init(rng), x, [0, 1], optimizer=cp.SGD(0.1)
    )


def table_under(text, meaning):
    lines = text.splitlines()
    at = next(place for place, line in enumerate(lines) if meaning in line)
    return [line.split() for line in lines[at + 1 : at + 5]]


def test_names_of_rows_columns_inputs_and_classes(step):
    labels = StepLabels(rows=("ann", "bob"), columns=("age", "size"), classes=("no", "yes"))
    text = str(replace(step, labels=labels))
    head, first, second, _ = table_under(text, "prediction, 2 × 2")
    assert (head, first[0], second[0]) == (["no", "yes"], "ann", "bob")
    p = step["p"]
    assert [float(cell) for cell in first[1:]] == pytest.approx(p[0], rel=1e-3)
    head, first, *_ = table_under(text, "gradient of dense1.W")
    assert head == ["unit", "0", "unit", "1", "unit", "2"]
    assert first[0] == "age"
    head, first, *_ = table_under(text, "gradient of dense2.W")
    assert (head, first[:2]) == (["no", "yes"], ["unit", "0"])


def test_without_names_no_place_is_named(step):
    assert "unit 0" not in str(step)
    assert "row 0" not in str(step)
