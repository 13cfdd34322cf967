"""Columns of texts in streams: the words of all rows, as scikit-learn counts them in memory."""

from functools import reduce

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.feature_extraction.text import TfidfVectorizer

import clearprop as cp
from clearprop.data.values import categories_of
from clearprop.tables.codes.text import TextCode
from clearprop.tables.streamed import words
from clearprop.tables.streamed.coded import CodedRows
from clearprop.tables.streamed.kept_pieces import KeptPieces
from clearprop.tables.streamed.words import WordCounts, words_of
from tests.tables.streamed.made_tables import made, write
from tests.tables.streamed.test_encoder import learned, same_documents
from tests.tables.streamed.test_fit import FAST, members_of

pytest.importorskip("pyarrow")

RARE = [f"place{number}" for number in range(400)]
MOODS = {"yes": ["happy", "glad", "fine"], "no": ["sad", "angry", "broken"]}


def notes_of(y, seed=0):
    """Return texts of about seven words, one of which tells the class; some are missing."""
    rng = np.random.default_rng(seed)
    texts = [
        f"The {rng.choice(RARE)} was a {rng.choice(MOODS[label])} and {rng.choice(RARE)} one"
        for label in y
    ]
    return pd.Series(texts, dtype=object).where(rng.random(len(y)) > 0.05, None)


def noted(rows, seed=0):
    frame, y, _ = made(rows, seed)
    y = np.random.default_rng(seed).choice(["no", "yes"], rows)  # the note alone tells it
    return frame.assign(note=notes_of(y, seed)), y


def counted(texts, cuts):
    parts = np.split(np.arange(len(texts)), sorted(cuts))
    series = pd.Series(texts, dtype=object)
    return [WordCounts.of(categories_of(series.iloc[part], "note")) for part in parts if len(part)]


TEXTS = st.text("ab é", max_size=9) | st.none()


@settings(max_examples=60, deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=2, max_size=30), most=st.integers(1, 6),
    cuts=st.lists(st.integers(1, 29), max_size=4), data=st.data(),
)  # fmt: skip
def test_any_split_gives_the_words_of_scikit_learn(texts, most, cuts, data):
    parts = counted(texts, [cut for cut in cuts if cut < len(texts)])
    found = reduce(WordCounts.merge, data.draw(st.permutations(parts)))
    code = found.code("note", most, 5.0)
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, token_pattern=r"(?u)\b\w+\b", dtype=np.float32, min_df=2,
        max_features=most,
    )  # fmt: skip
    try:
        vectorizer.fit(["" if text is None else text for text in texts])
    except ValueError:
        assert code is None
        return
    assert code == TextCode(
        "note", tuple(vectorizer.get_feature_names_out()), tuple(vectorizer.idf_.tolist()), 5.0,
        sum(text is None for text in texts),
    )  # fmt: skip


@pytest.mark.parametrize("parts", [3, 40])
def test_beyond_the_bound_rare_words_are_forgotten(monkeypatch, parts):
    """A word's counts lack no more than is said, and that is no more than was promised."""
    monkeypatch.setattr(words, "MOST_WORDS", 60)
    rng = np.random.default_rng(0)
    texts = [" ".join(f"w{rank}" for rank in rng.zipf(1.4, 8).clip(max=4000)) for _ in range(3000)]
    found = reduce(
        WordCounts.merge, counted(texts, np.linspace(0, 3000, parts + 1)[1:-1].astype(int))
    )
    assert len(found.words) <= 60
    exact = pd.Series(" ".join(texts).split()).value_counts()
    assert 0 < found.lost <= 8 * 3000 / 61
    short = exact.reindex(found.words.index) - found.words["times"]
    assert short.min() >= 0 and short.max() <= found.lost
    assert exact[~exact.index.isin(found.words.index)].max() <= found.lost
    rows = pd.Series([set(text.split()) for text in texts]).explode().value_counts()
    short = rows.reindex(found.words.index) - found.words["rows"]
    assert short.min() >= 0 and short.max() <= found.lost
    assert found.code("note", 5, 1.0).words == tuple(sorted(exact.index[:5]))


