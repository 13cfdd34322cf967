"""What two kinds of layers are worth to the table estimators: error, log loss, RMSE and cost.

``python benchmarks/table_layers.py embedding`` gives categories learned rows of a table in place of
inputs of their own, or beside them. ``python benchmarks/table_layers.py tabm`` trains members that
share their weights. Rows, optimizer, schedule, probes and the choice of epochs are the recipe's.
``one-hot`` changes how many categories have inputs of their own, which is an embedding as wide as
the first layer.

As in ``table_ablation.py`` only training rows are used, a part of them to train on and a part to
compare on, and scores are told as 100 ln(changed / recipe). Where layers are tried, everybody
trains with the NumPy engine, the recipe too, so that costs can be compared. The layers are in
``tried_layers.py``.
"""

from __future__ import annotations

import argparse
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any

import clearprop as cp
import numpy as np
import pandas as pd
from clearprop.data.values import categories_of
from clearprop.engines import get_engine
from clearprop.tables.codes.kinds import PIECE
from clearprop.tables.recipe import ALL, FEW_ROWS, PRESETS, Recipe
from clearprop.tables.task import MemberTask, network_of

from raw_tables import RawTable
from table_ablation import FLOOR, development, scores_of, shown
from tried_layers import Heads, MeanOfMembers, SharedDense, WithRows

MOST_ROWS = 5000
FEWEST_ROWS = 3
"""Categories with fewer rows share one row of the table, with those that training has not met."""


@dataclass(frozen=True)
class Embedding:
    """Categories of columns with more than `over` of them have learned rows.

    They stand in place of the recipe's inputs of these columns, or beside them.
    """

    over: float = np.inf
    width: int = 8
    beside: bool = False
    spread: float = 0.1


@dataclass(frozen=True)
class TabM:
    """Each network is `members` networks that share their weights."""

    members: int
    full: bool = False
    start: str = "normal"


RECIPE = Embedding()
VARIANTS: dict[str, dict[str, tuple[Embedding | TabM | None, dict[str, Any]]]] = {
    "one-hot": {
        "recipe": (None, {}),
        "40": (None, {"max_one_hot": 40}),
        "100": (None, {"max_one_hot": 100}),
        "1000": (None, {"max_one_hot": 1000}),
        "from 10 rows": (None, {"min_category_rows": 10}),
    },
    "embedding": {
        "recipe": (RECIPE, {}),
        "rows of 8": (Embedding(40, 8), {}),
        "rows of 8 beside": (Embedding(40, 8, beside=True), {}),
        "rows of 8, from 3": (Embedding(2, 8), {}),
    },
    "tabm": {
        "recipe": (RECIPE, {}),
        "twice the members": (RECIPE, {"members": "twice"}),
        "mini, k = 4": (TabM(4), {"members": 2}),
        "mini, k = 8": (TabM(8), {"members": 2}),
        "full, k = 8": (TabM(8, True), {"members": 2}),
    },
}
TABM_SETS = ("vowel", "titanic", "pima", "concrete", "yacht", "friedman1")


@dataclass(frozen=True, eq=False)
class LayersTask(MemberTask):
    """A task whose networks are made by the variant."""

    make: Callable[[str, int, int], Any] = field(kw_only=True)

    def network(self, inputs: str) -> Any:
        """Return the network that sees these inputs."""
        return self.make(inputs, self.inputs[inputs].shape[1], self.targets.shape[1])


