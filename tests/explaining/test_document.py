"""The document of a step holds the very numbers, and is enough to compute the step again."""

import json

import numpy as np

from clearprop.readings.symbol import PRIMITIVES
from tests.explaining.interpreter import OPERATIONS, arrays_in, computed
from tests.explaining.steps import over, situations

TOLERANCE, FLOOR = 1e-12, 1e-2
"""The floor is for sums whose terms cancel: they keep the rounding of terms around one."""


@over(situations(), 200)
def test_document_computes_to_what_it_records(situation):
    document = json.loads(json.dumps(situation.explain().to_dict(), allow_nan=False))
    recorded = arrays_in(document)
    again = computed(document)
    given = {q["path"] for q in document["quantities"] if q["phase"] == "given"}
    assert set(again) == set(recorded) - given
    for path, array in again.items():
        right = recorded[path]
        assert array.shape == right.shape, path
        allowed = TOLERANCE * np.maximum(np.abs(right), FLOOR)
        assert np.all(np.abs(array - right) <= allowed), path


@over(situations(), 200)
def test_document_holds_the_step_to_the_last_bit(situation):
    step = situation.explain()
    told = step.to_dict()
    plain = json.loads(json.dumps(told, allow_nan=False))
    assert plain == told
    arrays = arrays_in(plain)
    assert tuple(arrays) == step.paths
    for path, array in arrays.items():
        assert array.tobytes() == np.asarray(step[path], np.float64).tobytes()
    for name, path in {**plain["aliases"], **plain["names"]}.items():
        assert step[name] is step[path]
    listed = [path for phase in plain["phases"] for path in phase["moments"]]
    assert set(listed) <= set(plain["equations"])
    assert plain["loss"]["before"] == step.loss_before
    assert [row["loss"] for row in plain["rows"]] == step["row_loss"].tolist()


def test_the_contract_names_every_operation():
    assert set(OPERATIONS) | {"sum", "mean"} == set(PRIMITIVES)
