"""One number is followed from moment to moment, by pointer and by keyboard; its trail is true."""

import numpy as np

from .conftest import classes, small

FOCUS = "[clearprop.app.focus.quantity.path, clearprop.app.focus.index, clearprop.app.row]"
TRAIL = "clearprop.app.trail.map(({quantity, index}) => [quantity.path, index])"


def focus(page):
    path, index, row = page.evaluate(FOCUS)
    return path, index, row


def test_a_chosen_weight_stays_through_all_moments(opened):
    step = classes()
    page = opened(step.to_dict(), "#dense1.dW&at=dense1.dW[2,4]&row=3")
    expected = {
        "dense1.y": [3, 4], "tanh1.y": [3, 4], "tanh1.dy": [3, 4], "dense1.dy": [3, 4],
        "dense1.dW": [2, 4], "dense1.db": [4], "dense1.W.new": [2, 4], "dense1.b.new": [4],
        "x": [3, 2],
    }  # fmt: skip
    page.keyboard.press("Home")
    seen = {}
    for _ in range(60):
        path, index, row = focus(page)
        seen[path] = index
        assert row == 3
        page.keyboard.press("ArrowRight")
    assert {path: seen[path] for path in expected} == expected


def test_without_a_choice_the_strongest_number_begins(opened):
    step = classes()
    page = opened(step.to_dict())
    path, index, _ = focus(page)
    assert path == "p"
    assert index == [0, int(np.argmax(step["p"][0]))]


def test_units_that_are_followed_stand_in_the_address(opened):
    page = opened(classes().to_dict(), "#E&units=0.1,1.5,2.0")
    page.keyboard.press("Home")
    assert focus(page)[:2] == ("x", [0, 1])
    page.keyboard.press("ArrowRight")
    assert focus(page)[:2] == ("dense1.y", [0, 5])


def test_a_trail_goes_on_to_sources_only(opened):
    page = opened(classes().to_dict(), "#dense2.y&at=dense2.y[0,1]")
    page.evaluate("clearprop.app.open(clearprop.app.step.find('tanh1.y'), [0, 3])")
    assert page.evaluate(TRAIL) == [["dense2.y", [0, 1]], ["tanh1.y", [0, 3]]]
    # The same source of the same number, another unit: it replaces the last one.
    page.evaluate("clearprop.app.open(clearprop.app.step.find('tanh1.y'), [0, 2])")
    assert page.evaluate(TRAIL) == [["dense2.y", [0, 1]], ["tanh1.y", [0, 2]]]
    # A value of another row is no source of the output: the trail begins anew.
    page.evaluate("clearprop.app.open(clearprop.app.step.find('tanh1.y'), [4, 2])")
    assert page.evaluate(TRAIL) == [["tanh1.y", [4, 2]]]
    page.evaluate("clearprop.app.open(clearprop.app.step.find('p'), [4, 0])")
    assert page.evaluate(TRAIL) == [["p", [4, 0]]]


def test_the_equation_and_its_words_are_those_of_the_focus(opened):
    page = opened(classes().to_dict(), "#p")
    page.evaluate("clearprop.app.open(clearprop.app.step.find('dense1.W.new'), [0, 0])")
    heading = page.locator(".moment h2").text_content()
    assert heading == "update 9 of 21 dense1.W after the step"
    assert "W1new=" in page.locator(".moment .equation math").text_content().replace(" ", "")


def test_a_reason_is_said_in_a_sentence(opened):
    step = classes()
    page = opened(step.to_dict(), "#dense2.dy&at=dense2.dy[2,1]&row=2")
    reason = page.locator(".reason")
    p, t = step["p"][2, 1], step["t"][2, 1]
    assert f"output 1 is {p:.4g} for row 2, and its target is {t:g}" in reason.text_content()
    assert ("too high" if p > t else "too low") in reason.text_content()
    page.evaluate("clearprop.app.goTo('dense2.dW')")
    index = focus(page)[1]
    parts = step["tanh1.y"][:, index[0]] * step["dense2.dy"][:, index[1]]
    up, down = int((parts < 0).sum()), int((parts > 0).sum())
    loudest = int(np.abs(parts).argmax())
    text = reason.text_content()
    assert f"row {loudest} pulls most" in text
    assert (f"{up} of 5" in text and f"{down} to lower it" in text) or "All rows" in text


