"""TableClassifier and TableRegressor: scikit-learn's contract and what they promise."""

import pickle
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator

import clearprop as cp
from clearprop.reporting.build import _members_title
from clearprop.tables.calibration import SMALLEST_P
from clearprop.tables.recipe import ALL, WITHOUT_PIECES, recipe_of

QUICK = {"preset": "fast", "max_epochs": 15, "random_state": 0}


@pytest.fixture(scope="module")
def mixed():
    """A table with every kind of column, and targets of both tasks."""
    rng = np.random.default_rng(0)
    rows = 240
    table = pd.DataFrame(
        {
            "size": rng.normal(size=rows),
            "shop": pd.Categorical(rng.choice(["north", "south", "west"], rows)),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 700, rows), "D"),
            "new": rng.random(rows) < 0.3,
            "price": np.where(rng.random(rows) < 0.1, np.nan, rng.gamma(2.0, 10.0, rows)),
            "note": [
                " ".join(rng.choice(["good", "bad", "late", "fine", "broken", "thanks"], 4))
                + f" {row}"
                for row in range(rows)
            ],
            "id": [f"K{row:05d}" for row in range(rows)],
            "same": 1.0,
        }
    )
    score = table["size"] + 2 * (table["shop"] == "north") + table["note"].str.contains("bad") * 2
    return table, np.where(score > 1.5, "yes", "no"), score.to_numpy(float)


@pytest.fixture(scope="module")
def fitted(mixed):
    table, classes, numbers = mixed
    return (
        cp.TableClassifier(preset="fast", random_state=0).fit(table, classes),
        cp.TableRegressor(preset="fast", random_state=0).fit(table, numbers),
    )


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # as scikit-learn runs them
@pytest.mark.parametrize("kind", [cp.TableClassifier, cp.TableRegressor])
def test_scikit_learns_own_checks_pass_without_an_exception(kind):
    done = check_estimator(kind(**QUICK), on_fail=None, on_skip=None)
    assert [check["check_name"] for check in done if check["status"] == "failed"] == []
    assert len(done) > 50


def test_every_kind_of_column_is_used(mixed, fitted):
    table, classes, numbers = mixed
    classifier, regressor = fitted
    assert classifier.score(table, classes) > 0.9
    assert regressor.score(table, numbers) > 0.9
    told = classifier.inputs_.describe()
    assert told == [
        "scaled 2 columns of numbers, with 32 pieces of piecewise-linear codes",
        "coded 2 columns of categories in 4 inputs: shop (3), new (2)",
        "took when for dates: days, year, month, day of month, day of week",
        "took note for text: 6 words, weighed by how rare they are",
        "gave missing values an input of their own: price (21)",
        "left out 1 column (the same value in every row that is trained on): same",
        (
            "left out 1 column (identifiers or free text): id (240 different) (--keep COLUMN, or "
            "keep=[COLUMN] in Python, keeps a column)"
        ),
    ]


def test_a_row_alone_has_the_inputs_it_has_within_the_table(mixed, fitted):
    table = mixed[0]
    whole = fitted[0].encode(table).toarray()
    for row in (0, 7, 239):
        alone = fitted[0].encode(table.iloc[[row]]).toarray()
        np.testing.assert_array_equal(alone[0], whole[row])


def test_an_extra_column_and_another_order_change_nothing_that_scikit_learn_allows(mixed, fitted):
    with pytest.raises(ValueError, match="feature names should match"):
        fitted[0].predict(mixed[0][list(mixed[0])[::-1]])


def test_the_same_seed_gives_the_same_model_and_another_seed_another(mixed):
    table, classes, _ = mixed
    first, second = (cp.TableClassifier(**QUICK).fit(table, classes) for _ in range(2))
    np.testing.assert_array_equal(first.predict_proba(table), second.predict_proba(table))
    other = cp.TableClassifier(**{**QUICK, "random_state": 1}).fit(table, classes)
    assert (other.predict_proba(table) != first.predict_proba(table)).any()


def test_the_threads_do_not_change_the_numbers(mixed):
    table, classes, _ = mixed
    one, two = (cp.TableClassifier(**QUICK, n_jobs=n).fit(table, classes) for n in (1, 2))
    np.testing.assert_array_equal(one.predict_proba(table), two.predict_proba(table))


