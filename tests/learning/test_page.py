"""The page in Chromium: it trains, pauses, goes back exactly, and says when it breaks."""

import json

import numpy as np
import pytest

import clearprop as cp
from clearprop.credit.comparison import describe
from clearprop.definitions.schedules import Progress
from tests.browser import COLOURS, axe, serious_faults

SETTINGS = {
    "wide": {},
    "phone": {"viewport": {"width": 390, "height": 844}},
    "dark": {"color_scheme": "dark"},
    "dark phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
NUMBERS = "() => [...clearprop.lab.trainer.numbers.values()].map((one) => [...one])"
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

TRAINED = """(to) => new Promise((done) => {
  const look = () => (clearprop.lab.trainer.step > to ? done() : requestAnimationFrame(look));
  look();
})"""
FOLLOW_EACH = """() => {
  for (const { path, shape } of clearprop.lab.trainer.parameters) {
    clearprop.lab.follow({ path, index: shape.map(() => 0) });
  }
}"""


@pytest.fixture(scope="module")
def toys():
    return cp.learn()


def test_its_own_first_steps_agree_with_the_engine(opened, toys):
    page = opened(toys)
    assert (
        page.locator(".agreement")
        .text_content()
        .startswith("The first 50 steps agree with the NumPy engine to 1e-12")
    )


def test_keys_train_pause_step_and_go_back_exactly(opened, toys):
    page = opened(toys)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowRight")
    at = page.evaluate("clearprop.lab.trainer.step")
    assert at == page.evaluate("clearprop.lab.trainer.stepsPerEpoch")
    known = page.evaluate(NUMBERS)
    page.keyboard.press(" ")
    page.evaluate(TRAINED, at + 100)
    page.keyboard.press(" ")
    assert not page.evaluate("clearprop.lab.playing")
    assert page.evaluate(NUMBERS) != known
    page.evaluate(f"clearprop.lab.goTo({at})")
    assert page.evaluate(NUMBERS) == known
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(NUMBERS) == known
    page.keyboard.press("Home")
    assert page.evaluate("clearprop.lab.trainer.step") == 0


def test_a_link_opens_the_same_moment(opened, toys):
    page = opened(toys)
    page.select_option("[data-key=data]", "moons")
    page.evaluate("clearprop.lab.goTo(30)")
    page.evaluate("clearprop.lab.follow({ path: 'dense2.W', index: [3, 1] })")
    address, known = page.evaluate("location.hash"), page.evaluate(NUMBERS)
    other = opened(toys, address)
    assert other.evaluate(NUMBERS) == known
    assert other.evaluate("clearprop.lab.followed") == {"path": "dense2.W", "index": [3, 1]}
    assert other.locator("h1").text_content().startswith("moons")


@pytest.mark.parametrize("hash_", ["#hidden=%5B99%5D&follow=x", "#follow=%E0%A4%A&data=1&seed=x"])
def test_an_address_that_the_page_did_not_write_does_no_harm(opened, toys, hash_):
    page = opened(toys, hash_)
    assert page.evaluate("clearprop.lab.knobs.hidden") == [4]


def test_the_gradient_in_numbers_is_the_engines(opened):
    network, loss = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 2)), cp.CrossEntropy()
    params = network.init(np.random.default_rng(1))
    x, t = np.random.default_rng(2).normal(size=(6, 2)), [0, 1, 0, 1, 1, 0]
    page = opened(cp.learn(network, loss, x, t, params=params, batch_size=6, title="mine"))
    _, gradients = cp.backprop(network, loss, params, x, t)
    page.evaluate("clearprop.lab.follow({ path: 'dense1.W', index: [1, 2] })")
    shown = page.locator(".worked .result").first.get_attribute("data-exact")
    assert float(shown.replace("−", "-")) == pytest.approx(gradients["dense1"]["W"][1, 2], 1e-12)
    page.locator(".worked .source").first.click()
    assert page.evaluate("clearprop.lab.opened !== null || clearprop.lab.followed.path") is not None


