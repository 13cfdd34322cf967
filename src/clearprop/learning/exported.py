"""Every layer, loss, optimizer and initializer as data: the formulas that the page computes with.

Each definition is traced once for each of its branches, with its settings and sizes kept open.
The result is plain JSON, `definitions.json`; the page composes it to networks and knows no formula
beside it. ``python -m clearprop.learning.exported`` writes the file anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from clearprop.backprop import run_pass
from clearprop.definitions import initializers, layers, losses
from clearprop.definitions.layer import Array, Layer, Namespace, Tree
from clearprop.definitions.losses import Loss
from clearprop.explaining.document import PART_SENTENCES
from clearprop.health import curves, of_units, vitals
from clearprop.learning.exported_rules import all_schedules, credit_rules, warm_up
from clearprop.learning.exported_updates import OPTIMIZERS, clipping, decay, optimizer, penalty
from clearprop.learning.seeded import between
from clearprop.learning.tracing import OpenTrace, different, filled, opened, settings_of

FORMAT, VERSION = "clearprop.definitions", 1
ROWS = 3
FILE = "definitions.json"
LISTS = ("layers", "losses", "optimizers", "initializers", "schedules", "credit")

LAYERS: dict[str, tuple[Layer, ...]] = {
    "Dense": (layers.Dense(2, 4), layers.Dense(2, 4, bias=False)),
    **{
        kind.__name__: (kind(),)
        for kind in (
            layers.Identity, layers.Sigmoid, layers.Tanh, layers.ReLU, layers.LeakyReLU,
            layers.ELU, layers.SELU, layers.GELU, layers.SiLU, layers.Softplus, layers.Mish,
        )
    },
    "Dropout": (layers.Dropout(), layers.Dropout(0.0)),
    "LayerNorm": (layers.LayerNorm(5),),
    "BatchNorm": (layers.BatchNorm(5),),
}  # fmt: skip
LOSSES: tuple[Loss, ...] = (
    losses.SquaredError(), losses.AbsoluteError(), losses.Huber(), losses.Quantile(),
    losses.Poisson(), losses.BinaryCrossEntropy(), losses.CrossEntropy(),
)  # fmt: skip
THRESHOLDS = {
    "grown": curves.GROWN, "slack": curves.SLACK, "last": curves.LAST, "jumps": curves.JUMPS,
    "turned": curves.TURNED, "fewest": curves.FEWEST, "stuck": curves.STUCK,
    "alike": of_units.ALIKE, "passes": of_units.PASSES, "many": of_units.MANY,
    "seldom": vitals.SELDOM,
}  # fmt: skip
"""Those of the checks of health that the page's diagnosis makes, too."""
INITIALIZERS = ("GlorotUniform", "HeUniform", "LeCunUniform")


def definitions() -> dict[str, Any]:
    """Return all definitions of the package as plain data."""
    return {
        "format": FORMAT,
        "version": VERSION,
        "layers": {name: layer_of(examples) for name, examples in LAYERS.items()},
        "residual": _residual(),
        "losses": {type(loss).__name__: loss_of(loss) for loss in LOSSES},
        "optimizers": {name: optimizer(examples) for name, examples in OPTIMIZERS.items()},
        "decay": decay(),
        "penalty": penalty(),
        "clipping": clipping(),
        "schedules": all_schedules(),
        "warm_up": warm_up(),
        "credit": credit_rules(),
        "parts": PART_SENTENCES,
        "thresholds": THRESHOLDS,
        "initializers": {name: _initializer(name) for name in INITIALIZERS},
    }


