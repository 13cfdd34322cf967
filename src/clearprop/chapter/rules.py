"""Item 7, beyond the chapter: all rules side by side, on networks they were not drawn for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from clearprop.chapter.fruit import fruit
from clearprop.chapter.page import Item, Shown, Table, Words, table
from clearprop.credit import (
    CreditRule,
    DirectFeedbackAlignment,
    Even,
    Exact,
    FeedbackAlignment,
    Proportional,
    RuleComparison,
    TransposedWeights,
    compare,
    train,
)
from clearprop.credit.comparison import describe
from clearprop.definitions.layers import Chain, Dense, Sigmoid
from clearprop.definitions.losses import SquaredError
from clearprop.writing.numbers import fixed
from clearprop.writing.numbers import shown as num

TITLE = "Beyond the chapter: all rules, side by side"

RULES: tuple[CreditRule, ...] = (
    Exact(),
    TransposedWeights(),
    TransposedWeights(after_update=True),
    Proportional(),
    Even(),
    FeedbackAlignment(),
    DirectFeedbackAlignment(),
)
RATES = (0.3, 1.0, 3.0, 10.0)
BATCH = 10


@dataclass(frozen=True)
class ClassificationTask:
    """Rows to train on and rows to test on; targets are 0 and 1, an output for each class."""

    name: str
    x: np.ndarray
    kinds: np.ndarray
    test_x: np.ndarray
    test_kinds: np.ndarray
    network: Chain
    epochs: int

    @property
    def targets(self) -> np.ndarray:
        """One-hot rows."""
        return np.eye(self.kinds.max() + 1)[self.kinds]


@dataclass(frozen=True)
class RuleResults:
    """The final loss of each rule at each rate, and the share of test rows it then gets right.

    `best` is the rate with the lowest loss; `stopped` what ended a training early, "" for none.
    """

    task: ClassificationTask
    losses: dict[CreditRule, tuple[float, ...]]
    right: dict[CreditRule, tuple[float, ...]]
    stopped: tuple[str, ...]

    def best(self, rule: CreditRule) -> int:
        """Return which of `RATES` gave the lowest loss."""
        return int(np.argmin(self.losses[rule]))


@dataclass(frozen=True)
class RuleNumbers:
    """The rules' gradients beside the true one at the start, and two trainings by every rule."""

    comparison: RuleComparison
    trained: tuple[RuleResults, ...]


def fruit_task() -> ClassificationTask:
    """Return 200 plums and limes for a network with two hidden layers."""
    (x, kinds), (test_x, test_kinds) = fruit(), fruit(1000, seed=1)
    return ClassificationTask("fruit", x, kinds, test_x, test_kinds, _network(2, 6, 6, 2), 40)


def digits_task() -> ClassificationTask:
    """Return 1,400 of the embedded digits, 397 others to test, and a larger network."""
    from clearprop.data.embedded import load

    digits = load("digits")
    order = np.random.default_rng(0).permutation(len(digits.y))
    x, kinds = np.asarray(digits.X)[order] / 16, digits.y[order]
    network = _network(64, 30, 30, 10)
    return ClassificationTask("digits", x[:1400], kinds[:1400], x[1400:], kinds[1400:], network, 10)


def train_all_rules(task: ClassificationTask) -> RuleResults:
    """Train by every rule at every rate, from the same weights, in the same order of rows."""
    params = task.network.init(np.random.default_rng(0))
    losses: dict[CreditRule, tuple[float, ...]] = {}
    right: dict[CreditRule, tuple[float, ...]] = {}
    stopped = []
    for rule in RULES:
        runs = [
            train(
                task.network, SquaredError(), params, task.x, task.targets, rule,
                rate=rate, epochs=task.epochs, batch_size=BATCH, seed=0,
            )
            for rate in RATES
        ]  # fmt: skip
        losses[rule] = tuple(run.losses[-1] for run in runs)
        right[rule] = tuple(
            float((run.predict(task.test_x).argmax(axis=1) == task.test_kinds).mean())
            for run in runs
        )
        stopped += [f"{describe(rule)}: {run.stopped}" for run in runs if run.stopped]
    return RuleResults(task, losses, right, tuple(stopped))