def test_the_codes_and_rows_are_those_of_memory(tmp_path):
    frame, y = noted(1500)
    write(frame, y, tmp_path)
    model, tables, _, inputs, encoded, counted_categories = learned(tmp_path, True)
    memory = cp.TableClassifier(**FAST, max_one_hot=40).fit(frame, y).inputs_
    same_documents(inputs.to_document(), memory.to_document())
    rows = CodedRows(
        KeptPieces(tables, 0),
        inputs,
        counted_categories,
        model._columns_of,
        np.zeros(0, np.int64),
        1.0,
        20.0,
    )
    lazy = [rows.read(piece, np.float32)[0] for piece in range(len(rows.pieces))]
    found = np.concatenate([one.sparse(0, len(one)).toarray() for one in lazy])
    np.testing.assert_allclose(found, encoded.toarray(), atol=1e-6)
    assert len(inputs.texts[0].words) > 200


def test_words_of_all_rows_and_not_of_the_sample(tmp_path, small_sample):
    frame, y = noted(3000)
    write(frame, y, tmp_path)
    _, tables, _, inputs, _, _ = learned(tmp_path, True)
    memory = cp.TableClassifier(**FAST).fit(frame, y).inputs_
    assert inputs.texts == memory.texts
    assert words_of(tables, ["note"])["note"].missing == frame["note"].isna().sum()


def test_a_table_with_texts_is_learned_block_by_block(tmp_path, small_sample):
    frame, y = noted(3000)
    write(frame, y, tmp_path, files=3)
    test, truth = noted(1000, seed=1)
    stream = cp.Stream(tmp_path, target="y", block_bytes=200_000)
    model = cp.TableClassifier(**FAST).fit(stream)
    assert model.score(test, truth) > 0.9
    again = cp.TableClassifier(**FAST).fit(
        cp.Stream(tmp_path, target="y", block_bytes=200_000, readers=3)
    )
    for a, b in zip(members_of(model), members_of(again), strict=True):
        np.testing.assert_array_equal(a, b)
    path = tmp_path.parent / f"{tmp_path.name}.clearprop"
    model.save(path)
    np.testing.assert_array_equal(cp.load(path).predict(test), model.predict(test))
    assert model.health_ is not None


def test_a_column_whose_words_are_all_different_is_left_out(tmp_path):
    frame, y, _ = made(300)
    frame["note"] = [f"one{k} two{k} three{k}" for k in range(300)]
    write(frame, y, tmp_path)
    one = cp.TableClassifier(**FAST).fit(cp.Stream(tmp_path, target="y"))
    other = cp.TableClassifier(**FAST).fit(frame, y)
    assert one.inputs_.describe() == other.inputs_.describe()
    kept = cp.TableClassifier(**FAST, keep=["id"]).fit(cp.Stream(tmp_path, target="y"))
    memory = cp.TableClassifier(**FAST, keep=["id"]).fit(frame, y)
    assert [c.kind for c in kept.inputs_.columns] == [c.kind for c in memory.inputs_.columns]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_texts_beside_weights(tmp_path, small_sample, kind):
    """A row of weight 2 is the row twice in the counts of words, too."""
    frame, y = noted(1200)
    w = np.random.default_rng(0).integers(0, 3, 1200)
    one, twice = tmp_path / "one", tmp_path / "twice"
    write(frame.assign(w=w), y, one, kind=kind)
    write(frame.loc[frame.index.repeat(w)].reset_index(drop=True), np.repeat(y, w), twice)
    a = cp.TableClassifier(**FAST).fit(cp.Stream(one, target="y", weights="w"))
    b = cp.TableClassifier(**FAST).fit(cp.Stream(twice, target="y"))
    assert a.inputs_.texts == b.inputs_.texts
