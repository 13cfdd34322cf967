"""Statistics of parts merge to those of all rows, in any split; quantiles keep their bound."""

from functools import reduce
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data.table_pieces import TablePiece
from clearprop.data.values import categories_of
from clearprop.tables.streamed import counts
from clearprop.tables.streamed.counts import Extent, Tally
from clearprop.tables.streamed.sample import RowSample, rank_error, sample_rows
from clearprop.tables.streamed.statistics import TableStatistics, TargetStatistics
from clearprop.training.sources import row_hashes

KEY = 11


def frame_of(rows, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "size": rng.lognormal(size=rows),
        "shop": rng.choice(["a", "b", "c", "d"], rows, p=[0.7, 0.2, 0.09, 0.01]),
        "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 900, rows), "D"),
    })  # fmt: skip
    frame.loc[rng.random(rows) < 0.2, "size"] = np.nan
    frame.loc[rng.random(rows) < 0.2, "shop"] = None
    frame.loc[rng.random(rows) < 0.2, "day"] = pd.NaT
    return frame


def piece_of(frame, y, first, last):
    part = frame.iloc[first:last]
    values = {
        "size": part["size"].to_numpy(),
        "shop": categories_of(part["shop"], "shop"),
        "day": pd.DatetimeIndex(part["day"]),
    }
    return TablePiece(values, y[first:last], np.arange(first, last))


def statistics(frame, y, cuts, most, classifies=True):
    ends = sorted({0, len(frame), *cuts})
    return [
        TableStatistics.of(
            piece_of(frame, y, first, last), first, last - first, classifies=classifies,
            most=most, key=KEY,
        )
        for first, last in pairwise(ends)
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    rows=st.integers(2, 90), cuts=st.lists(st.integers(1, 89), max_size=8),
    most=st.integers(1, 100), classifies=st.booleans(), seed=st.integers(0, 99), data=st.data(),
)  # fmt: skip
def test_any_split_and_order_gives_those_of_all_rows(rows, cuts, most, classifies, seed, data):
    frame = frame_of(rows, seed)
    rng = np.random.default_rng(seed)
    y = rng.choice(["no", "yes", "why"], rows) if classifies else rng.standard_normal(rows)
    parts = statistics(frame, y, [cut for cut in cuts if cut < rows], most, classifies)
    found = reduce(TableStatistics.merge, data.draw(st.permutations(parts)))
    assert found.count == rows

    size, day = found.columns["size"], found.columns["day"]
    assert (size.present, size.missing) == (frame["size"].count(), frame["size"].isna().sum())
    if size.present:
        assert (size.least, size.most) == (frame["size"].min(), frame["size"].max())
    if day.present:
        assert (day.least, day.most) == (frame["day"].min(), frame["day"].max())

    shop = found.columns["shop"]
    grouped = frame.assign(y=y).groupby("shop")
    assert shop.rows.to_dict() == grouped.size().to_dict()
    assert shop.missing == frame["shop"].isna().sum()
    if classifies:
        table = pd.crosstab(frame["shop"], y)
        for label in np.unique(y):
            expected = table[label].to_dict() if label in table else {}
            assert {k: v for k, v in shop.sums[label].items() if v} == {
                k: v for k, v in expected.items() if v
            }
            assert shop.gap[label] == ((y == label) & frame["shop"].isna()).sum()
        assert found.target.classes.to_dict() == pd.Series(y).value_counts().to_dict()
    else:
        np.testing.assert_allclose(
            shop.sums[0].sort_index(), grouped["y"].sum(), rtol=1e-9, atol=1e-9
        )
        np.testing.assert_allclose(found.target.moments.mean, [y.mean()], atol=1e-9)
        np.testing.assert_allclose(found.target.moments.squares / rows, [y.var()], atol=1e-9)

    drawn = np.sort(np.argsort(row_hashes(0, rows, KEY))[:most])
    sample = found.sample
    np.testing.assert_array_equal(sample.rows, drawn)
    np.testing.assert_array_equal(sample.y, y[drawn])
    np.testing.assert_array_equal(sample.values["size"], frame["size"].iloc[drawn])
    assert list(sample.values["day"]) == list(frame["day"].iloc[drawn])
    texts = np.array([*sample.values["shop"].texts, None], object)[sample.values["shop"].codes]
    wanted = frame["shop"].astype(object).where(frame["shop"].notna(), None).iloc[drawn]
    np.testing.assert_array_equal(texts, wanted)