def test_the_gradient_in_a_change_opens_what_each_row_asks_for(opened):
    page = opened(classes().to_dict(), "#dense1.W.new&at=dense1.W.new[1,2]")
    page.locator("[data-key='part gradient']").click()
    assert focus(page)[:2] == ("dense1.dW", [1, 2])
    assert (
        page.locator(".terms caption").text_content() == "each row's contribution to the gradient"
    )
    page.keyboard.press("Escape")
    assert focus(page)[:2] == ("dense1.W.new", [1, 2])


def test_the_table_is_one_stop_and_its_arrows_go_from_number_to_number(opened):
    page = opened(classes().to_dict(), "#dense1.y&at=dense1.y[1,2]&row=1")
    assert page.locator(".quantity button.number[tabindex='0']").count() == 1
    page.locator("[data-key='cell dense1.y[1,2]']").focus()
    for key, index in (("ArrowDown", [2, 2]), ("ArrowRight", [2, 3]), ("ArrowUp", [1, 3])):
        page.keyboard.press(key)
        assert focus(page)[:2] == ("dense1.y", index)
        here = page.evaluate("document.activeElement.dataset.key")
        assert here == f"cell dense1.y[{index[0]},{index[1]}]"
    for _ in range(9):
        page.keyboard.press("ArrowUp")  # there is no row above the first
    assert focus(page)[1] == [0, 3]


def test_units_and_lines_of_the_picture_are_reached_by_keyboard(opened):
    page = opened(classes().to_dict(), "#dense2.y&at=dense2.y[0,1]")
    page.locator("svg.picture").focus()
    page.keyboard.press("ArrowLeft")
    assert focus(page)[0] == "tanh1.y"
    before = focus(page)[1]
    page.keyboard.press("ArrowDown" if before[1] < 5 else "ArrowUp")
    unit = before[1] + (1 if before[1] < 5 else -1)
    assert focus(page)[:2] == ("tanh1.y", [0, unit])
    page.keyboard.press("Enter")
    path, index, _ = focus(page)
    assert (path, index[1]) == ("dense1.W", unit)
    assert index[0] == int(np.abs(classes()["dense1.W"][:, unit]).argmax())
    page.keyboard.press("ArrowUp" if index[0] else "ArrowDown")
    assert focus(page)[1] == [index[0] - 1 if index[0] else 1, unit]
    page.keyboard.press("ArrowLeft")
    assert focus(page)[0] == "x"
    assert page.evaluate("document.activeElement.dataset.key") == "picture"


def test_few_stops_before_the_first_number(opened):
    """Stations, table and picture are one stop each."""
    page = opened(classes().to_dict(), "#dense1.dW")
    stops = page.evaluate(
        "() => [...document.querySelectorAll('button, select, input, [tabindex]')]"
        ".filter((one) => one.tabIndex === 0 && !one.disabled && one.checkVisibility()).length"
    )
    stations = page.locator(".stations [tabindex='0']").count()
    assert stations == 1
    assert stops < 40


def test_the_picture_and_the_stations_fit_a_small_window(opened_alone):
    page = opened_alone(classes().to_dict())
    page.set_viewport_size({"width": 1280, "height": 720})
    page.evaluate("clearprop.app.go(5)")
    bottom = page.locator("svg.picture").bounding_box()
    bar = page.locator(".scrubber").bounding_box()
    assert bottom["y"] + bottom["height"] <= bar["y"]
    assert bar["y"] + bar["height"] <= 720
    assert bar["height"] <= 72


def test_a_phone_keeps_a_bar_for_stepping(opened_alone):
    page = opened_alone(small().to_dict())
    page.set_viewport_size({"width": 390, "height": 844})
    steps = page.locator(".scrubber .steps").bounding_box()
    assert (steps["height"], steps["y"] + steps["height"]) == (56, 844)
    for one in page.locator(
        ".scrubber .steps button, .station, .lenses button:not(.unneeded)"
    ).all():
        box = one.bounding_box()
        assert box["height"] >= 44, one.text_content()


def test_many_stations_are_folded_and_open_where_one_is(opened):
    page = opened(classes().to_dict(), "#p")
    folded = page.locator(".station.folded")
    names = folded.all_text_contents()
    assert {"W₁", "b₁", "W₂", "b₂"} <= set(names)
    folded.filter(has_text="W₂").click()
    assert page.locator(".station.now").count() == 1
    assert focus(page)[0].startswith("dense2.W.")