def test_probabilities_are_the_mean_of_the_members_after_one_temperature(mixed, fitted):
    table, model = mixed[0], fitted[0]
    assert model.temperature_ > 0
    found = []
    for k, member in enumerate(model.members_):
        x = model.encode(table).toarray()
        hidden = 2
        if member.inputs == WITHOUT_PIECES:
            x = x[:, model.inputs_.without_pieces()]
            hidden = 3
        for number, layer in enumerate(member.params.values()):
            x = x.astype(float) @ layer["W"] + layer["b"]
            x = x / (1 + np.exp(-x)) if number < hidden else x
        surest = np.log(1 / SMALLEST_P - 1)
        found.append(1 / (1 + np.exp(-np.clip(x[:, 0], -surest, surest) / model.temperature_)))
        assert len(model.network(k).children) == 2 * hidden + 1
    np.testing.assert_allclose(model.predict_proba(table)[:, 1], np.mean(found, axis=0), atol=1e-6)


def test_whole_weights_repeat_rows(mixed):
    table, classes, _ = mixed
    weights = np.arange(len(table)) % 3
    rows = np.repeat(np.arange(len(table)), weights)
    weighted = cp.TableClassifier(**QUICK).fit(table, classes, weights)
    repeated = cp.TableClassifier(**QUICK).fit(table.iloc[rows], classes[rows])
    np.testing.assert_array_equal(weighted.predict_proba(table), repeated.predict_proba(table))


def test_other_weights_pull_the_probabilities():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(400, 2)), rng.integers(0, 2, 400)
    plain = cp.TableClassifier(**QUICK).fit(X, y).predict_proba(X)[:, 1].mean()
    heavy = cp.TableClassifier(**QUICK).fit(X, y, np.where(y == 1, 4.5, 0.5))
    balanced = cp.TableClassifier(**QUICK, class_weight={0: 0.5, 1: 4.5}).fit(X, y)
    assert heavy.predict_proba(X)[:, 1].mean() > plain + 0.2
    np.testing.assert_array_equal(balanced.predict_proba(X), heavy.predict_proba(X))


def test_the_order_of_few_rows_does_not_matter(mixed):
    table, classes = mixed[0][:90], mixed[1][:90]
    order = np.random.default_rng(0).permutation(90)
    first = cp.TableClassifier(**QUICK).fit(table, classes)
    second = cp.TableClassifier(**QUICK).fit(table.iloc[order], classes[order])
    np.testing.assert_array_equal(first.predict_proba(table), second.predict_proba(table))


def test_a_clone_a_pickle_a_pipeline_and_a_search(mixed, fitted):
    table, classes, _ = mixed
    model = fitted[0]
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.predict_proba(table), model.predict_proba(table))
    assert not hasattr(clone(model), "members_")
    pipe = make_pipeline(FunctionTransformer(), cp.TableClassifier(**QUICK))
    assert cross_val_score(pipe, table, classes, cv=2).mean() > 0.7
    search = GridSearchCV(cp.TableClassifier(**QUICK), {"bins": [0, 8]}, cv=2).fit(table, classes)
    assert search.best_params_["bins"] in (0, 8)


def test_several_labels_and_several_quantities():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    labels = (X[:, :2] + X[:, 1:] > 0).astype(int)
    model = cp.TableClassifier(**QUICK).fit(X, labels)
    assert model.predict(X).shape == model.predict_proba(X).shape == (300, 2)
    assert (model.predict(X) == labels).mean() > 0.9
    quantities = (X @ rng.normal(size=(3, 2)) + rng.normal(0, 0.05, (300, 2))) * [1, 100]
    other = cp.TableRegressor(**QUICK).fit(X, quantities)
    assert other.score(X, quantities) > 0.95
    assert other.predict_interval(X).shape == (300, 2, 2)


def test_numbers_that_are_sparse_are_as_the_dense_ones():
    X = np.random.default_rng(0).poisson(0.3, size=(200, 4)).astype(float)
    y = X @ [1.0, 2.0, 0.0, -1.0] + X[:, 2] ** 2
    dense = cp.TableRegressor(**QUICK).fit(X, y).predict(X)
    for kind in (sparse.csr_array, sparse.csc_matrix):
        np.testing.assert_array_equal(
            cp.TableRegressor(**QUICK).fit(kind(X), y).predict(kind(X)), dense
        )


