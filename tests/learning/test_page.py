"""The page in Chromium: it trains, pauses, goes back exactly, and says when it breaks."""

import numpy as np
import pytest

import clearprop as cp
from clearprop.credit.comparison import describe
from clearprop.definitions.schedules import Progress

NUMBERS = "() => [...clearprop.lab.trainer.numbers.values()].map((one) => [...one])"


TRAINED = """(to) => new Promise((done) => {
  const look = () => (clearprop.lab.trainer.step > to ? done() : requestAnimationFrame(look));
  look();
})"""


FOLLOW_EACH = """() => {
  for (const { path, shape } of clearprop.lab.trainer.parameters) {
    clearprop.lab.follow({ path, index: shape.map(() => 0) });
  }
}"""


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