def compute() -> RuleNumbers:
    """Return the comparison and both trainings."""
    task = fruit_task()
    params = task.network.init(np.random.default_rng(0))
    comparison = compare(
        task.network, SquaredError(), params, task.x, task.targets, RULES, rate=RATES[0]
    )
    return RuleNumbers(comparison, (train_all_rules(task), train_all_rules(digits_task())))


def item() -> Item:
    """Return the item."""
    found = compute()
    of_fruit, of_digits = found.trained
    return Item(
        "7",
        TITLE,
        (
            Words(
                "All these rules answer one question: what does a layer tell the one before it? "
                "In clearprop each is a small object, and one loop runs any of them backwards "
                "through a network of any depth. Two more belong beside them, from research. "
                "Feedback alignment sends the error back through fixed random weights instead of "
                "the real ones (Lillicrap and others, 2016). Direct feedback alignment sends the "
                "output's error straight to every layer, again through random weights "
                "(Nøkland, 2016). Nobody would expect that to work."
            ),
            Words(
                "First, two hidden layers, before any training, on the 200 fruits. Below 90° a "
                "small step in a rule's direction still leads downhill; above 90°, uphill."
            ),
            Shown(tuple(found.comparison.table())),
            *(Words(f"({note}.)") for note in found.comparison.notes),
            Words(
                "The last layer is always right: nothing has been sent back yet. The more layers "
                "lie between, the more the rules disagree. Random feedback starts out no better "
                "than chance."
            ),
            Words(
                f"Now train, {of_fruit.task.epochs} epochs, batches of {BATCH}, each rule at four "
                "learning rates, since their steps differ in length. The loss at the end, and how "
                "many of 1,000 other fruits are right at the best rate:"
            ),
            _results_table(of_fruit),
            Words(
                f"And handwritten digits, a network 64–30–30–10, {of_digits.task.epochs} epochs, "
                f"{len(of_digits.task.test_kinds)} digits to test:"
            ),
            _results_table(of_digits),
            *(Words(f"Stopped: {reason}") for found in found.trained for reason in found.stopped),
            Words(_verdict(of_digits)),
            Words(
                "Even spreading tells every unit of a layer the same, the sum of the outputs' "
                "errors. Where a wrong answer makes one output too high and another too low, that "
                "sum is about nothing, and the layers behind learn next to nothing. Proportional "
                "spreading is upset by its denominators. And random feedback works, to everyone's "
                "surprise: training turns the real weights until the random ones suit them. Here "
                f"it comes to {_percent(of_digits, FeedbackAlignment())} of the digits, sent "
                f"straight from the output to {_percent(of_digits, DirectFeedbackAlignment())}."
            ),
            Words(
                "One start, one split: read the tables for what works at all, not for the last "
                "half per cent."
            ),
        ),
        found,
    )


def _verdict(of_digits: RuleResults) -> str:
    exact, raw = Exact(), TransposedWeights()
    last = of_digits.losses[raw][-1], of_digits.losses[exact][-1]
    return (
        "The raw error through the transposed weights, the course's rule, takes longer steps "
        "(item 6), more so with every layer. At small rates that makes it quick; at its best it "
        f"comes as far as the derivative, {_percent(of_digits, raw)} of the digits to "
        f"{_percent(of_digits, exact)}. At large rates it falls over: at {num(RATES[-1])} its loss "
        f"is {num(last[0])}, the derivative's {num(last[1])}."
    )


def _percent(results: RuleResults, rule: CreditRule) -> str:
    return f"{100 * results.right[rule][results.best(rule)]:.1f} %"


def _results_table(results: RuleResults) -> Table:
    rows = [["loss at rate", *(num(rate) for rate in RATES), "right"]]
    rows += [
        [describe(rule), *(fixed(loss) for loss in results.losses[rule]), _percent(results, rule)]
        for rule in RULES
    ]
    return table(rows)


def _network(*widths: int) -> Chain:
    layers: list[Dense | Sigmoid] = []
    for inputs, outputs in pairwise(widths):
        layers += [Dense(inputs, outputs), Sigmoid()]
    return Chain(*layers)