def test_a_large_rate_breaks_it_and_the_page_says_so(opened, toys):
    page = opened(toys)
    page.evaluate("clearprop.lab.turn({ loss: 'SquaredError' })")
    page.evaluate("clearprop.lab.setRate(30)")
    page.evaluate("clearprop.lab.goTo(400)")
    told = page.locator(".diagnosis").text_content()
    assert "ran away" in told or "overshoot" in told


def test_a_weight_moved_by_hand_is_measured_against_its_slope(opened, toys):
    page = opened(toys)
    page.evaluate("clearprop.lab.setWeight(clearprop.lab.weight + 0.001)")
    told = page.locator(".scrub p").text_content()
    assert "E changed by" in told
    assert "slope × change" in told
    assert "Changed by hand" in page.locator(".diagnosis").text_content()


def test_predict_first_hides_the_gradient_until_it_is_said(opened, toys):
    page = opened(toys)
    slope = page.evaluate("clearprop.lab.slope()")
    page.check("[data-key=predict]")
    assert page.locator(".worked .result").count() == 0
    page.fill("[data-key=size]", f"({slope} - 1 + 1) * 10")
    page.click(f"[data-key={'positive' if slope > 0 else 'negative'}]")
    told = page.locator(".number-panel [role=status]").text_content()
    assert told.startswith("The sign is right. The size is 10 times too large")
    page.keyboard.press("ArrowRight")
    assert page.locator(".worked .result").count() == 0


def test_a_pinned_run_and_what_differs(opened, toys):
    page = opened(toys)
    page.evaluate("clearprop.lab.goTo(40)")
    page.click("[data-key=pin]")
    page.select_option("[data-key=η]", "1")
    assert "η 0.3 → 1" in page.locator(".curve-panel").text_content()


def step_of_python(network, loss, params, x, t, **settings):
    """Return the arrays of a step by path, as Python opens it."""
    step = cp.explain(network, loss, params, x, t, **settings).to_dict()
    return step, {one["path"]: np.ravel(one["values"]) for one in step["quantities"]}


@pytest.mark.parametrize("l2", [0.0, 0.1])
@pytest.mark.parametrize(
    "optimizer", [cp.SGD(0.1, momentum=0.9), cp.Adam(0.01), cp.AdamW(0.01, 0.1)], ids=str
)
def test_the_opened_step_is_the_step_that_python_opens(opened, optimizer, l2):
    network, loss = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 2)), cp.CrossEntropy()
    params = network.init(np.random.default_rng(1))
    x, t = np.random.default_rng(2).normal(size=(6, 2)), [0, 1, 0, 1, 1, 0]
    settings = {"optimizer": optimizer, "l2": l2}
    page = opened(cp.learn(network, loss, x, t, params=params, batch_size=6, **settings))
    rows = page.evaluate("[...clearprop.lab.trainer.batchRows()]")
    data = page.evaluate("[...clearprop.lab.rows.x]")
    chosen = np.reshape(data, (6, 2))[rows]
    order = [int(np.flatnonzero((x == row).all(axis=1))[0]) for row in chosen]
    step, known = step_of_python(network, loss, params, x[order], np.array(t)[order], **settings)
    own = page.evaluate("clearprop.stepPayload(clearprop.lab)")
    ours = {one["path"]: np.array(one["values"]["list"], float) for one in own["quantities"]}
    same = {path for path in known if path in ours}
    assert {"x", "dense1.W", "dense1.y", "tanh1.y", "p", "E", "dense2.dy", "dense1.dW"} <= same
    second = own["aliases"]
    missing = {path for path in known if path not in ours and path not in second}
    assert {path.rpartition(".")[2] for path in missing} <= {"g"}
    for path in second.keys() & known.keys():
        np.testing.assert_allclose(ours[second[path]], known[path], 1e-12, 1e-14, err_msg=path)
    parts = {one["name"]: one["sentence"] for one in step["update"]["parts"]}
    assert {one["name"]: one["sentence"] for one in own["update"]["parts"]} == parts
    assert {"gradient", "momentum"} <= set(parts)
    for path in same:
        np.testing.assert_allclose(ours[path], known[path], 1e-12, 1e-14, err_msg=path)
    for name in ("before", "after", "change"):
        assert own["loss"][name] == pytest.approx(step["loss"][name], 1e-11, 1e-13)
    texts = {path: one["text"] for path, one in own["equations"].items()}
    assert texts["dense1.dW"] == "∂E/∂W₁ = xᵀ δ₁"
    assert texts["dense2.y"] == "o = a₁ W₂ + b₂"


