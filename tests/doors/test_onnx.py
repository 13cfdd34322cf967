"""ONNX graphs give clearprop's predictions in onnxruntime: every layer, link and estimator."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.doors.onnx_nodes import OPERATORS, Nodes, Primitives
from clearprop.readings import numpy as xp
from clearprop.readings.symbol import PRIMITIVES, TracingNamespace
from tests.doors.needs import needed
from tests.doors.served import PREDICTING, rows, stated
from tests.registry import LOSSES

onnx = needed("onnx")
runtime = needed("onnxruntime")

DTYPES = ("float32", "float64")


def ran(graph, **given):
    """Return the outputs of a graph by name."""
    session = runtime.InferenceSession(graph.SerializeToString())
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, given), strict=True))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("example", PREDICTING, ids=lambda example: example.name)
def test_every_layer(example, dtype):
    layer = example.make(5)
    params, state = stated(layer)
    x = rows(7, 5, *example.kinks).astype(dtype)
    graph = cp.to_onnx(layer, params, state=state, inputs=5, dtype=dtype)
    wanted, _ = layer.forward(xp, params, x.astype(float), layer.recall(state))
    found = ran(graph, X=x)["prediction"]
    assert found.dtype == dtype
    np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)
def test_every_link(example, dtype):
    x = rows(9, 4).astype(dtype)
    graph = cp.to_onnx(cp.Identity(), {}, loss=example.loss, inputs=4, dtype=dtype)
    wanted = example.loss.link(xp, x.astype(float))
    np.testing.assert_allclose(ran(graph, X=x)["prediction"], wanted, rtol=1e-6, atol=1e-6)


ARGUMENTS = {
    "where": lambda a, b: (a > b, a, b),
    "column": lambda a, b: (a[0],),
    "matmul": lambda a, b: (a, b.T),
}
OF_TWO = {"add", "subtract", "multiply", "divide", "power", "greater", "maximum", "minimum", "pack"}


@pytest.mark.parametrize("op", sorted(PRIMITIVES))
@pytest.mark.parametrize("settings", [{}, {"axis": 0}, {"axis": 1, "keepdims": True}], ids=str)
def test_every_primitive(op, settings):
    """Those too that no prediction uses today: a layer of the user's own may."""
    if settings and op not in ("sum", "mean"):
        return
    a, b = np.random.default_rng(1).uniform(0.5, 2.0, (2, 5, 7)).astype(np.float32)
    a[0, :3] *= [-1, -1, 1e-4]
    if op in ("log", "sqrt", "power"):
        a = np.abs(a)
    given = ARGUMENTS[op](a, b) if op in ARGUMENTS else (a, b)[: 1 + (op in OF_TWO)]
    wanted = TracingNamespace().apply(op, *(np.asarray(one) for one in given), **settings).value
    nodes = Nodes()
    if op in ("sum", "mean"):
        settings = {"axis": None, "keepdims": False, **settings}
    names = [f"x{place}" for place in range(len(given))]
    result = OPERATORS[op](Primitives(nodes, np.float32), *names, **settings)
    kind = onnx.helper.np_dtype_to_tensor_dtype
    value = onnx.helper.make_tensor_value_info
    graph = onnx.helper.make_graph(
        nodes.nodes, "one",
        [value(name, kind(one.dtype), one.shape) for name, one in zip(names, given, strict=True)],
        [value(result, kind(np.asarray(wanted).dtype if op != "norm" else np.dtype("f4")), None)],
        list(nodes.initializers.values()),
    )  # fmt: skip
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=8
    )
    (found,) = ran(model, **dict(zip(names, given, strict=True))).values()
    np.testing.assert_allclose(found, wanted, rtol=2e-6)


def test_expm1_is_exact_near_zero():
    x = np.array([[-1e-6, 1e-6, 1e-3]], np.float32)
    graph = cp.to_onnx(cp.ELU(), {}, inputs=3, dtype="float32")
    wanted = np.where(x > 0, x, np.expm1(x.astype(float)))
    np.testing.assert_allclose(ran(graph, X=x)["prediction"], wanted, rtol=1e-6)