@pytest.mark.parametrize("package", ["polars", "pyarrow"])
def test_tables_of_other_packages_are_read_as_pandas_ones(mixed, package):
    module = pytest.importorskip(package, reason=f"{package} is not installed")
    table = mixed[0][["size", "shop", "price"]]
    other = (
        module.from_pandas(table)
        if package == "polars"
        else module.table({name: module.array(table[name], from_pandas=True) for name in table})
    )
    first = cp.TableClassifier(**QUICK).fit(table, mixed[1])
    second = cp.TableClassifier(**QUICK).fit(other, mixed[1])
    np.testing.assert_array_equal(second.predict_proba(other), first.predict_proba(table))


@pytest.mark.parametrize(("coverage", "slack"), [(0.8, 0.06), (0.9, 0.05), (0.95, 0.04)])
def test_an_interval_holds_as_many_targets_as_it_promises(coverage, slack):
    """On rows drawn anew: not fewer by more than chance, nor nearly all."""
    rng = np.random.default_rng(0)

    def draw(rows):
        X = rng.uniform(-2, 2, size=(rows, 2))
        return X, np.sin(2 * X[:, 0]) + rng.normal(scale=0.5, size=rows)

    model = cp.TableRegressor(preset="fast", random_state=0).fit(*draw(1200))
    X, y = draw(3000)
    low, high = model.predict_interval(X, coverage).T
    assert coverage - slack < ((low <= y) & (y <= high)).mean() < coverage + slack


def test_a_quantile_lies_where_it_should_and_counts_are_positive():
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 1, size=(1500, 1))
    y = 3 * X[:, 0] + rng.exponential(size=1500)
    upper = cp.TableRegressor(preset="fast", loss="quantile", quantile=0.9, random_state=0)
    assert (y <= upper.fit(X, y).predict(X)).mean() == pytest.approx(0.9, abs=0.04)
    counts = rng.poisson(np.exp(2 * X[:, 0]))
    poisson = cp.TableRegressor(preset="fast", loss="poisson", random_state=0).fit(X, counts)
    np.testing.assert_allclose(poisson.predict(X), np.exp(2 * X[:, 0]), rtol=0.25)
    with pytest.raises(ValueError, match="the target of row 2 is negative"):
        poisson.fit(X[:3], [1.0, 0.0, -1.0])


@pytest.mark.parametrize("data", [load_iris, load_wine])
def test_small_tables_of_scikit_learn_are_learned(data):
    X, y = data(return_X_y=True, as_frame=True)
    train, test, y_train, y_test = train_test_split(X, y, stratify=y, random_state=0)
    assert cp.TableClassifier(random_state=0).fit(train, y_train).score(test, y_test) > 0.9


@pytest.mark.slow
def test_noisy_quantities_are_predicted_better_than_by_boosting():
    X, y = load_diabetes(return_X_y=True)
    train, test, y_train, y_test = train_test_split(X, y, random_state=0)
    ours = cp.TableRegressor(random_state=0).fit(train, y_train).score(test, y_test)
    theirs = HistGradientBoostingRegressor(random_state=0).fit(train, y_train)
    assert ours > theirs.score(test, y_test)


def test_a_step_of_a_member_has_the_outputs_it_predicts_with(mixed, fitted):
    table, classes, _ = mixed
    model = fitted[0]
    step = model.explain(table[:3], classes[:3], member=1)
    np.testing.assert_allclose(
        step["dense3.y"], model._outputs_of(1, model.encode(table[:3])), rtol=1e-4, atol=1e-5
    )
    assert step.labels.columns[0] == "size"
    assert step.labels.targets == tuple(classes[:3])
    with pytest.raises(ValueError, match="y has the class maybe, which training did not have"):
        model.explain(table[:1], ["maybe"])