def test_the_step_opens_and_leads_back(opened, toys):
    page = opened(toys)
    page.evaluate("clearprop.lab.goTo(7)")
    page.keyboard.press("o")
    assert "gradient of dense1.W" in page.locator(".moment h2").text_content()
    page.keyboard.press("ArrowRight")
    assert "gradient of dense1.b" in page.locator(".moment h2").text_content()
    page.keyboard.press("End")
    assert "update" in page.locator(".moment h2").text_content()
    assert page.locator(".update tbody th").all_text_contents() == ["gradient"]
    page.click("text=back to the training")
    assert page.locator(".learn").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("clearprop.lab.trainer.step") == 8


@pytest.mark.parametrize("lesson", range(6))
def test_a_guided_state(opened, toys, lesson):
    page = opened(toys)
    page.click(f"[data-key='lesson {lesson}']")
    said = page.locator(".lesson strong").last.text_content()
    assert "?" in said or lesson == 5
    page.evaluate("clearprop.lab.goTo(30)")
    assert page.evaluate("clearprop.lab.followed.path") == "dense1.W"


@pytest.mark.parametrize("kind", ["residual", "numbers", "wide", "own"])
def test_networks_and_rows_of_every_kind_are_shown(opened, kind):
    rng = np.random.default_rng(0)
    made = {
        "residual": (
            cp.Chain(
                cp.Dense(3, 4), cp.BatchNorm(4), cp.Residual(cp.Chain(cp.Dense(4, 4), cp.GELU())),
                cp.Dropout(0.2), cp.Dense(4, 3),
            ),
            cp.CrossEntropy(), rng.normal(size=(40, 3)), rng.integers(0, 3, 40),
        ),
        "numbers": (
            cp.Chain(cp.Dense(1, 4), cp.Mish(), cp.Dense(4, 1)),
            cp.Huber(), rng.normal(size=(50, 1)), rng.normal(size=(50, 1)),
        ),
        "wide": (
            cp.Chain(cp.Dense(64, 16), cp.ReLU(), cp.Dense(16, 10)),
            cp.CrossEntropy(), rng.uniform(size=(60, 64)), rng.integers(0, 10, 60),
        ),
        "own": (
            cp.Chain(cp.LayerNorm(2), cp.Dense(2, 1, bias=False)),
            cp.BinaryCrossEntropy(), rng.normal(size=(4, 2)), rng.integers(0, 2, (4, 1)),
        ),
    }[kind]  # fmt: skip
    image = {"image_shape": (8, 8)} if kind == "wide" else {}
    page = opened(cp.learn(*made, batch_size=7, **image))
    page.evaluate("clearprop.lab.goTo(12)")
    page.evaluate("clearprop.lab.goTo(5)")
    page.evaluate(FOLLOW_EACH)
    assert page.locator(".agreement").text_content().startswith("The first 50 steps agree")


