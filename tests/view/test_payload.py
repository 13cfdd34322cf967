"""What goes into a page: no digit lost, nothing that can end the block it stands in, and little."""

import base64
import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from clearprop import view
from clearprop.view.numbers import WHOLE, array_of, packed, summary_of
from clearprop.view.page import inert
from clearprop.view.payload import payload_of

from .conftest import classes, small


def unpacked(entry):
    if "list" in entry:
        return np.array([float(value) for value in entry["list"]])
    key = "f8" if "f8" in entry else "f4"
    return np.frombuffer(base64.b64decode(entry[key]), f"<{key}").astype(float)


@given(arrays(np.float64, st.integers(1, 40)))
def test_packed_numbers_are_the_same_numbers(array):
    np.testing.assert_array_equal(unpacked(packed(array, "float64")), array)


@given(arrays(np.float32, st.integers(1, 40)))
def test_packed_float32_numbers_are_the_same_numbers(array):
    np.testing.assert_array_equal(unpacked(packed(array.astype(float), "float32")), array)


def test_every_array_of_a_small_step_is_in_its_page():
    step = classes()
    for quantity in payload_of(step.to_dict())["quantities"]:
        expected = np.ravel(np.asarray(step[quantity["path"]], float))
        np.testing.assert_array_equal(unpacked(quantity["values"]), expected)


def test_a_summary_tells_what_numpy_tells():
    array = np.random.default_rng(0).normal(size=(100, 80))
    array[3, 7], array[50, 2] = 40.0, np.nan
    summary = summary_of(array, "float64", ())
    finite = array[np.isfinite(array)]
    assert summary["nonfinite"] == 1
    np.testing.assert_allclose(summary["norm"], np.linalg.norm(finite), rtol=1e-14)
    np.testing.assert_array_equal(summary["quantiles"][::3], [finite.min(), np.median(finite), 40])
    assert summary["strongest"][0] == {"index": [50, 2], "value": "NaN"}
    assert summary["strongest"][1] == {"index": [3, 7], "value": 40.0}
    assert sum(summary["histogram"]["counts"]) == finite.size
    tiles = np.frombuffer(base64.b64decode(summary["tiles"]["i1"]), np.int8).reshape(48, 48)
    rows, columns = np.arange(48) * 100 // 48, np.arange(48) * 80 // 48
    strongest = tiles[
        np.searchsorted(rows, 3, "right") - 1, np.searchsorted(columns, 7, "right") - 1
    ]
    assert strongest == 127


def test_of_a_large_array_the_page_has_the_lines_of_the_drawn_units(large_step):
    payload = payload_of(large_step.to_dict())
    quantities = {q["path"]: q for q in payload["quantities"]}
    weights = quantities["dense2.W"]["summary"]["lines"]
    whole = np.asarray(large_step["dense2.W"])
    shown = payload["columns"][2]["shown"]
    assert len(shown) == 24
    columns = next(lines for lines in weights if "columns" in lines)
    assert columns["columns"] == shown
    np.testing.assert_array_equal(unpacked(columns).reshape(512, 24), whole[:, shown])


def test_drawn_units_are_those_that_learn_most(large_step):
    columns = payload_of(large_step.to_dict())["columns"]
    length = np.linalg.norm(large_step["dense1.dW"], axis=0)
    assert set(columns[1]["shown"]) == set(np.argsort(-length)[:24].tolist())


def test_a_page_is_small(large_step):
    sizes = {name: len((view.page.asset(name)).encode()) for name in ("view.js", "view.css")}
    assert sum(sizes.values()) <= 107_000, sizes
    assert len(view.to_html(small().to_dict()).encode()) <= 200_000
    assert len(view.to_html(classes().to_dict()).encode()) <= 210_000
    assert len(view.to_html(large_step.to_dict()).encode()) < 3_000_000


@given(st.text())
def test_no_text_ends_the_block_it_stands_in(text):
    written = inert({"name": text})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {"name": text}
    written.encode("utf-8")


def test_the_page_allows_its_own_texts_and_nothing_else():
    page = view.to_html(small().to_dict())
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert re.fullmatch(
        r"default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; "
        r"base-uri 'none'; form-action 'none'",
        policy,
    )
    assert "http://" not in page.replace("http://www.w3.org/", "")
    assert "https://" not in page


def test_what_is_no_step_is_refused():
    with pytest.raises(ValueError, match="this is not a step: its format is None"):
        view.to_html({})
    with pytest.raises(ValueError, match="version 7; this clearprop shows version 1"):
        view.to_html({"format": "clearprop.step", "version": 7})


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    target = tmp_path / "step.html"
    target.write_text("before")
    with pytest.raises(ValueError, match="not a step"):
        view.save_html({}, target)
    assert target.read_text() == "before"
    view.save_html(small().to_dict(), target)
    assert target.read_text(encoding="utf-8") == view.to_html(small().to_dict())


def test_array_of_reads_words():
    quantity = {"values": ["NaN", "-Infinity", 0.1], "shape": [3]}
    np.testing.assert_array_equal(array_of(quantity), [np.nan, -np.inf, 0.1])
    assert WHOLE >= 64 * 32
