"""What `clearprop check` does: a program and rows give a report on its training step."""

from __future__ import annotations

import functools
import inspect
import re
from dataclasses import asdict
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import typer

from clearprop.cli.checked_rows import CheckedRows, rows_of
from clearprop.cli.encoding import say, say_json
from clearprop.cli.programs import (
    HIDDEN,
    LEARNING_RATE,
    SEED,
    found_in,
    imported,
    instance_of,
    running,
)
from clearprop.data import DataError
from clearprop.definitions.layers import Chain, Dense, ReLU, Sigmoid, Tanh
from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy, SquaredError
from clearprop.definitions.optimizers import SGD
from clearprop.explaining.work.answer import check_work
from clearprop.explaining.work.calling import learning_rate_of
from clearprop.explaining.work.objects import arrays_of, chain_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clearprop.definitions.layer import Layer
    from clearprop.definitions.losses import Loss
    from clearprop.explaining.work.guessing import FoundLayer
    from clearprop.explaining.work.report import CheckReport

WRONG = 1
"""The exit code where the step is wrong."""

ACTIVATIONS: dict[str, type[Layer]] = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU}
LOSSES: dict[str, Callable[[], Loss]] = {
    "squared": SquaredError, "cross-entropy": CrossEntropy, "binary": BinaryCrossEntropy,
}  # fmt: skip

IN_THE_COMMAND = (
    (
        "give net= and params=, and a function of (params, x, t)",
        "check a function of (params, x, t) with --use NAME and --net 2-3-1",
    ),
    (
        "wrap it in a function of (params, x, t) and give net, loss and params",
        "wrap it in a function of (params, x, t) and choose that with --use NAME and --net 2-3-1",
    ),
    (
        re.compile(r"wrap it so: check_work\(lambda.*"),
        "choose a function of (params, x, t) with --use NAME; a learning rate is --learning-rate",
    ),
    (re.compile(r"give that one, check_work\(.*"), "choose it with --use Name.method"),
    (re.compile(r"give the optimizer that makes .*"), "give its --learning-rate"),
    ("say otherwise with net= and loss=", "say otherwise with --net, --activation and --loss"),
)  # fmt: skip
"""What Python's users are advised to do, and what the command's users do instead."""


class CheckOptions(NamedTuple):
    """The options of the command."""

    data: str
    use: str | None
    target: str | None
    rows: int
    raw: bool
    net: str | None
    activation: str | None
    loss: str | None
    learning_rate: float | None
    as_json: bool


def run(path: Path, wanted: CheckOptions) -> None:
    """Run the program, check its training step, and print the report."""
    sizes = None if wanted.net is None else _sizes(wanted.net)
    rows = rows_of(
        wanted.data, wanted.target, wanted.rows, wanted.raw, None if sizes is None else sizes[-1]
    )
    if sizes is not None and (sizes[0], sizes[-1]) != (rows.x.shape[1], rows.t.shape[1]):
        raise typer.BadParameter(
            f"{wanted.data} has {rows.x.shape[1]} inputs and {rows.t.shape[1]} outputs, "
            f"{wanted.net} does not",
            param_hint="--net",
        )
    say(f"running the code of {path}", err=wanted.as_json)
    notes = [rows.sentence]
    with imported(path) as module:
        name, work = found_in(module, path, wanted.use)
        report = _report(path, name, work, vars(module), rows, sizes, wanted, notes)
    report = report.with_notes(*notes)
    _tell(path, name, report, wanted.as_json)
    if not report:
        raise typer.Exit(WRONG)


def _report(
    path: Path,
    name: str,
    work: Any,
    held: dict[str, Any],
    rows: CheckedRows,
    sizes: list[int] | None,
    wanted: CheckOptions,
    notes: list[str],
) -> CheckReport:
    """Return the report on a class, an object or a function; errors speak of the program."""
    try:
        with running(path):
            if inspect.isfunction(work):
                return _of_function(work, held, rows, sizes, wanted, notes)
            return _of_object(work, path, rows, sizes, wanted, notes)
    except DataError:
        raise
    except (TypeError, ValueError, KeyError) as error:
        words = str(error.args[0]) if error.args else type(error).__name__
        raise DataError(f"{path.name}, {name}: {_for_the_command(words)}") from error


def _sizes(text: str) -> list[int]:
    """Return layer sizes.

    >>> _sizes("2-3-1")
    [2, 3, 1]
    """
    if not re.fullmatch(r"[1-9]\d{0,4}(-[1-9]\d{0,4})+", text):
        raise typer.BadParameter(
            f"{text!r} is not a network such as 2-3-1: inputs, hidden units, outputs",
            param_hint="--net",
        )
    return [int(part) for part in text.split("-")]