@pytest.mark.parametrize("shape", SETTINGS)
def test_nothing_scrolls_sideways_and_nobody_is_barred(opened, toys, shape):
    page = opened(toys, **SETTINGS[shape])
    page.evaluate(axe())
    if "phone" not in shape:
        page.click("[data-key=more]")
        page.click("text=your own table")
        page.click("text=ways of sending the error back")
    for tab in ("Data", "Network", "This weight"):
        if "phone" in shape:
            page.click(f".tabs button:text-is('{tab}')")
        elif tab != "Data":
            break
        assert page.evaluate(WIDER) <= 0
        assert serious_faults(page, rules=COLOURS if "dark" in shape else None) == []


def test_hostile_words_are_shown_as_words(opened):
    evil = "<img src=x onerror=alert(1)>"
    x = np.random.default_rng(0).normal(size=(12, 2))
    net = cp.Chain(cp.Dense(2, 2))
    page = opened(cp.learn(net, cp.CrossEntropy(), x, x[:, 0] > 0, inputs=(evil, "b"), title=evil))
    assert page.locator("img").count() == 0
    assert json.dumps(evil)[1:-1] in page.locator("h1").text_content()


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


SIZES = """() => [...new Set([...document.querySelectorAll(".learn *")]
  .filter((one) => !one.closest("math") && one.getClientRects().length
    && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => getComputedStyle(one).fontSize))].sort()"""
TOPS = """() => [".bench", ".data-panel", ".network-panel", ".number-panel", ".fog-panel",
    ".curve-panel"]
  .map((name) => Math.round(document.querySelector(name).getBoundingClientRect().top))"""