def text_of(data: dict[str, Any]) -> str:
    """Return definitions as the text of their file: one line for each."""
    parts = []
    for name, part in data.items():
        if isinstance(part, dict) and name in LISTS:
            lines = [f" {json.dumps(key)}: {line_of(value)}" for key, value in part.items()]
            parts.append(f"{json.dumps(name)}: {{\n" + ",\n".join(lines) + "\n}")
        else:
            parts.append(f"{json.dumps(name)}: {line_of(part)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def known_definitions() -> dict[str, Any]:
    """Return what `definitions.json` holds."""
    text = files("clearprop.learning").joinpath(FILE).read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data


def layer_of(examples: Sequence[Layer]) -> dict[str, Any]:
    """Return a layer as data; each example takes another branch of the definition."""
    first = examples[0]
    params = first.init(np.random.default_rng(0))
    draws = first.draw(_DrawNoted(), ROWS, 5, float) is not None  # type: ignore[arg-type]
    state = first.initial_state()
    training = different(_traced_layer(layer, rows) for layer in examples for rows in (ROWS, 1))
    done: dict[str, Any] = {
        "settings": settings_of(first),
        "penalised": list(first.penalised),
        "params": {name: _shape(first, np.shape(value)) for name, value in params.items()},
        "start": {name: filled(value) for name, value in params.items()},
        "draws": "mask" if draws else None,
        "state": None if state is None else {name: filled(one) for name, one in state.items()},
        "training": training,
    }
    if draws or state is not None:
        done["predicting"] = different(_predicting(layer) for layer in examples)
    return done


def loss_of(loss: Loss) -> dict[str, Any]:
    """Return a loss as data: prediction, each row's loss, mean loss and its gradient."""
    trace = OpenTrace()
    right, _ = both_losses(loss, trace, (ROWS, 2))
    program = trace.program(**right)
    weighing = OpenTrace()
    weighted, _ = both_losses(loss, weighing, (ROWS, 2), weighted=True)
    return {
        "settings": settings_of(loss),
        "formula": loss.formula,
        "convention": loss.convention,
        "link": loss.link_name,
        "programs": [program],
        "weighted": [weighing.program(**weighted)],
    }


def both_losses(
    loss: Loss,
    trace: OpenTrace,
    shape: tuple[int, int],
    wrong: Callable[[Any], Any] | None = None,
    divided: bool = True,
    weighted: bool = False,
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the results of a loss and of a wrong one in one trace; the second may be a sum."""
    rows, units = shape
    o = trace.named("o", np.linspace(-1.0, 1.0, rows * units).reshape(shape))
    t = trace.named("t", np.eye(units)[np.arange(rows) % units])
    weights = trace.named("weights", np.linspace(0.5, 2.0, rows)) if weighted else None
    divisor = trace.named("N", float(rows))
    twin = opened(trace, loss)

    def results(definition: Any, divisor: Any) -> dict[str, Any]:
        end = _End()
        done = run_pass(trace, end, definition, {}, o, t, weights, divisor)
        p, values = definition.link(trace, o), definition.value(trace, o, t)
        return {"p": p, "row_loss": values, "E": done.value, "dy": end.arrived}

    right = results(twin, divisor)
    return right, results(wrong(twin), divisor if divided else 1.0) if wrong else {}


class _End(Layer):
    """A network that gives its input, and keeps the gradient that arrives."""

    arrived: Any = None

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        return x, None

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        self.arrived = dy
        return dy, {}


class _Hole(Layer):
    """The place of a layer that is not known yet: its results are given."""

    def __init__(self, y: Any, dx: Any) -> None:
        self.y, self.dx = y, dx
        self.x = self.dy = None

    def forward(
        self, xp: Namespace, params: Tree, x: Array, given: Any = None
    ) -> tuple[Array, Any]:
        self.x = x
        return self.y, None

    def pullback(
        self, xp: Namespace, params: Tree, saved: Any, dy: Array
    ) -> tuple[Array, dict[str, Any]]:
        self.dy = dy
        return self.dx, {}


class _DrawNoted:
    """Noise that draws nothing, and notes the rate that a mask is asked with."""

    rate: Any = None

    def mask(self, shape: tuple[int, ...], rate: Any, dtype: Any) -> np.ndarray:
        self.rate = rate
        return np.ones(shape)


def _traced_layer(layer: Layer, rows: int) -> dict[str, Any]:
    trace = OpenTrace()
    width = getattr(layer, "inputs", getattr(layer, "width", 5))
    parts = _parts(trace, layer, (rows, width))
    return trace.program(**_results(trace, layer, *parts))


def both_layers(
    layer: Layer, trace: OpenTrace, wrong: Callable[[Any], Any], shape: tuple[int, int]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the results of a layer and of a wrong one in one trace."""
    twin, params, x = _parts(trace, layer, shape)
    arriving: list[Any] = []
    right = _results(trace, layer, twin, params, x, arriving)
    return right, _results(trace, layer, wrong(twin), params, x, arriving)


def _results(
    trace: OpenTrace,
    layer: Layer,
    twin: Any,
    params: dict[str, Any],
    x: Any,
    arriving: list[Any] | None = None,
) -> dict[str, Any]:
    """Return what a layer gives forward, back, and what it remembers.

    The gradient that arrives is kept in `arriving`, or taken from it.
    """
    rows = np.shape(x.value)[0]
    results: dict[str, Any] = {}
    noted = _DrawNoted()
    given = twin.draw(noted, rows, np.shape(x.value)[1], float)
    if given is not None:
        given = trace.named("mask", given)
        results["rate"] = noted.rate
    y, saved = twin.forward(trace, params, x, given)
    if arriving:
        dy = arriving[0]
    else:
        dy = trace.named("dy", np.linspace(-0.7, 0.9, np.size(y.value)).reshape(np.shape(y.value)))
    if arriving == []:
        arriving.append(dy)
    dx, gradients = twin.pullback(trace, params, saved, dy)
    state = layer.initial_state()
    if state is not None:
        before = {name: trace.named(f"state.{name}", value) for name, value in state.items()}
        after = twin.remember(before, saved)
        results |= {f"state.{name}": value for name, value in after.items()}
    saved_names = _named_fields(saved)
    return {
        "y": y, "dx": dx, **{f"d{name}": value for name, value in gradients.items()}, **results,
        **{f"saved.{name}": value for name, value in saved_names.items()},
    }  # fmt: skip


def _predicting(layer: Layer) -> dict[str, Any]:
    trace = OpenTrace()
    width = getattr(layer, "inputs", getattr(layer, "width", 5))
    twin, params, x = _parts(trace, layer, (ROWS, width))
    recalled = layer.recall(layer.initial_state())
    given = None
    if recalled is not None:
        given = {name: trace.named(f"state.{name}", value) for name, value in recalled.items()}
    return trace.program(y=twin.forward(trace, params, x, given)[0])


def _parts(
    trace: OpenTrace, layer: Layer, shape: tuple[int, int]
) -> tuple[Any, dict[str, Any], Any]:
    """Return a layer with open settings, its parameters and its input as symbols."""
    x = trace.named("x", np.linspace(-1.3, 1.1, int(np.prod(shape))).reshape(shape))
    drawn = layer.init(np.random.default_rng(0))
    params = {name: trace.named(name, value) for name, value in drawn.items()}
    return opened(trace, layer), params, x


def _named_fields(saved: Any) -> dict[str, Any]:
    """Return the arrays that a layer keeps under a name for its pullback."""
    if isinstance(saved, tuple) and not hasattr(saved, "_asdict"):
        return {name: one for branch in saved for name, one in _named_fields(branch).items()}
    return dict(saved._asdict()) if hasattr(saved, "_asdict") else {}


def _residual() -> dict[str, Any]:
    trace = OpenTrace()
    shape = (ROWS, 5)
    hole = _Hole(trace.named("inner.y", np.ones(shape)), trace.named("inner.dx", np.ones(shape)))
    layer = layers.Residual(hole)
    name = next(iter(layer.children))
    x, dy = trace.named("x", np.ones(shape)), trace.named("dy", np.ones(shape))
    y, saved = layer.forward(trace, {name: {}}, x)
    dx, _ = layer.pullback(trace, {name: {}}, saved, dy)
    # `inner.x` and `inner.dy` are what the layer inside gets.
    program = trace.program(y=y, dx=dx, **{"inner.x": hole.x, "inner.dy": hole.dy})
    return {"programs": [program]}


def initializer(name: str) -> Any:
    """Return the initializer of this name."""
    make: Callable[[], Any] = getattr(initializers, name)
    return make()


def _initializer(name: str) -> dict[str, Any]:
    """Return how an initializer makes weights of uniform numbers u in [0, 1)."""
    trace = OpenTrace()
    spread = initializer(name).spread(
        trace, trace.named("inputs", 2.0), trace.named("outputs", 4.0)
    )
    u = trace.named("u", np.linspace(0.0, 0.9, 8).reshape(2, 4))
    return {"programs": [trace.program(W=between(-spread, spread, u))]}


def _shape(layer: Layer, shape: tuple[int, ...]) -> list[str]:
    """Return the fields of the layer that are a parameter's sizes."""
    by_size = {getattr(layer, name): name for name in ("inputs", "outputs", "width")
               if hasattr(layer, name)}  # fmt: skip
    return [by_size[size] for size in shape]


def line_of(value: Any) -> str:
    """Return JSON as one line."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


if __name__ == "__main__":
    Path(__file__).with_name(FILE).write_text(text_of(definitions()), encoding="utf-8")
