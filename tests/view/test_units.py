"""Standardised inputs and targets are told in the units of the table, and taken in them."""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import ConvergenceWarning

import clearprop as cp
from clearprop.data.encoder import TableEncoder
from clearprop.data.target import TargetEncoder


@cache
def lengths():
    """A regression of a price by a length in cm and a colour, both ends standardised."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"length (cm)": np.arange(1.0, 41), "colour": ["red", "blue"] * 20})
    y = 3 * table["length (cm)"].to_numpy() + rng.normal(size=40)
    encoder, target = TableEncoder.fit(table), TargetEncoder.fit(y)
    net = cp.MLPRegressor(hidden_layer_sizes=(3,), max_iter=5, random_state=0, activation="tanh")
    with pytest.warns(ConvergenceWarning):
        net.fit(encoder.encode(table), target.encode(y))
    model = cp.TableModel(encoder, net, "price", target, source="made up")
    return table, y, model, model.explain(table[:4], y[:4])


def test_a_step_tells_how_columns_were_standardised():
    table, y, _, step = lengths()
    document = step.to_dict()
    numbers, *others = document["inputs"]["standardised"]
    values = table["length (cm)"]
    assert numbers == {"name": "length (cm)", "mean": values.mean(), "sd": values.std(ddof=0)}
    assert others == [None, None]
    assert document["outputs"]["standardised"] == [
        {"name": "price", "mean": pytest.approx(y.mean()), "sd": pytest.approx(y.std())}
    ]


def test_a_step_without_a_table_has_no_units():
    net = cp.Chain(cp.Dense(1, 1))
    step = cp.explain(net, cp.SquaredError(), net.init(np.random.default_rng(0)), [[1.0]], [[2.0]])
    assert "standardised" not in step.to_dict()["inputs"]


def test_the_document_is_as_its_schema_says():
    from jsonschema import validate

    schema = Path(__file__).parents[2] / "docs" / "step.schema.json"
    validate(lengths()[3].to_dict(), json.loads(schema.read_text(encoding="utf-8")))


def test_the_page_shows_both_values(opened):
    _, y, _, step = lengths()
    page = opened(step.to_dict(), "#x&at=x[2,0]&row=2")
    labels = " ".join(page.locator("svg.picture .label").all_text_contents())
    assert "3 cm" in labels
    assert f"{step['x'][2, 0]:.4g} sd".replace("-", "−") in labels
    assert f"target {y[2]:.4g}" in labels
    assert page.locator(".what").text_content() == "row 2, length (cm): 3 cm in the table"


def test_a_value_is_taken_in_the_units_of_the_table(opened):
    table, _, model, step = lengths()
    page = opened(step.to_dict(), "#x&at=x[2,0]&row=2")
    field = page.locator("[data-key=suppose]")
    assert field.input_value() == "3"
    field.fill("12.5")
    page.keyboard.press("Enter")
    changed = table[:4].copy()
    changed.loc[2, "length (cm)"] = 12.5
    right = model.explain(changed, lengths()[1][:4])
    there = page.evaluate("clearprop.app.step.at(clearprop.app.step.find('o'), [2, 0])")
    assert there == pytest.approx(float(right["o"][2, 0]), rel=1e-6)
    assert "3 cm → 12.5 cm" in page.locator(".what-if").first.text_content()
    page.locator(".what-if-form button", has_text="reset").click()
    assert page.evaluate("clearprop.app.changes.size") == 0
    assert field.input_value() == "3"


def test_the_slider_changes_the_step_while_it_moves(opened):
    _, _, _, step = lengths()
    page = opened(step.to_dict(), "#dense1.y&at=dense1.W[0,1]")
    before = page.locator(".loss strong").text_content()
    page.locator("[data-key=slide]").focus()
    page.keyboard.press("End")
    assert page.evaluate("clearprop.app.changes.size") == 1
    assert page.locator(".loss strong").text_content() != before
    assert page.evaluate("document.activeElement.dataset.key") == "slide"
