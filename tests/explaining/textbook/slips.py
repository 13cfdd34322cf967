"""The slips of the textbook: which true names each has, and one made at random."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from tests.explaining.textbook.drawing import again, fitting, handed_over, network
from tests.explaining.textbook.step import Textbook

SLIPS: dict[str, str] = {
    "no slope": r"slope missing|× .*missing in dense|layer'?s? slope",
    "no 1/N": r"1/N missing",
    "twice": r"gradients of the step before kept|1/2 missing|a 2 slipped|a factor 2",
    "sign": r"wrong sign|step uphill|minus|operands exchanged",
    "absolute error": r"\|. − t\||absolute",
    "squared error": r"squared error in place of the error",
    "softmax slope": (
        r"diagonal of the softmax|slope taken twice|derivative doubled|sigmoid's slope (at|besides)"
    ),
    "argmax": r"likeliest|rounded prediction|1 in place of the output",
    "base two": r"base 2",
    "softmax over rows": r"softmax taken over the rows",
    "db mean": r"bias averaged twice|dbias|averaged",
    "db one number": r"summed to one number",
    "db of one row": r"row",
    "raw error": r"raw error|updated before|\.dy in place of",
    "updated first": r"updated before|W\.new",
    "W not transposed": r"not transposed|transpose missing|in place of .*W",
    "other W": r"W of .* in place of",
    "z in dW": r"z in place of a|own (z|output) in place of its input|in place of .* in .*dW",
    "X in dW": r"input in place of|x.? in place of .* in .*dW",
    "dW transposed": r"dW transposed|exchanged",
    "slope twice": r"slope taken twice|in place of",
    "slope at z": r"slope taken at z",
    "slope of the next layer": r"in place of .* in|taken at .*'s values",
    "dot for times": r"matrix product",
    "last row only": r"last row",
    "last row left out": r"row left out|last row",
    "means multiplied": r"product of the means",
    "mask forgotten": r"mask forgotten|missing in",
    "dropout unscaled": r"dropout not scaled",
    "ddof 1": r"unbiased variance",
    "constant statistics": r"statistics taken as constants",
    "no hat in dgamma": r"x̂ missing|missing in",
    "shortcut forgotten": r"missing in",
    "no bias": r"bias forgotten|missing in",
    "z fed on": r"in place of|activation missing",
    "other bias": r"in place of",
    "no rate": r"no learning rate|learning rate",
    "uphill": r"step uphill|wrong sign",
    "L2 on biases": r"L2 on biases",
    "L2 forgotten": r"L2 forgotten",
    "L2 twice": r"L2 doubled",
    "L2 sign": r"L2 with the wrong sign",
    "velocity sign": r"velocity with the wrong sign",
    "no velocity": r"velocity forgotten",
    "no velocity for biases": r"velocity.*missing|velocity forgotten",
    "no decay": r"decay forgotten|not updated",
    "t too low": r"one too low|exact",
    "t too high": r"one too high",
    "no correction": r"without bias correction",
    "1 - beta missing": r"1 − β missing in m",
    "g not squared": r"g not squared|power missing",
    "m squared in v": r"m in place of",
    "no root": r"root missing",
    # No name fits what only a threshold of one's own makes.
    "clipped delta": r"^$",
    "twice X": r"dW taken twice|1/N missing in dW alone|updated twice",
    "W added": r"W added to dW",
    "divided by units": r"dW divided by the number of units",
    "columns exchanged": r"columns of dW in the reverse order",
    "db times b": r"bias treated as an activation|times b|b in",
}


def slip_solution(
    rng: np.random.Generator, slip: str
) -> tuple[Textbook, dict[str, Any], dict[str, Any]] | None:
    """Return a solution with a slip, what is handed over, and the same numbers by path.

    None where the slip changes no number in the network drawn.
    """
    for _ in range(60):
        book = network(rng)
        if rng.uniform() < 0.5 and slip in OF_UPDATE:
            book.optimizer = str(rng.choice(["sgd", "momentum", "adam", "adamw"]))
        book.run()
        kinds = [one for one in fitting(book) if one in ("mean", "sum", "no half", "MSELoss")]
        convention = str(rng.choice(kinds)) if rng.uniform() < 0.3 else "mean"
        layer = int(rng.integers(0, book.hidden + 1))
        if slip == "dW transposed" and len(book.W) == 1:
            continue  # the one matrix there is may stand either way
        if slip == "updated first" and book.optimizer != "sgd":
            continue
        if slip == "slope at z" and book.acts[layer : layer + 1] == ["relu"]:
            continue
        try:
            right = again(book, convention=convention).numbers()
            made = again(book, convention=convention, slip=slip, layer=layer)
            wrong = made.numbers()
        except (ValueError, IndexError, KeyError):  # the slip has no place here
            continue
        fits = all(
            np.shape(wrong[name]) == np.shape(right.get(name, wrong[name])) for name in wrong
        )
        known = [name for name in wrong if name in right] if fits else []
        changed = any(
            np.max(np.abs(wrong[name] - right[name])) > 1e-4 * np.max(np.abs(right[name]))
            for name in known
        )  # more than single precision hides
        finite = all(np.isfinite(array).all() for array in wrong.values())
        if fits and changed and finite:
            return made, handed_over(made, rng), wrong
    return None


OF_UPDATE = frozenset({
    "no rate", "uphill", "L2 on biases", "L2 forgotten", "L2 twice", "L2 sign", "velocity sign",
    "no velocity", "no velocity for biases", "no decay", "t too low", "t too high",
    "no correction", "1 - beta missing", "g not squared", "m squared in v", "no root",
    "updated first",
})  # fmt: skip


def outcome(report: Any, slip: str) -> str:
    """Return named, exact, located or misnamed: what a report says of a slip."""
    if report.causes and report.explained:
        return "named" if any(re.search(SLIPS[slip], one) for one in report.causes) else "misnamed"
    first = report.first_wrong
    if any(re.search(SLIPS[slip], one) for one in report.causes):
        return "named"
    if first is not None and is_exact(first.statement):
        return "exact"
    return "located"


def is_exact(statement: str) -> bool:
    """Return whether a statement says how the numbers differ, not only how many are right."""
    return bool(statement) and not statement.endswith("numbers are right")