def _of_object(
    work: Any,
    path: Path,
    rows: CheckedRows,
    sizes: list[int] | None,
    wanted: CheckOptions,
    notes: list[str],
) -> CheckReport:
    """Check an object's own step; of a class an object is made."""
    if inspect.isclass(work):
        between = sizes or [rows.x.shape[1], HIDDEN, rows.t.shape[1]]
        rate = LEARNING_RATE if wanted.learning_rate is None else wanted.learning_rate
        work, sentence = instance_of(work, path, between, rate)
        notes.append(sentence)
    network = loss = None
    if sizes or wanted.activation or wanted.loss:
        owner = getattr(work, "__self__", work)
        layers = chain_of(arrays_of(owner), rows.x.shape[1], rows.t.shape[1], rows.t)
        network, loss = _network(sizes, layers, wanted, notes)
    return check_work(work, network, loss, x=rows.x, t=rows.t, **_rate(wanted.learning_rate))


def _of_function(
    work: Any,
    held: dict[str, Any],
    rows: CheckedRows,
    sizes: list[int] | None,
    wanted: CheckOptions,
    notes: list[str],
) -> CheckReport:
    """Check a function, from the weights of its module or from weights drawn here."""
    params: Any
    if sizes is None:
        try:
            arrays = arrays_of(_own_arrays(held))
            layers = chain_of(arrays, rows.x.shape[1], rows.t.shape[1], rows.t)
        except TypeError as error:
            found, _, _ = str(error).partition(";")
            raise DataError(f"{found}; give --net 2-3-1, and {work.__name__} gets weights.") from (
                error
            )
        network, loss = _network(None, layers, wanted, notes)
        params = {
            f"dense{k}": {"W": one.W} | ({} if one.bias is None else {"b": np.ravel(one.bias)})
            for k, one in enumerate(layers, 1)
        }
    else:
        network, loss = _network(sizes, None, wanted, notes)
        params = network.init(np.random.default_rng(SEED))
        notes.append(f"weights were drawn with seed {SEED}")
    rate = wanted.learning_rate or learning_rate_of(_own_arrays(held), work)
    return check_work(_answering(work), network, loss, params, rows.x, rows.t, **_rate(rate))


def _own_arrays(held: dict[str, Any]) -> dict[str, Any]:
    """Return a module's numbers and arrays, without what it imported."""
    kinds = (int, float, list, tuple, dict, np.ndarray)
    return {
        name: value
        for name, value in held.items()
        if isinstance(value, kinds) and not name.startswith("__")
    }


def _answering(work: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function, refusing where it changed only the module's own variables."""

    @functools.wraps(work)
    def answering(*args: Any, **named: Any) -> Any:
        answer = work(*args, **named)
        if answer is None and len(inspect.signature(work).parameters) < 3:
            raise DataError(
                f"{work.__name__} takes no weights and returns nothing: return the gradients or "
                'the new weights, such as {"dW1": dW1}.'
            )
        return answer

    return answering


def _rate(rate: float | None) -> dict[str, Any]:
    return {} if rate is None else {"optimizer": SGD(rate)}


def _network(
    sizes: list[int] | None,
    layers: Sequence[FoundLayer] | None,
    wanted: CheckOptions,
    notes: list[str],
) -> tuple[Chain, Loss]:
    """Return the network that the options describe; its biases are those that were found."""
    if layers is not None:
        found = [layers[0].W.shape[0], *(one.W.shape[1] for one in layers)]
        if sizes is not None and sizes != found:
            raise DataError(
                f"your weights make a network {'-'.join(map(str, found))}, --net says "
                f"{'-'.join(map(str, sizes))}."
            )
        sizes = found
    assert sizes is not None
    activation, loss = wanted.activation or "sigmoid", wanted.loss or "squared"
    made: list[Layer] = []
    for place, (inputs, units) in enumerate(pairwise(sizes)):
        bias = layers is None or layers[place].bias is not None
        made.append(Dense(inputs, units, bias=bias))
        last = place == len(sizes) - 2
        if not last or (loss == "squared" and activation != "relu"):
            made.append(ACTIVATIONS[activation]())
    used = LOSSES[loss]()
    output = used.link_name or ("linear" if activation == "relu" else activation)
    hidden = f"hidden units {activation}, " if len(sizes) > 2 else ""
    notes.append(f"network {'-'.join(map(str, sizes))}: {hidden}output {output}, loss {loss}")
    return Chain(*made), used


def _for_the_command(words: str) -> str:
    """Return a sentence with the command's options in place of Python's arguments."""
    for python, command in IN_THE_COMMAND:
        if isinstance(python, str):
            words = words.replace(python, command)
        else:
            words = python.sub(command, words)
    return words


def _tell(path: Path, name: str, report: CheckReport, as_json: bool) -> None:
    if not as_json:
        say(_for_the_command(f"{name}\n{report}"))
        return
    told = {"file": str(path), "checked": name, "right": bool(report), **asdict(report)}
    told["notes"] = [_for_the_command(note) for note in report.notes]
    told["findings"] = [
        {key: _plain(value) for key, value in asdict(one).items()} for one in report.findings
    ]
    say_json(told)


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: a number that is not finite as a word."""
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value