def test_the_members_that_are_done_are_kept_when_the_time_is_up(mixed):
    table, classes, _ = mixed
    model = cp.TableClassifier(time_limit=1e-9, random_state=0).fit(table, classes)
    assert model.ended_ == "time"
    assert len(model.members_) > 0
    assert all(member.epochs == 1 for member in model.members_)
    assert model.predict(table).shape == (len(table),)


@pytest.mark.parametrize(
    ("preset", "classes", "numbers"),
    [
        ("fast", [(4, 2), (2, 1), (2, 1)], [(3, 2), (2, 1), (2, 1)]),
        ("default", [(8, 4), (4, 2), (4, 1)], [(6, 3), (3, 2), (3, 1)]),
        ("strong", [(16, 8), (8, 4), (8, 2)], [(16, 8), (8, 4), (8, 2)]),
    ],
)
def test_more_rows_need_fewer_members_and_fewer_probes(preset, classes, numbers):
    for kind, expected in ((cp.TableClassifier, classes), (cp.TableRegressor, numbers)):
        recipes = [recipe_of(kind(preset), rows) for rows in (100, 2000, 9000)]
        assert [(recipe.members, recipe.probes) for recipe in recipes] == expected
    recipe = recipe_of(cp.TableRegressor(members=5), 20)
    assert (recipe.members, recipe.probes) == (5, 0)


def test_the_default_sees_fewer_rows_of_large_tables_for_numbers_and_more_of_small_ones():
    assert recipe_of(cp.TableClassifier(), 300).epochs(300) == 45
    assert recipe_of(cp.TableRegressor(), 300).epochs(300) == 60
    rows = 10_000
    assert recipe_of(cp.TableClassifier(), rows).epochs(rows) == 40
    assert recipe_of(cp.TableRegressor(), rows).epochs(rows) == 24
    assert recipe_of(cp.TableRegressor(row_budget=500_000, max_epochs=99), rows).epochs(rows) == 50


def test_a_probe_of_numbers_ends_where_its_held_out_rows_grow_no_better():
    rng = np.random.default_rng(0)
    X, noise = rng.normal(size=(300, 6)), rng.normal(size=300)
    model = cp.TableRegressor("fast", max_epochs=60, random_state=0).fit(X, noise)
    probes = [member for member in model.members_ if member.rows_held_out]
    assert len(probes) == 2
    assert all(30 < member.epochs < 60 for member in probes)


X8 = np.random.default_rng(3).uniform(-2, 2, (600, 8))
QUANTITIES = {
    "smooth": (X8[:, 0] * X8[:, 1] + X8[:, 2] * X8[:, 3], WITHOUT_PIECES),
    "steps": (np.floor(2 * X8[:, 0]) + np.sign(X8[:, 1]) * np.floor(X8[:, 2]), ALL),
}


@pytest.mark.parametrize("function", QUANTITIES)
def test_probes_of_numbers_choose_the_inputs(function, tmp_path):
    y, inputs = QUANTITIES[function]
    model = cp.TableRegressor("fast", members=8, max_epochs=20, random_state=0).fit(X8, y)
    assert {member.inputs for member in model.members_} == {inputs}
    # What is told of the columns is what the networks see.
    assert ("pieces" in " ".join(model.inputs_.describe())) == (inputs == ALL)
    assert len(model.inputs_.input_names) == model.network(0).layers[0].inputs
    assert len(model.members_) == 8
    assert [m.rows_held_out > 0 for m in model.members_] == [True] * 4 + [False] * 4
    one, two = (
        cp.TableRegressor("fast", members=8, max_epochs=20, random_state=0, n_jobs=n).fit(X8, y)
        for n in (1, 2)
    )
    np.testing.assert_array_equal(one.predict(X8), two.predict(X8))
    model.save(tmp_path / "a.clearprop")
    np.testing.assert_array_equal(cp.load(tmp_path / "a.clearprop").predict(X8), model.predict(X8))


def test_a_probe_that_its_rival_beats_by_far_ends_early():
    notes = {}

    class Notes:
        setup = teardown = on_fit_task_begin = lambda *_, **__: None

        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            if context.task_name == "member":
                notes[context.task_id] = estimator.training_[context.task_id]

    model = cp.TableRegressor("fast", members=8, max_epochs=20, random_state=0, n_jobs=1)
    model.set_callbacks(Notes()).fit(X8, QUANTITIES["steps"][0])
    kinds = [(notes[k].inputs, len(notes[k].held_out_curve)) for k in range(4)]
    assert [inputs for inputs, _ in kinds[2:]] == [WITHOUT_PIECES] * 2
    assert (WITHOUT_PIECES, 6) in kinds[2:]
    assert all(inputs == ALL and epochs > 6 for inputs, epochs in kinds[:2])


