"""The rows of the page in Chromium: pasted, read, dragged, standardised, weighted."""

import numpy as np
import pytest

import clearprop as cp


def test_a_table_pasted_into_the_page_is_learned_there(opened, toys):
    page = opened(toys, viewport={"width": 1200, "height": 900})
    page.click("text=your own table")
    rng = np.random.default_rng(0)
    rows = [(a, b, "<b>up</b>" if a + b > 0 else "down") for a, b in rng.normal(size=(60, 2))]
    text = "first;<img src=x>;word;kind\n" + "\n".join(f"{a:.4f};{b:.4f};w;{k}" for a, b, k in rows)
    page.fill("textarea", text)
    assert page.evaluate("clearprop.lab.data.outputs") == ["<b>up</b>", "down"]
    assert page.locator(".own [role=status]").text_content() == (
        "60 rows. Left out, as they hold words, gaps or one value only: word. Columns standardised."
    )
    page.evaluate("clearprop.lab.goTo(150)")
    assert page.evaluate("clearprop.lab.now().loss") < 0.3
    assert page.locator("img").count() == 0
    page.select_option("[data-key='own target']", "0")
    assert page.evaluate("clearprop.lab.data.kind") == "numbers"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a,b\n1,2", "at least two rows"),
        ("a\n1\n2\n3", "two columns at least"),
        ("a,b\n1,2\n3\n4,5", "Row 2 has 1 cells, the line of names has 2."),
        ('a,b\n"1,2\n3,4\n5,6', "never closed"),
        ("a,b\nx,1\ny,2\nz,3", "No column but the target"),
        ("a,b\n1,p\n2,p\n3,p", "b has 1 different values"),
    ],
)
def test_a_table_that_cannot_be_learned_is_told(opened, toys, text, told):
    page = opened(toys, viewport={"width": 1200, "height": 900})
    page.click("text=your own table")
    page.fill("textarea", text)
    assert told in page.locator(".own [role=status]").text_content()
    assert page.evaluate("clearprop.lab.data.name") == "xor"


PLACE = """(row) => {
  const { lab } = clearprop, { inputs, x } = lab.rows;
  const box = document.querySelector(".field").getBoundingClientRect();
  const all = [lab.rows, lab.held].flatMap((rows) => [...Array(rows.count).keys()].map((at) =>
    [rows.x[at * inputs], rows.x[at * inputs + 1]]));
  return [0, 1].map((axis) => {
    const values = all.map((one) => one[axis]);
    const [low, high] = [Math.min(...values), Math.max(...values)], margin = 0.12 * (high - low);
    const part = (x[row * inputs + axis] - low + margin) / (high - low + 2 * margin);
    return axis ? box.bottom - part * box.height : box.left + part * box.width;
  });
}"""


ROW = "(row) => [...clearprop.lab.rows.x.slice(2 * row, 2 * row + 2)]"


