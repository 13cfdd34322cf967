"""The exported definitions: complete, and what is committed is what the sources give."""

import inspect
import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.credit.comparison import EVERY_RULE, describe
from clearprop.definitions.layers.combine import Combined
from clearprop.learning import exported
from clearprop.learning.exported_rules import SCALARS
from clearprop.learning.seeded import NoiseSource, masks, orders
from clearprop.learning.tracing import OpenTrace
from clearprop.readings.symbol import PRIMITIVES

KNOWN = exported.known_definitions()


def kinds(base):
    """Return the names of the package's own classes of one kind."""
    found = (getattr(cp, name) for name in cp.__all__ if name != base.__name__)
    return {
        one.__name__
        for one in found
        if inspect.isclass(one) and issubclass(one, base) and not inspect.isabstract(one)
    }


def test_the_committed_file_is_what_the_definitions_give():
    path = exported.files("clearprop.learning").joinpath(exported.FILE)
    written = path.read_text(encoding="utf-8")
    assert written == exported.text_of(exported.definitions()), (
        "definitions.json is not what the definitions give: run "
        "python -m clearprop.learning.exported, and commit what it writes"
    )


def test_every_layer_loss_and_optimizer_is_exported():
    combined = {kind.__name__ for kind in (cp.Chain, cp.Residual)}
    assert {kind.__name__ for kind in Combined.__subclasses__()} == combined
    assert kinds(cp.Layer) == set(KNOWN["layers"]) | combined
    assert kinds(cp.Loss) == set(KNOWN["losses"])
    assert kinds(cp.Optimizer) == {*KNOWN["optimizers"], "WeightDecay"}
    # Truncated is for a training cut short, which the page does not have.
    absent = {"Constant", "WarmUp", "Truncated"}
    assert kinds(cp.Schedule) - absent == set(KNOWN["schedules"])
    assert {describe(rule) for rule in EVERY_RULE} == set(KNOWN["credit"])


def programs(data):
    """Yield every program in the file."""
    if isinstance(data, dict):
        if "nodes" in data:
            yield data
        else:
            for part in data.values():
                yield from programs(part)
    elif isinstance(data, list):
        for part in data:
            yield from programs(part)


def test_programs_use_known_primitives_and_earlier_nodes():
    for program in programs(KNOWN):
        for place, node in enumerate(program["nodes"]):
            assert node["op"] in (*PRIMITIVES, *SCALARS, "given", "constant")
            assert all(arg < place for arg in node.get("args", ()))


def test_what_a_definition_branches_on_is_noted():
    trace = OpenTrace()
    switch = trace.setting("bias", False)
    assert not switch
    assert trace.program(y=1.0)["when"] == [[0, False]]


def test_an_array_of_a_definitions_own_is_refused():
    trace = OpenTrace()
    with pytest.raises(TypeError, match="holds an array of its own"):
        trace.program(y=trace.named("x", np.ones((2, 2))) * np.ones(2))
    with pytest.raises(TypeError, match="shape of what it is given"):
        _ = (trace.named("x", np.ones((2, 2))) * 2.0).shape
    with pytest.raises(TypeError, match="branch on an array"):
        bool(trace.named("x", np.ones(2)) > 0)


def test_a_seed_gives_weights_orders_and_masks():
    one, same = (cp.Chain(cp.Dense(2, 3), cp.Dense(3, 1)).init(NoiseSource(7)) for _ in range(2))
    assert json.dumps(one, default=np.ndarray.tolist) == json.dumps(same, default=np.ndarray.tolist)
    assert abs(one["dense1"]["W"]).max() <= np.sqrt(6 / 5)
    drawn = orders(7, 3, 10)
    assert [sorted(order) for order in drawn.tolist()] == [list(range(10))] * 3
    assert len({tuple(order) for order in drawn.tolist()}) == 3
    assert masks(7) == masks(7) != masks(8)