class WithLayers:
    """A table estimator whose networks have other layers; `tried` says which."""

    tried: Embedding | TabM

    def fit(self, X: Any, y: Any) -> Any:
        """Number the categories with learned rows, and fit."""
        self.numbers_: dict[str, dict[Any, int]] = {}
        self.rows_ = 0
        if isinstance(self.tried, Embedding):
            for name in columns_of(self.tried, X):
                self._number(X[name], name)
        self.learned_ = self._learned(X)
        return super().fit(X, y)

    def _number(self, column: Any, name: str) -> None:
        """Give each common category of a column a row of the table; the others share the first."""
        texts, codes = categories_of(column, name)
        common = np.flatnonzero(np.bincount(codes + 1) >= FEWEST_ROWS)
        names = [None, *texts]
        self.numbers_[name] = {names[k]: self.rows_ + 1 + i for i, k in enumerate(common)}
        self.numbers_[name][...] = self.rows_
        self.rows_ += 1 + len(common)

    def _learned(self, X: Any) -> np.ndarray:
        """Return for each row of a raw table the numbers of its categories' rows (N, columns)."""
        found = np.zeros((len(X), len(self.numbers_)), np.float32)
        for place, (name, numbers) in enumerate(self.numbers_.items()):
            texts, codes = categories_of(X[name], name)
            of_text = [numbers.get(text, numbers[...]) for text in [*texts, None]]
            found[:, place] = np.array(of_text)[codes]
        return found

    def _task(self, encoded: Any, targets: Any, weights: Any, streamed: Any = None) -> LayersTask:
        task = super()._task(encoded, targets, weights, streamed)
        assert len(self.learned_) == len(encoded), "repeated rows are not meant for this"
        inputs = {kind: self._seen(kind, encoded, self.learned_) for kind in task.inputs}
        self._widths = {kind: x.shape[1] for kind, x in inputs.items()}
        self._outputs = task.targets.shape[1]
        self._start = task.prior
        given = {f.name: getattr(task, f.name) for f in fields(MemberTask)}
        prior = None if isinstance(self.tried, TabM) else task.prior  # the heads have it
        return LayersTask(**{**given, "inputs": inputs, "prior": prior}, make=self._made)

    def _made(self, inputs: str, width: int, outputs: int) -> Any:
        if isinstance(self.tried, TabM):
            return tabm_of(self.tried, self._recipe, inputs, width, outputs, self._start)
        places = len(self.numbers_)
        return embedding_of(self.tried, self._recipe, inputs, width - places, places, self.rows_,
                            outputs)  # fmt: skip

    def _seen(self, kind: str, encoded: Any, learned: np.ndarray) -> np.ndarray:
        """Return the inputs of one kind, without those that learned rows stand for."""
        kinds = self.inputs_.input_kinds
        stays = np.ones(len(kinds), bool)
        if isinstance(self.tried, Embedding):
            stays &= self.tried.beside | ~np.isin(self.inputs_.input_columns, list(self.numbers_))
        if kind != ALL:
            stays &= kinds != PIECE
        return np.hstack([encoded[:, stays], learned])

    def encode(self, X: Any) -> Any:
        """Return all inputs, and the numbers of the categories' rows."""
        return super().encode(X), self._learned(X)

    def _seen_by(self, member: int, encoded: Any) -> Any:
        return self._seen(self.members_[member].inputs, *encoded)

    def _outputs_of(self, member: int, seen: Any) -> Any:
        params = self.members_[member].params
        return get_engine("numpy").outputs(self.network(member), params, None, seen)

    def network(self, member: int = 0) -> Any:
        """Return the network of a member."""
        kind = self.members_[member].inputs
        return self._made(kind, self._widths[kind], self._outputs)

    def _loss_object(self) -> Any:
        loss = super()._loss_object()
        return MeanOfMembers(loss, self.tried.members) if isinstance(self.tried, TabM) else loss


class Classifier(WithLayers, cp.TableClassifier):
    """TableClassifier with other layers."""


class Regressor(WithLayers, cp.TableRegressor):
    """TableRegressor with other layers."""


def columns_of(tried: Embedding | TabM, X: pd.DataFrame) -> tuple[str, ...]:
    """Return the columns of a raw table whose categories have learned rows."""
    if isinstance(tried, TabM):
        return ()
    words = X.select_dtypes(["object", "str", "category", "bool"])
    return tuple(name for name in words if X[name].nunique(dropna=False) > tried.over)


def embedding_of(
    tried: Embedding, recipe: Recipe, inputs: str, width: int, places: int, rows: int, outputs: int
) -> cp.Chain:
    """Return the recipe's network behind learned rows of categories."""
    seen = width + places * tried.width
    learned = WithRows(width, places, rows, tried.width, tried.spread)
    return cp.Chain(learned, *network_of(recipe, inputs, seen, outputs).layers)


def tabm_of(
    tried: TabM, recipe: Recipe, inputs: str, width: int, outputs: int, start: Any
) -> cp.Chain:
    """Return the recipe's network as members that share their weights."""
    layers: list[Any] = []
    for hidden in recipe.networks[inputs][0]:
        first = None if layers else tried.start
        layers += [SharedDense(width, hidden, tried.members, first, tried.full), cp.SiLU()]
        width = hidden
    begins = tuple(float(b) for b in (np.zeros(outputs) if start is None else start))
    return cp.Chain(*layers, Heads(width, outputs, tried.members, begins))


def made_sets() -> Iterator[tuple[RawTable, np.ndarray, np.ndarray]]:
    """Yield tables whose categories have places in a plane that nobody is told."""
    for name, categories, rows in (("shops", 300, 5000), ("places", 1500, 6000),
                                   ("blank", 800, 5000)):  # fmt: skip
        rng = np.random.default_rng(categories)
        of, u = _drawn(rng, categories, rows)
        a, b = rng.normal(size=(2, rows))
        if name == "blank":  # categories that say nothing
            u = np.zeros_like(u)
        f = np.sin(2 * u[of, 0]) + u[of, 1] * a + 0.5 * u[of, 0] * u[of, 1] + 0.5 * b
        X = pd.DataFrame({"a": a, "b": b, "place": np.char.add("p", of.astype(str))})
        if name != "shops":
            y = (f + rng.logistic(0, 0.5, rows) > 0).astype(int)
            yield RawTable(name, X, y, True), y, np.arange(rows)
        else:
            y = f + rng.normal(0, 0.5, rows)
            yield RawTable(name, X, y, False), y, np.arange(rows)
    rng = np.random.default_rng(7)
    user, u = _drawn(rng, 3000, 8000)
    item, v = _drawn(rng, 300, 8000)
    a = rng.normal(size=8000)
    y = (u[user] * v[item]).sum(axis=1) + 0.5 * v[item, 0] + 0.5 * a + rng.normal(0, 0.5, 8000)
    X = pd.DataFrame({"a": a, "user": np.char.add("u", user.astype(str)),
                      "item": np.char.add("i", item.astype(str))})  # fmt: skip
    yield RawTable("ratings", X, y, False), y, np.arange(8000)


