"""Which definitions the page of equations has, in which order, and under which names.

Each part of the page is one row of `PARTS`. `missing()` compares the page with the package.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from types import SimpleNamespace
from typing import Any

import clearprop as cp
from clearprop.explaining.names import Name
from clearprop.learning.exported import definitions
from clearprop.learning.exported_rules import ScalarTrace
from clearprop.learning.tracing import OpenTrace

from .programs import Branch, Program, Reader

ACTIVATION = {
    "x": Name("z"), "y": Name("a"), "dy": Name("a", before="∂E/∂"), "dx": Name("z", before="∂E/∂"),
}  # fmt: skip
LOSS = {"dy": Name("o", before="∂E/∂")}
LAYER = {"mask": Name("m"), "rate": Name("rate"), "momentum": Name("momentum")}
DECAYED = {"decay": Name("ρ")}
SENT = {"dx": Name("e", "input")}
MOMENTS = (
    SimpleNamespace(step=0, steps=20, epoch=0, rows_seen=0, plateaus=0, fraction=0.0),
    SimpleNamespace(step=15, steps=20, epoch=5, rows_seen=150, plateaus=1, fraction=0.8),
)
"""Two moments of training: each branch of each schedule is taken at one of them."""

WITHOUT_FORMULA = {
    "Chain": "applies one layer after another: its equations are theirs",
    "Activation": "is the base of the activations",
    "Layer": "is the base of all layers",
    "Loss": "is the base of all losses",
    "Optimizer": "is the base of all optimizers",
    "Schedule": "is the base of all schedules",
    "AdamW": "is WeightDecay around Adam",
    "LBFGS": "is SciPy's",
    "Constant": "is the factor 1",
    "Truncated": "is the first part of another schedule",
    "Orthogonal": "is a QR decomposition of a matrix of normal numbers",
    "TruncatedNormal": "draws from a distribution, by its inverse",
    "Zeros": "fills with 0",
}
"""Public definitions that have no equation of their own, each with the reason."""


@dataclass(frozen=True)
class Section:
    """One definition: its public name, and its equations in each of its branches."""

    name: str
    branches: tuple[tuple[str, Branch], ...]


def parts() -> dict[str, list[Section]]:
    """Return the sections of the page by the heading they stand under."""
    data = definitions()
    layers = data["layers"]
    activations = {name for name in layers if issubclass(getattr(cp, name), cp.Activation)}
    return {
        "Layers": [
            *(_layer(name, layers[name]) for name in layers if name not in activations),
            _section("Residual", data["residual"]),
        ],
        "Activations": [_layer(name, layers[name]) for name in layers if name in activations],
        "Losses": [*_losses(data["losses"])],
        "Optimizers": [
            *(_optimizer(name, one) for name, one in data["optimizers"].items()),
            _decay(data["decay"]),
        ],
        "Penalty": [_section("L2", data["penalty"], {"weights": Name("W")})],
        "Clipping of the gradient": [_section("clip_norm", data["clipping"])],
        "Schedules": [_schedule(schedule) for schedule in SCHEDULES],
        "First weights": [_initializer(name) for name in INITIALIZERS],
        "Ways to send the error back": [
            _section(RULES[name], rule, SENT) for name, rule in data["credit"].items()
        ],
    }


SCHEDULES = (
    cp.InverseScaling(), cp.Adaptive(), cp.StepDecay(), cp.Cosine(), cp.OneCycle(), cp.WarmUp(10),
)  # fmt: skip
INITIALIZERS = (
    "GlorotUniform", "GlorotNormal", "HeUniform", "HeNormal", "LeCunUniform", "LeCunNormal",
)  # fmt: skip
SPREADS = {
    "uniform": ("Uniform between −r and r", "r"),
    "normal": ("Normal, with mean 0 and standard deviation s", "s"),
}
RULES = {
    "exact": "credit.Exact", "transposed": "credit.TransposedWeights",
    "proportional": "credit.Proportional", "even": "credit.Even",
    "feedback alignment": "credit.FeedbackAlignment",
    "direct feedback": "credit.DirectFeedbackAlignment",
}  # fmt: skip
KINDS = (cp.Layer, cp.Loss, cp.Optimizer, cp.Schedule)


def missing(sections: Iterable[Section]) -> list[str]:
    """Return the public definitions that have neither equations nor a reason to have none."""
    told = {section.name for section in sections} | set(WITHOUT_FORMULA)
    public = [name for name in cp.__all__ if _is_definition(getattr(cp, name))]
    return [name for name in public if name not in told]


def _is_definition(thing: Any) -> bool:
    if inspect.isclass(thing):
        return issubclass(thing, KINDS) or hasattr(thing, "spread")
    made = getattr(thing, "__annotations__", {}).get("return", "")
    return made in ("VarianceScaling", "Filled", "WeightDecay")


def _section(
    name: str,
    data: Mapping[str, Any],
    names: Mapping[str, Name] | None = None,
    programs: Iterable[tuple[str, Program]] | None = None,
    hidden: tuple[str, ...] = (),
) -> Section:
    """Return a section; of its programs, each with a title, the results that are not hidden."""
    switches = frozenset(k for k, v in data.get("settings", {}).items() if isinstance(v, bool))
    if programs is None:
        programs = [("", program) for program in data["programs"]]
    branches = []
    for title, program in programs:
        wanted = [one for one in program["results"] if one not in hidden]
        branches.append((title, Reader(program, names or {}, switches).branch(wanted)))
    return Section(name, tuple(branches))


def _layer(name: str, data: Mapping[str, Any]) -> Section:
    predicting = data.get("predicting", [])
    programs = [("In training" if predicting else "", one) for one in data["training"]]
    programs += [("In prediction", one) for one in predicting]
    by_computation = [(title, _sorted(program)) for title, program in programs]
    names = ACTIVATION if issubclass(getattr(cp, name), cp.Activation) else LAYER
    return _section(name, data, names, by_computation, ("rate",))


def _sorted(program: Program) -> Program:
    """Return a program with its results in the order of computation."""
    results = program["results"]
    return {**program, "results": dict(sorted(results.items(), key=lambda item: item[1]))}


def _losses(data: Mapping[str, Any]) -> Iterator[Section]:
    for name, loss in data.items():
        plain = _section(name, loss, LOSS)
        weighted = _section(
            name, loss, LOSS, [("With weights of rows", loss["weighted"][0])], ("p", "row_loss")
        )
        yield Section(name, plain.branches + weighted.branches)


def _optimizer(name: str, data: Mapping[str, Any]) -> Section:
    names = DECAYED if name == "RMSProp" else {}
    return _section(name, data, names, [("", _whole(one)) for one in data["programs"]])


def _decay(data: Mapping[str, Any]) -> Section:
    titles = {True: "Weights", False: "Biases, scales and shifts"}
    programs = [(titles[one["penalised"]], _whole(one)) for one in data["programs"]]
    return _section("WeightDecay", data, programs=programs)


def _whole(program: Program) -> Program:
    """Return an update without the parts that it is taken apart into."""
    results = {k: node for k, node in program["results"].items() if not k.startswith("part.")}
    return _sorted({**program, "results": results})


def _schedule(schedule: Any) -> Section:
    programs: list[Program] = []
    for moment in MOMENTS:
        program = _factor(schedule, moment)
        if program not in programs:
            programs.append(program)
    return _section(type(schedule).__name__, {}, programs=[("", one) for one in programs])


def _factor(schedule: Any, moment: Any) -> Program:
    """Return the program of a schedule's factor, with the part of training done kept whole."""
    trace = ScalarTrace()
    progress: Any = SimpleNamespace(
        **{name: trace.setting(name, value) for name, value in vars(moment).items()}
    )
    twin = replace(schedule)
    for field in fields(schedule):
        value = getattr(schedule, field.name)
        if isinstance(value, int | float):
            object.__setattr__(twin, field.name, trace.setting(field.name, value))
    if hasattr(schedule, "then"):
        other = SimpleNamespace(factor=lambda _: trace.setting("factor of the other", 1.0))
        object.__setattr__(twin, "then", other)
    wants_cosine = "cos" in inspect.signature(schedule.factor).parameters
    cosine: tuple[Callable[[Any], Any], ...] = (trace.cos,) if wants_cosine else ()
    return trace.program(factor=twin.factor(progress, *cosine))


def _initializer(name: str) -> Section:
    initializer = getattr(cp, name)()
    trace = OpenTrace()
    spread = initializer.spread(trace, trace.named("inputs", 2.0), trace.named("outputs", 4.0))
    title, letter = SPREADS[initializer.distribution]
    return _section(name, {}, {"spread": Name(letter)}, [(title, trace.program(spread=spread))])


def every_section() -> Iterator[Section]:
    """Yield all sections of the page."""
    for sections in parts().values():
        yield from sections
