"""The cells of a raw table in the page of a step: shown beside their codes, and accepted."""

import numpy as np
import pandas as pd
import pytest

import clearprop as cp
from clearprop.tables.codes.number import NumberCode, windows
from tests.browser import opening
from tests.node import Program


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    return Program(tmp_path_factory.mktemp("coding"), {"coding": "coding"})


@pytest.mark.parametrize("hats", [(), (-2.0, 2.5, 3.0, 9.0)])
@pytest.mark.parametrize("repeated", [(), (-3.0, 2.0, 7.3)])
@pytest.mark.parametrize("missing", [0, 3])
@pytest.mark.parametrize("edges", [(), (2.0, 3.5, 7.0, 7.5)])
def test_a_number_becomes_the_inputs_that_python_makes_of_it(
    program, edges, missing, repeated, hats
):
    code = NumberCode("age", 4.0, 1.5, edges, missing, repeated, hats)
    width = len(code.input_names)
    rng = np.random.default_rng(0)
    center, factor = rng.normal(size=width), rng.uniform(0.5, 2, width)
    how = {"first": 0, "median": 4.0, "scale": 1.5, "squash": 3.0, "edges": list(edges),
           "hats": list(hats), "repeated": np.transpose(windows(repeated)).tolist(),
           "missing": bool(missing), "center": center.tolist(),
           "factor": factor.tolist()}  # fmt: skip
    values = [-3.0, 2.0, 3.1, 4.0, 7.2, float(np.float32(7.3)), 40.0]
    right = np.zeros((len(values), width))
    code.write(right, np.array(values))
    found = program.call("coding.coded", *[(how, value) for value in values])
    np.testing.assert_allclose(found, (right - center) * factor, 1e-12, 1e-12)
    back = program.call("coding.decoded", *[(how, inputs[0]) for inputs in found])
    np.testing.assert_allclose(back, values, 1e-9)


@pytest.fixture(scope="module")
def step():
    rng = np.random.default_rng(0)
    table = pd.DataFrame({
        "length (cm)": rng.uniform(1, 9, 80).round(1), "width": rng.normal(size=80).round(2),
        "kind": rng.choice(["oak", "elm", "ash"], 80),
    })  # fmt: skip
    table.loc[1, "width"] = np.nan
    target = np.where(table["length (cm)"] > 5, "tall", "low")
    model = cp.TableClassifier(random_state=0).fit(table, target)
    return model, table, model.explain(table[:3], target[:3])


def test_the_document_has_the_cells(step):
    _, table, opened = step
    cells = opened.to_dict()["inputs"]["cells"]
    assert cells["columns"] == ["length (cm)", "width", "kind"]
    assert cells["rows"][1] == [f"{table['length (cm)'][1]:g}", "(missing)", table["kind"][1]]
    assert [code is None for code in cells["codes"]] == [False, False, True]


def test_a_cell_is_shown_and_another_number_is_coded(step, browser, tmp_path):
    model, table, opened = step
    save = lambda made, path: made.to_html(path)  # noqa: E731
    with opening(browser, tmp_path, save) as open_:
        page = open_(opened, "#x&at=x%5B0,0%5D")
        length = f"{table['length (cm)'][0]:g}"
        assert f"{length} cm in the table" in page.locator(".what").text_content()
        assert table["kind"][0] in page.locator("svg.picture").text_content()
        page.fill("[data-key=suppose]", "3.3")
        page.get_by_role("button", name="compute").click()
        changed = table[:1].assign(**{"length (cm)": 3.3})
        right = np.ravel(model.encode(changed))
        exact = page.locator(".worked").text_content()
        assert f"{right[0]:.4g}".replace("-", "−") in exact
        assert "3.3 cm in the table" in page.locator(".what").text_content()
        page.get_by_role("button", name="reset").click()
        assert f"{length} cm in the table" in page.locator(".what").text_content()