def test_the_first_screen_holds_every_panel_and_nothing_moves(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    tops = page.evaluate(TOPS)
    assert tops[0] <= 192
    assert max(tops) <= 640
    assert len(page.evaluate(SIZES)) == 3
    page.click("[data-key='lesson 2']")
    assert page.evaluate(TOPS) == tops
    page.evaluate("clearprop.lab.turn({ loss: 'SquaredError' })")
    page.evaluate("clearprop.lab.setRate(30)")
    page.evaluate("clearprop.lab.goTo(400)")
    assert page.locator(".diagnosis").text_content()
    assert page.evaluate(TOPS) == tops


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


def test_the_page_is_small(toys):
    assert len(toys.to_html().encode()) < 400_000


def test_ways_of_sending_the_error_back_are_measured_as_python_measures_them(opened):
    network = cp.Chain(cp.Dense(2, 4), cp.Tanh(), cp.Dense(4, 2))
    params = network.init(np.random.default_rng(1))
    x, t = np.random.default_rng(2).normal(size=(2, 6, 2))
    page = opened(cp.learn(network, cp.SquaredError(), x, t, params=params, batch_size=6))
    page.click("text=ways of sending the error back")
    page.wait_for_selector(".credit tbody tr")
    assert page.locator(".credit tbody tr").count() == 6
    ours = {one["name"]: one for one in page.evaluate("clearprop.rulesOf(clearprop.lab)")}
    known = cp.credit.compare(network, cp.SquaredError(), params, x, t)
    for rule in (cp.credit.TransposedWeights(), cp.credit.Even(), cp.credit.Proportional()):
        name = describe(rule)
        angles = [known.of(rule, layer).angle for layer in ("dense1", "all")]
        assert ours[name]["angles"] == pytest.approx(angles, 1e-9)
        assert ours[name]["length"] == pytest.approx(known.of(rule).size, 1e-9)
    assert ours["exact"]["angles"] == [0, 0]
    page.click("[data-key='rule even']")
    page.evaluate("clearprop.lab.goTo(5)")
    assert page.evaluate("clearprop.lab.trainer.training.task.rule") == "even"
    assert "rule=%22even%22" in page.evaluate("location.hash")


def test_schedule_and_clipping_are_knobs(opened, toys):
    page = opened(toys)
    page.click("[data-key=more]")
    page.select_option("[data-key=schedule]", "Cosine")
    page.fill("[data-key='epochs planned']", "2")
    page.keyboard.press("Tab")
    page.fill("[data-key='longest gradient']", "0.05")
    page.keyboard.press("Tab")
    page.evaluate("clearprop.lab.goTo(0)")
    first = page.evaluate("clearprop.lab.trainer.rate")
    page.evaluate("clearprop.lab.goTo(18)")
    assert page.evaluate("clearprop.lab.trainer.rate") == pytest.approx(
        first * cp.Cosine().factor(Progress(18, 36))
    )
    paths = page.evaluate("clearprop.lab.look().arrays.map((one) => one.path)")
    assert {"length", "clip"} <= set(paths)
    own = page.evaluate("clearprop.stepPayload(clearprop.lab)")
    ours = {one["path"]: np.array(one["values"]["list"], float) for one in own["quantities"]}
    find = lambda path: ours[own["aliases"].get(path, path)]  # noqa: E731
    parts = {one["name"] for one in own["update"]["parts"]}
    assert parts == {"gradient", "clipping"}
    assert np.all(find("dense1.W.part.gradient") * find("dense1.W.part.clipping") <= 0)
    np.testing.assert_allclose(
        sum(find(f"dense1.W.part.{name}") for name in parts), find("dense1.W.change"), 1e-9
    )


def test_two_errors_that_cancel_send_nothing_back_evenly(opened, toys):
    page = opened(toys)  # softmax of two outputs: their errors are p − t and t − p
    even = page.evaluate("clearprop.rulesOf(clearprop.lab).find((one) => one.name === 'even')")
    assert np.isnan(even["angles"][0])
    assert set(even["delta"]) == {0}


FOCUSED = "() => document.activeElement.getAttribute('aria-label')"


def test_lines_and_units_are_reached_by_arrow_keys(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    stops = page.evaluate("[...document.querySelectorAll('.net [tabindex=\"0\"]')].length")
    assert stops == 1
    page.locator(".net [tabindex='0']").focus()
    assert page.evaluate(FOCUSED) == "follow the strongest weight of unit 0 of dense1"
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    weight = page.evaluate("clearprop.lab.trainer.numbers.get('dense1.W')[1]")
    assert page.evaluate(FOCUSED).startswith("dense1.W[0,1] = ")
    assert float(page.evaluate(FOCUSED).split("= ")[1].replace("−", "-")) == pytest.approx(
        weight, abs=1e-3
    )
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.evaluate("clearprop.lab.followed") == {"path": "dense1.W", "index": [1, 1]}
    page.keyboard.press("ArrowLeft")
    assert page.evaluate(FOCUSED) == "follow the strongest weight of x2"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate(FOCUSED) == "follow the strongest weight of unit 0 of dense1"
    assert page.evaluate("clearprop.lab.trainer.step") == 0
    assert page.evaluate("document.querySelectorAll('.net [tabindex=\"0\"]').length") == 1


def test_a_ladder_of_four_scales_on_the_same_keys(opened, toys):
    page = opened(toys, viewport={"width": 1280, "height": 720})
    now = lambda: page.evaluate(  # noqa: E731
        "[clearprop.lab.trainer.step, clearprop.lab.followed.path + clearprop.lab.followed.index,"
        " clearprop.lab.opened?.path ?? null]"
    )
    page.evaluate("clearprop.lab.follow({ path: 'dense1.W', index: [1, 3] })")
    page.keyboard.press("ArrowRight")
    assert now() == [1, "dense1.W1,3", None]
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert now()[0] == 18
    page.keyboard.press("ArrowLeft")
    assert now()[0] == 0
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    assert page.locator(".ladder [aria-pressed=true]").text_content() == "moment"
    page.keyboard.press("ArrowRight")
    assert now() == [0, "dense1.W1,3", "dense1.db"]
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    assert now() == [0, "dense1.W1,3", "dense1.dy"]
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert now()[2] == "dense1.dy"
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert now() == [0, "dense1.b0", None]


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