def test_networks_without_pieces_have_a_layer_and_a_decay_of_their_own():
    arguments = {"hidden_layer_sizes": (9, 7), "extra_layers": 2, "plain_weight_decay": 0.3}
    recipe = recipe_of(cp.TableRegressor(**arguments), 300)
    assert recipe.networks == {ALL: ((9, 7), 0.1), WITHOUT_PIECES: ((9, 7, 7, 7), 0.3)}
    y = QUANTITIES["smooth"][0]
    model = cp.TableRegressor("fast", max_epochs=4, random_state=0).fit(X8, y)
    found = {m.inputs: model.explain(X8[:2], y[:2], member=k) for k, m in enumerate(model.members_)}
    assert {kind: step.task.optimizer.decay for kind, step in found.items()} == {
        kind: recipe_of(model, 300).networks[kind][1] for kind in found
    }
    # The report names the decay that trained them: none of these sees pieces.
    model = cp.TableRegressor("fast", max_epochs=20, random_state=0).fit(X8, y)
    assert {member.inputs for member in model.members_} == {WITHOUT_PIECES}
    title = _members_title(SimpleNamespace(estimator=model, title="8 networks"))
    assert title["optimizer"] == "Adam, η 0.008, weight decay 0.02"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(size=np.inf), "column 'size', row 1"),
        (
            lambda t: t.assign(size=[["a"]] * len(t)),
            "column .size., row 1: .* is neither a number",
        ),
        (lambda t: t[["same"]], "no column is left to learn from"),
        (lambda t: t[:1], "n_samples = 1"),
        (lambda t: t[:0], "0 sample"),
        (
            lambda t: t.set_axis([*list(t)[:-1], "size"], axis=1),
            "more than one column of the table is called .size.",
        ),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_in_one_sentence(mixed, change, message):
    table = change(mixed[0])
    with pytest.raises(ValueError, match=message):
        cp.TableClassifier(**QUICK).fit(table, mixed[1][: len(table)])


def test_a_target_of_one_class_is_refused(mixed):
    with pytest.raises(ValueError, match="y has one class only, no"):
        cp.TableClassifier(**QUICK).fit(mixed[0], ["no"] * len(mixed[0]))


def test_a_fit_that_fails_leaves_the_model_as_it_was(mixed):
    table, classes, _ = mixed
    model = cp.TableClassifier(**QUICK).fit(table, classes)
    before = model.predict_proba(table)
    with pytest.raises(ValueError, match="row 1"):
        model.fit(table.assign(price=np.inf), classes)
    with pytest.raises(ValueError, match="one class only"):
        model.fit(table[["size"]], ["no"] * len(table))
    np.testing.assert_array_equal(model.predict_proba(table), before)


def test_the_interval_is_the_order_statistic_of_conformal_prediction():
    X = np.random.default_rng(0).normal(size=(60, 2))
    model = cp.TableRegressor(random_state=0, members=1, max_epochs=1).fit(X, X[:, 0])
    model.residuals_ = np.arange(1.0, 10.0)[:, None]
    # ⌈(9 + 1) · 0.9⌉ = 9, ⌈(9 + 1) · 0.81⌉ = 9, ⌈(9 + 1) · 0.8⌉ = 8
    assert [model._half_interval(c) for c in (0.9, 0.81, 0.8, 0.1)] == [9, 9, 8, 1]
    with pytest.raises(ValueError, match=r"9 rows were held out: too few for a coverage of 0\.95"):
        model.predict_interval(X, coverage=0.95)


def test_each_part_that_is_held_out_has_its_share_of_small_and_large_targets():
    y = np.random.default_rng(0).permutation(np.arange(100.0))
    model = cp.TableRegressor()
    model._single = True
    assert model._targets(y, None).strata.tolist() == (y // 10).astype(int).tolist()