DISTRIBUTIONS = {
    "normal": lambda rng, n: rng.standard_normal(n),
    "sorted": lambda rng, n: np.sort(rng.lognormal(0, 3, n)),
    "periodic": lambda rng, n: np.sin(np.arange(n)),
    "half zeros": lambda rng, n: np.where(rng.random(n) < 0.5, 0.0, rng.exponential(size=n)),
    "few values": lambda rng, n: rng.integers(0, 5, n).astype(float),
    "rare giants": lambda rng, n: np.where(rng.random(n) < 1e-3, 1e300, rng.random(n)),
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_quantiles_keep_the_bound(name):
    """Against the ranks of all values, whatever their order in the files and their split."""
    rng = np.random.default_rng(5)
    rows, most = 200_000, 4096
    values = DISTRIBUTIONS[name](rng, rows)
    cuts = [0, *np.sort(rng.integers(1, rows, 30)).tolist(), rows]
    parts = [
        RowSample.of(
            TablePiece({"x": values[first:last]}, values[first:last], np.arange(first, last)),
            first, last - first, most, KEY,
        )
        for first, last in pairwise(cuts)
    ]  # fmt: skip
    sampled = reduce(lambda one, two: one.merge([two]), parts).values["x"]
    bound = rank_error(most)
    assert len(sampled) == most and bound < 0.05
    ordered, parts_asked = np.sort(values), np.linspace(0, 1, 65)
    quantiles = np.quantile(sampled, parts_asked, method="nearest")
    below = np.searchsorted(ordered, quantiles, "left") / rows
    up_to = np.searchsorted(ordered, quantiles, "right") / rows
    assert (below <= parts_asked + bound).all() and (up_to >= parts_asked - bound).all()
    assert np.abs(below - parts_asked).max() > 0  # of a sample, not of all values


def test_the_bound_is_kept_by_chance_as_often_as_it_says():
    """At a doubt of one half about half of all samples break it, as the bound is a close one."""
    rows, most, broken = 20_000, 200, 0
    ranks = (np.arange(rows) + 1) / rows
    for key in range(200):
        drawn = np.sort(np.argsort(row_hashes(0, rows, key))[:most])
        apart = np.abs(np.arange(1, most + 1) / most - ranks[drawn])
        before = np.abs(np.arange(most) / most - ranks[drawn])
        broken += max(apart.max(), before.max()) > rank_error(most, 0.5)
    assert 70 <= broken <= 100 + 3 * 50**0.5


def test_many_categories_are_no_longer_counted(monkeypatch):
    monkeypatch.setattr(counts, "MOST_CATEGORIES", 50)
    monkeypatch.setattr(counts, "SMALLEST", 512)
    for different in (50, 51, 700, 20_000):
        texts = pd.Series([f"c{number % different}" for number in range(different * 3)])
        parts = [
            Tally.of(categories_of(part, "c"), np.ones((len(part), 1)), range(1))
            for part in np.array_split(texts, 7)
        ]
        for order in (parts, parts[::-1]):
            found = reduce(Tally.merge, order)
            assert (found.present, found.missing) == (3 * different, 0)
            if different <= 50:
                assert found.rows is not None and found.different == different
            else:
                assert found.rows is None
                assert found.different == pytest.approx(different, rel=0.15)
        forth, back = reduce(Tally.merge, parts), reduce(Tally.merge, parts[::-1])
        assert forth.different == back.different


def test_columns_without_a_value():
    gap = Extent.of(np.array([np.nan, np.nan]))
    assert gap == Extent(0, 2, None, None)
    assert gap.merge(gap) == Extent(0, 4, None, None)
    assert gap.merge(Extent.of(np.array([3.0]))) == Extent(1, 2, 3.0, 3.0)


def test_a_quantity_is_no_target_of_a_classifier():
    with pytest.raises(ValueError, match=r"more than 1000 different values.*TableRegressor"):
        TargetStatistics.of(np.arange(1001.0), classifies=True)
    with pytest.raises(ValueError, match="one column of targets"):
        TargetStatistics.of(np.ones((3, 2)), classifies=True)


def test_wide_tables_have_smaller_samples():
    assert sample_rows(14) == 2**16 and sample_rows(2000) == 2**13
    assert 2**13 < sample_rows(500) < 2**16


@settings(max_examples=30, deadline=None)
@given(
    rows=st.integers(2, 60), cuts=st.lists(st.integers(1, 59), max_size=5),
    seed=st.integers(0, 99), data=st.data(),
)  # fmt: skip
def test_weighed_targets_of_any_split(rows, cuts, seed, data):
    """Against weighted means of all rows at once."""
    rng = np.random.default_rng(seed)
    labels, numbers = rng.choice(["no", "why", "yes"], rows), rng.standard_normal((rows, 2)) + 1e4
    weights = rng.random(rows) + 0.01
    ends = sorted({0, rows, *(cut for cut in cuts if cut < rows)})

    def merged(y, classifies):
        parts = [
            TargetStatistics.of(y[first:last], classifies, weights[first:last])
            for first, last in pairwise(ends)
        ]
        return reduce(TargetStatistics.merge, data.draw(st.permutations(parts)))

    found = merged(labels, True)
    expected = pd.Series(weights).groupby(labels).sum()
    assert found.weighed.to_dict() == pytest.approx(expected.to_dict(), rel=1e-12)
    assert found.classes.to_dict() == pd.Series(labels).value_counts().to_dict()
    assert found.weight == pytest.approx(weights.sum(), rel=1e-12)
    more = found.with_classes(np.array(["maybe", "no"]))
    assert more.classes["maybe"] == more.weighed["maybe"] == 0
    assert more.weight == found.weight

    found = merged(numbers, False)
    mean = np.average(numbers, axis=0, weights=weights)
    np.testing.assert_allclose(found.weighed.mean, mean, rtol=1e-12)
    variance = np.average((numbers - mean) ** 2, axis=0, weights=weights)
    np.testing.assert_allclose(found.weighed.squares / found.weight, variance, rtol=1e-6)
    np.testing.assert_allclose(found.moments.mean, numbers.mean(axis=0), rtol=1e-12)
