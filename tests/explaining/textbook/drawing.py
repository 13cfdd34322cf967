"""Networks, conventions and ways to hand numbers over, drawn at random."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.explaining.textbook.step import LAYER, Textbook


def turned(name: str, array: Any, columns: bool, weights: bool, bias: str) -> Any:
    """Return an array as someone keeps it: examples as columns, W (units, inputs), b 2-D."""
    last = name.removesuffix(".new").rpartition(".")[2]
    if last in ("W", "dW"):
        return array.T if weights else array
    if last in ("b", "db"):
        return {"": array, "row": array[None], "column": array[:, None]}[bias]
    return array.T if columns and np.ndim(array) == 2 else array


def network(rng: np.random.Generator, slip: str = "") -> Textbook:
    """Return a network drawn at random: depth 1 to 4, sides of 1, square ones, 2-2-1."""
    shape = int(rng.integers(0, 6))
    depth = int(rng.integers(1, 5))
    if shape == 0:
        sizes = [2, 2, 1]
    elif shape == 1:
        sizes = [int(rng.integers(2, 5))] * (depth + 1)
    else:
        sizes = [int(n) for n in rng.integers(1, 6, depth + 1)]
    end = str(rng.choice(["linear", "sigmoid", "tanh", "softmax", "logistic"]))
    if end == "softmax" and sizes[-1] < 2:
        sizes[-1] = 3
    rows = int(rng.choice([2, 3, 4, 5, 6, sizes[0] if sizes[0] > 1 else 4]))
    hidden = len(sizes) - 2
    acts = [str(rng.choice(list(LAYER))) for _ in range(hidden)]
    residual = [sizes[k] == sizes[k + 1] and k > 0 and rng.uniform() < 0.25 for k in range(hidden)]
    normed = [bool(rng.uniform() < 0.12 and rows > 2) for _ in range(hidden)]
    dropped = [bool(rng.uniform() < 0.12) for _ in range(hidden)]
    return Textbook(
        sizes, acts, end, rows, normed, [bool(r) for r in residual], dropped,
        optimizer=str(rng.choice(["", "", "sgd", "momentum", "adam", "adamw"])),
        l2=float(rng.choice([0.0, 0.0, 0.01])), seed=int(rng.integers(2**32)),
    )  # fmt: skip


def fitting(book: Textbook) -> list[str]:
    """Return the conventions that a network can be computed in."""
    squared = book.end in ("linear", "sigmoid", "tanh")
    allowed = ["mean", "sum", "own scale"]
    if squared:
        allowed += ["no half", "MSELoss"]
    else:
        allowed.append("log(p + e)")
    if not book.optimizer:
        allowed += ["per row"]
        if sum(w.size for w in book.W) < 60:
            allowed.append("differences")
    if "relu" in book.acts[:1] and not any(book.normed) and not any(book.dropped):
        allowed.append("slope 1 at 0")
    if book.optimizer in ("adam", "adamw"):
        allowed.append("e in the root")
    if book.optimizer == "momentum":
        allowed.append("1 - mu")
    if book.optimizer == "adamw" and not book.gamma:
        allowed.append("biases decay")
    if book.optimizer and book.l2:
        # The penalty is on this package's scale: another loss scale would be another problem.
        allowed = [one for one in allowed if one not in ("sum", "own scale", "no half", "MSELoss")]
    return allowed


def again(book: Textbook, **changes: Any) -> Textbook:
    """Return the same network, computed otherwise."""
    names = ("sizes", "acts", "end", "rows", "normed", "residual", "dropped", "optimizer", "l2",
             "convention", "slip", "layer", "seed", "dtype")  # fmt: skip
    made = Textbook(**{name: getattr(book, name) for name in names} | changes)
    made.run()
    return made


FORMS = ("arrays", "float32", "lists", "short names", "nested")


def handed_over(book: Textbook, rng: np.random.Generator) -> dict[str, Any]:
    """Return the numbers as someone hands them over: orientation, names and types at random."""
    columns = bool(rng.uniform() < 0.4)
    weights = columns if rng.uniform() < 0.7 else not columns
    bias = str(rng.choice(["", "row", "column"]))
    form = str(rng.choice(FORMS))
    found = {n: turned(n, a, columns, weights, bias) for n, a in book.numbers().items()}
    if form == "float32" and book.convention != "differences":
        found = {name: np.asarray(array, np.float32) for name, array in found.items()}
    if form == "lists":
        found = {name: np.asarray(array).tolist() for name, array in found.items()}
    if form == "short names" and not any(book.residual):
        found = {_short(name): array for name, array in found.items()}
    if form == "nested":
        nested: dict[str, Any] = {}
        for name, array in found.items():
            *path, last = name.split(".")
            held = nested
            for part in path[:1] if path else []:
                held = held.setdefault(part, {})
            held[".".join([*path[1:], last])] = array
        found = nested
    return found


def _short(name: str) -> str:
    """Return dense2.dW as dW2, dense1.b.new as b1_new."""
    if name.startswith("dense"):
        number, _, rest = name.removeprefix("dense").partition(".")
        what, _, new = rest.partition(".")
        return {"dy": f"dZ{number}", "y": f"Z{number}"}.get(what, f"{what}{number}") + (
            "_new" if new else ""
        )
    return {"E": "loss", "p": "y_hat"}.get(name, name)


def right_solution(rng: np.random.Generator) -> tuple[Textbook, Any]:
    """Return a right solution in a convention at random, and what is handed over."""
    book = network(rng)
    book.run()
    made = again(book, convention=str(rng.choice(fitting(book))))
    return made, handed_over(made, rng)