def _drawn(rng: np.random.Generator, categories: int, rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the category of each row, the k-th as frequent as 1 / (k + 5), and their places."""
    frequent = 1 / (np.arange(categories) + 5.0)
    return rng.choice(categories, rows, p=frequent / frequent.sum()), rng.normal(
        size=(categories, 2)
    )


def categorical_sets() -> Iterator[tuple[RawTable, np.ndarray, np.ndarray]]:
    """Yield the made tables, two real ones with categories of numbers, and four as they are."""
    yield from made_sets()
    for table, y, rows in development():
        if table.name == "california":  # a cell of a tenth of a degree in place of the two
            X = table.X.drop(columns=["longitude", "latitude"])
            places = table.X[["longitude", "latitude"]].round(1).astype(str)
            X["cell"] = places["longitude"] + " " + places["latitude"]
            yield replace(table, name="cells", X=X), y, rows
        elif table.name == "bike":  # the hour of the week in place of the moment
            moment = table.X["datetime"].dt
            X = table.X.drop(columns="datetime")
            X["month"] = moment.strftime("%Y-%m")
            X["hour"] = moment.strftime("%a %H")
            yield replace(table, name="hours", X=X), y, rows
        elif table.name in ("adult", "telco", "titanic"):
            yield table, y, rows


def main() -> None:
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layers", choices=VARIANTS)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--rows", type=int, default=MOST_ROWS, help="of a table at most")
    parser.add_argument("--sets", nargs="+", help="these alone")
    parser.add_argument("--variants", nargs="+", help="these alone, beside the recipe")
    options = parser.parse_args()
    variants = {name: tried for name, tried in VARIANTS[options.layers].items()
                if name == "recipe" or name in (options.variants or [name])}  # fmt: skip
    tables = categorical_sets()
    if options.layers == "tabm":
        tables = (found for found in development() if found[0].name in TABM_SETS)
    changes: dict[str, dict[str, list[float]]] = {name: {} for name in variants}
    for table, y, rows in tables:
        if table.name not in (options.sets or [table.name]):
            continue
        rows = np.sort(np.random.default_rng(0).permutation(rows)[: options.rows])
        scores: dict[str, list[dict[str, float]]] = {}
        done: set[Any] = set()  # a table without such columns needs no second fit
        for name, (tried, given) in variants.items():
            what: Any = tried
            if isinstance(tried, Embedding):
                of = columns_of(tried, table.X.iloc[rows])
                what = of, replace(tried, over=0) if of else None
            if (what, *given.items()) not in done:
                scores[name] = [measured(table, y, rows, k, tried, given) for k in options.seeds]
                line = told(scores["recipe"], scores[name], changes[name])
                print(f"{table.name:<11}{name:<24}", line, flush=True)
            done.add((what, *given.items()))
    for name, of_sets in changes.items():
        print(f"{'all':<11}{name:<24}", "  ".join(
            f"{shown(score, float(np.mean(of)))} ± {np.std(of) / max(len(of) - 1, 1) ** 0.5:.1f}"
            for score, of in of_sets.items()))  # fmt: skip


def measured(
    table: RawTable,
    y: Any,
    rows: Any,
    seed: int,
    tried: Embedding | TabM | None,
    given: dict[str, Any],
) -> dict[str, float]:
    """Return the scores of one fit of the recipe with these layers."""
    if given.get("members") == "twice":
        most = PRESETS["default"]["members"][not table.classifies]
        given = {"members": 2 * (most if 0.75 * len(rows) < FEW_ROWS else -(-most // 2))}

    def made(classifies: bool, _X: Any, seed: int) -> Any:
        kinds = (
            (cp.TableRegressor, cp.TableClassifier) if tried is None else (Regressor, Classifier)
        )
        model = kinds[classifies](random_state=seed, n_jobs=1, **given)
        model.tried = tried
        return model

    return scores_of(table, y, rows, seed, made)


def told(old: list[dict[str, float]], new: list[dict[str, float]], kept: dict[str, Any]) -> str:
    """Return the change of each score, its standard error over the splits, and the score."""
    words = []
    for score in old[0]:
        each = [100 * np.log((b[score] + FLOOR) / (a[score] + FLOOR))
                for a, b in zip(old, new, strict=True)]  # fmt: skip
        kept.setdefault(score, []).append(float(np.mean(each)))
        spread = np.std(each) / max(len(each) - 1, 1) ** 0.5
        value = np.mean([b[score] for b in new])
        words.append(f"{shown(score, float(np.mean(each)))} ± {spread:.1f} ({value:.3g})")
    return "  ".join(words)


if __name__ == "__main__":
    main()