def test_points_are_dragged_added_and_given_the_other_class(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    before = page.evaluate(ROW, 7)
    x, y = page.evaluate(PLACE, 7)
    page.mouse.move(x, y)
    page.mouse.down()
    held = page.evaluate("clearprop.lab.row")
    page.mouse.move(x + 20, y - 10, steps=3)
    page.mouse.up()
    moved = page.evaluate(ROW, held)
    if held == 7:
        assert moved[0] > before[0]
        assert moved[1] > before[1]
    count = page.evaluate("clearprop.lab.rows.count")
    box = page.locator(".field").first.bounding_box()
    page.mouse.dblclick(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert page.evaluate("clearprop.lab.rows.count") == count + 1
    assert page.evaluate("clearprop.lab.row") == count
    target = page.evaluate("clearprop.lab.targetOf(clearprop.lab.row)")
    page.click("[data-key='other class']")
    assert page.evaluate("clearprop.lab.targetOf(clearprop.lab.row)") != target
    page.evaluate("clearprop.lab.goTo(20)")
    assert page.evaluate("Number.isFinite(clearprop.lab.now().loss)")


READ = """(name) => new Promise((done) => {
  const look = () => (clearprop.lab.data.name === name ? done() : requestAnimationFrame(look));
  look();
})"""


def test_a_file_of_the_readers_machine_is_learned(opened, toys, tmp_path):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    rng = np.random.default_rng(1)
    path = tmp_path / "mine.csv"
    rows = "\n".join(f"{a:.3f},{b:.3f},{2 * a - b:.3f}" for a, b in rng.normal(size=(40, 2)))
    path.write_text("a,b,y\n" + rows, encoding="utf-8")
    page.click("text=your own table")
    page.set_input_files("input[type=file]", path)
    page.evaluate(READ, path.name)
    assert page.evaluate("clearprop.lab.data.kind") == "numbers"
    page.evaluate("clearprop.lab.goTo(200)")
    assert page.evaluate("clearprop.lab.now().loss") < 0.05


def test_digits_are_pictures_and_learned(opened, toys):
    from sklearn.datasets import load_digits

    page = opened(toys, viewport={"width": 1280, "height": 720})
    page.select_option("[data-key=data]", "digits")
    assert page.locator("canvas.gallery").is_visible()
    assert page.locator("canvas.field").first.is_hidden()
    known = {tuple(row) for row in load_digits().data / 16}
    x = np.reshape(page.evaluate("[...clearprop.lab.rows.x]"), (-1, 64))
    assert all(tuple(row) in known for row in x)
    page.locator("canvas.gallery").press("ArrowDown")
    assert page.evaluate("clearprop.lab.row") == 8
    page.evaluate("clearprop.lab.goTo(400)")
    assert page.evaluate("clearprop.lab.now().held") < 0.5
    assert page.evaluate("document.querySelectorAll('.unit-button canvas.pixels').length") == 11


def test_inputs_are_standardised_if_asked(opened, toys):
    page = opened(toys)
    page.select_option("[data-key=data]", "iris")
    rows = lambda: np.reshape(page.evaluate("[...clearprop.lab.rows.x]"), (-1, 4))  # noqa: E731
    np.testing.assert_allclose(rows().mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(rows().std(axis=0), 1)
    page.click("[data-key=more]")
    page.uncheck("[data-key='inputs standardised']")
    assert rows().min() >= 0.1
    assert "scaling=false" in page.evaluate("location.hash") or page.evaluate(
        "!clearprop.lab.knobs.scaling"
    )


def test_standardised_columns_are_shown_as_the_table_has_them(opened):
    rng = np.random.default_rng(0)
    raw = rng.uniform(2, 9, (20, 2))
    mean, sd = raw.mean(axis=0), raw.std(axis=0)
    price = raw @ [[30.0], [10.0]] + 100
    lesson = cp.learn(
        cp.Chain(cp.Dense(2, 1)), cp.SquaredError(), (raw - mean) / sd, (price - 200) / 50,
        inputs=["length (cm)", "width"], outputs=["price"],
        standardised=[(mean[0], sd[0]), None], standardised_targets=[(200, 50)],
    )  # fmt: skip
    page = opened(lesson)
    told = page.locator(".row-held").text_content()
    row = page.evaluate("clearprop.lab.rows.x[0]")
    assert f"length (cm) {row * sd[0] + mean[0]:.3g}" in told
    assert "sd)" in told
    target = page.evaluate("clearprop.lab.rows.t[0]") * 50 + 200
    assert f"{target:.4g}" in told
    page.keyboard.press("o")
    assert " cm" in page.locator("svg.picture").text_content()
    with pytest.raises(ValueError, match="standardised must have 2 columns, got 1"):
        cp.learn(cp.Chain(cp.Dense(2, 1)), cp.SquaredError(), raw, price, standardised=[(0.0, 1.0)])


def test_a_row_of_another_weight_in_the_page_and_in_the_opened_step(opened):
    rng = np.random.default_rng(0)
    x, t, weights = rng.normal(size=(6, 2)), [0, 1, 1, 0, 1, 0], rng.uniform(0.5, 2.0, 6)
    network, loss = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 2)), cp.CrossEntropy()
    params = network.init(rng)
    lesson = cp.learn(network, loss, x, t, sample_weight=weights, params=params, batch_size=6)
    page = opened(lesson)
    assert "agree with the NumPy engine to 1e-12" in page.locator(".agreement").text_content()
    page.fill("[data-key='row weight']", "3")
    page.press("[data-key='row weight']", "Enter")
    assert page.evaluate("clearprop.lab.rows.weights[0]") == 3
    quantities = page.evaluate(
        "clearprop.stepPayload(clearprop.lab).quantities.map((one) => [one.path, one.values.list])"
    )
    found = dict(quantities)
    taken = {name: np.array(found[name]) for name in ("x", "t", "weights")}
    step = cp.explain(
        network, loss, params, taken["x"].reshape(6, 2), taken["t"].reshape(6, 2),
        sample_weight=taken["weights"], optimizer=cp.SGD(0.1),
    )  # fmt: skip
    for path in ("N", "E", "dense2.dW", "dense1.dW", "dense1.b.new"):
        np.testing.assert_allclose(found[path], np.ravel(step[path]), 1e-12, 1e-15, err_msg=path)
