"""The document of a step is what its schema says, NaN and infinities as words."""

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.document import FORMAT, VERSION
from clearprop.readings.symbol import PRIMITIVES

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "step.schema.json").read_text())


def strict(document):
    """Return the document after a trip through JSON that knows no NaN, and fits the schema."""
    plain = json.loads(json.dumps(document, allow_nan=False))
    jsonschema.validate(plain, SCHEMA)
    assert plain == document
    return plain


NETWORKS = {
    "plain": cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2)),
    "nested": cp.Chain(
        cp.Dense(3, 4), cp.LayerNorm(4), cp.Residual(cp.Chain(cp.Dense(4, 4), cp.ReLU())),
        cp.BatchNorm(4), cp.Dense(4, 2),
    ),
    "one layer": cp.Dense(3, 2),
}  # fmt: skip


@pytest.mark.parametrize("optimizer", [None, cp.SGD(0.1, 0.9), cp.AdamW()], ids=str)
@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.one_in(3)
def test_document_fits_its_schema(name, optimizer):
    rng = np.random.default_rng(0)
    network = NETWORKS[name]
    step = cp.explain(
        network, cp.SquaredError(), network.init(rng), rng.standard_normal((5, 3)),
        rng.standard_normal((5, 2)), optimizer=optimizer, l2=0.1, clip_norm=0.1,
        sample_weight=[1, 2, 3, 4, 5],
    )  # fmt: skip
    told = strict(step.to_dict(slips=name == "plain"))
    assert (told["format"], told["version"]) == (FORMAT, VERSION)
    assert {node["op"] for node in told["nodes"]} <= {"given", "constant", *PRIMITIVES}
    for place, node in enumerate(told["nodes"]):
        assert all(arg < place for arg in node.get("args", ()))
    if "slips" in told:
        own = {node["op"] for node in told["slips"]["nodes"]}
        assert own <= {"given", "constant", "recorded", *PRIMITIVES}


def test_the_schema_lists_the_primitives():
    listed = SCHEMA["properties"]["nodes"]["items"]["properties"]["op"]["enum"]
    assert sorted(listed) == sorted(["given", "constant", *PRIMITIVES])


def test_numbers_that_are_none_are_words():
    network = cp.Chain(cp.Dense(1, 1), cp.ReLU(), cp.Dense(1, 1))
    params = {
        "dense1": {"W": np.array([[1e308]]), "b": np.array([1e308])},
        "dense2": {"W": np.array([[1.0]]), "b": np.array([-np.inf])},
    }
    step = cp.explain(network, cp.SquaredError(), params, [[1.0]], [[0.0]], optimizer=cp.SGD())
    told = strict(step.to_dict())
    values = {quantity["path"]: quantity["values"] for quantity in told["quantities"]}
    assert values["dense1.y"] == ["Infinity"]
    assert values["dense2.b"] == ["-Infinity"]
    assert values["dense2.y"] == ["NaN"]
    assert told["loss"]["before"] == "NaN"
    assert "NaN" in str(step)
    assert "∞" in str(step)


def test_schema_refuses_what_is_no_step():
    document = cp.explain(
        cp.Dense(1, 1), cp.SquaredError(), {"W": np.eye(1), "b": np.zeros(1)}, [[1.0]], [[0.0]]
    ).to_dict()
    for broken in (
        {**document, "version": 2},
        {**document, "more": 1},
        {**document, "nodes": [{"op": "eval"}]},
        {key: value for key, value in document.items() if key != "loss"},
    ):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(broken, SCHEMA)
