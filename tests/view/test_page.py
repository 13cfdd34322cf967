"""The page as a reader meets it: opened from disk, walked by keyboard, every number the step's."""

import numpy as np
import pytest

from clearprop.writing.numbers import exact, shown

from .conftest import STEPS, classes, small

# Everything the reader sees of one moment, read from the page as a reader reads it.
READ = """() => {
  const clean = (text) => text.replaceAll('\\u2007', '').trim();
  const all = (selector) => [...document.querySelectorAll(selector)];
  return {
    when: document.querySelector('.moment .when').textContent,
    address: decodeURIComponent(location.hash.slice(1)).split('&'),
    cells: all('.quantity .numbers button[data-address]').map((b) =>
      [b.getAttribute('data-address'), clean(b.textContent), b.getAttribute('data-exact')]),
    factors: all('.terms button.number').map((b) =>
      [b.getAttribute('data-key').replace('term ', ''), clean(b.textContent),
       b.getAttribute('data-exact')]),
    sources: all('.source-button').map((b) =>
      [b.getAttribute('data-key').replace('source ', ''),
       clean(b.querySelector('.mono').textContent), b.getAttribute('data-exact')]),
    result: clean(document.querySelector('.result').textContent),
    exactly: document.querySelector('.result').getAttribute('data-exact'),
    narrated: document.querySelector('.view > [role=status].unseen').textContent,
  };
}"""


READ_LARGE = f"""() => ({{
  ...(document.querySelector('.result') ? ({READ})() : {{ cells: [], factors: [] }}),
  elements: document.querySelectorAll('*').length,
}})"""


def value_of(step, address):
    path, _, place = address.partition("[")
    array = np.asarray(step[path])
    return array[tuple(map(int, place[:-1].split(",")))] if place else array[()]


def moments_of(step):
    return ["x", *(path for phase in step.to_dict()["phases"] for path in phase["moments"])]


@pytest.mark.parametrize("name", STEPS)
def test_every_number_on_the_way_is_the_steps(opened_alone, name):
    """Walk from the first moment to the last by the arrow key; compare all that is shown."""
    step = STEPS[name]()
    page = opened_alone(step.to_dict())
    page.clock.install()
    page.keyboard.press("Home")
    seen, compared = [], 0
    for path in moments_of(step):
        page.clock.run_for(200)  # the address is written when the reader stays for a moment
        state = page.evaluate(READ)
        seen.append(state["address"][0])
        assert state["address"][0] == path
        focus = next(part[3:] for part in state["address"] if part.startswith("at="))
        triples = [*state["cells"], *state["factors"], *state["sources"]]
        for address, text, full in [*triples, (focus, state["result"], state["exactly"])]:
            value = value_of(step, address)
            assert text == shown(value), address
            assert full == exact(float(value)), address
            compared += 1
        page.keyboard.press("ArrowRight")
    assert seen == moments_of(step)
    assert compared > 100


def test_home_end_and_the_arrows(opened):
    page = opened(small().to_dict())
    when = page.locator(".moment .when")
    page.keyboard.press("End")
    assert when.text_content() == "update 4 of 4"
    page.keyboard.press("ArrowRight")
    assert when.text_content() == "update 4 of 4"
    page.keyboard.press("ArrowLeft")
    assert when.text_content() == "update 3 of 4"
    page.keyboard.press("Home")
    assert when.text_content() == "given"


CHANGES = """() => {
  const records = [];
  const watch = new MutationObserver((found) => records.push(...found));
  watch.observe(document.body, { childList: true, characterData: true, subtree: true });
  window.changes = () => {
    records.push(...watch.takeRecords());
    return records.splice(0).map(({ target, type }) =>
      `${type} of ${(target.parentElement ?? target).outerHTML.slice(0, 80)}`);
  };
}"""


def test_what_stays_is_not_made_anew(opened):
    page = opened(classes().to_dict())
    page.keyboard.press("End")
    page.evaluate(CHANGES)
    page.keyboard.press("ArrowRight")  # there is nothing after the end
    assert page.evaluate("changes()") == []
    page.keyboard.press("ArrowLeft")
    changes = page.evaluate("changes()")
    assert changes
    assert not [change for change in changes if "stations" in change or "<header" in change]


def test_the_focus_is_on_what_it_was_on_or_on_nothing(opened):
    """An element that shows another number now does not keep the focus of the one before."""
    page = opened(small().to_dict(), "#dense1.y")
    page.locator(".source-button").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement === document.body")
    page.locator("[data-key='station dense1.y']").focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.dataset.key") == "station dense1.y"


def test_a_number_opens_to_the_inputs_and_escape_goes_back(opened):
    """From a gradient by its error signal to the output, then up the trail again."""
    page = opened(classes().to_dict(), "#dense1.dW&at=dense1.dW[1,2]")
    trail = page.locator(".trail li")
    page.locator(".terms button.number").nth(1).focus()
    page.keyboard.press("Enter")
    assert trail.count() == 2
    while page.locator(".source-button, .terms button.number").count():
        page.locator(".source-button, .terms button.number").first.focus()
        page.keyboard.press("Enter")
        assert trail.count() < 12
    depth = trail.count()
    assert depth > 2
    for place in range(depth - 1, 0, -1):
        page.keyboard.press("Escape")
        assert (trail.count() or 1) == place
    assert page.evaluate("clearprop.app.focus.quantity.path") == "dense1.dW"


def test_tab_walks_the_numbers(opened):
    page = opened(small().to_dict(), "#dense1.y")
    page.evaluate(
        """() => {
          window.keys = [];
          addEventListener('focusin', ({ target }) => keys.push(target.getAttribute('data-key')));
        }"""
    )
    for _ in range(40):
        page.keyboard.press("Tab")
    keys = page.evaluate("keys")
    path, (row, unit) = page.evaluate(
        "[clearprop.app.focus.quantity.path, clearprop.app.focus.index]"
    )
    assert (path, row) == ("dense1.y", 0)
    assert f"source dense1.b[{unit}]" in keys
    assert {"picture", "station dense1.y", f"cell dense1.y[0,{unit}]"} <= set(keys)


def test_the_address_leads_back(opened):
    page = opened(classes().to_dict(), "#dense2.dW&at=dense2.dy[3,1]&row=3&lens=weights")
    app = page.evaluate(
        "[clearprop.app.now.path, clearprop.app.focus.quantity.path, clearprop.app.focus.index,"
        " clearprop.app.row, clearprop.app.lens]"
    )
    assert app == ["dense2.dW", "dense2.dy", [3, 1], 3, "weights"]
    # A function: the page's policy forbids an expression to be asked twice.
    page.wait_for_function(
        "() => /^#dense2.dW&at=dense2.dy%5B3,1%5D&row=3&units=1.[0-5],2.1&lens=weights$/"
        ".test(location.hash)",
        timeout=5000,
    )


@pytest.mark.parametrize("hash_", ["#nonsense", "#%", "#x&row=99", "#x&at=x[9,9]", "#E&lens=<b>"])
def test_a_wrong_address_is_no_harm(opened, hash_):
    page = opened(small().to_dict(), hash_)
    assert page.locator("svg.picture").count() == 1


def test_a_supposed_weight_is_marked_and_rewound(opened):
    page = opened(small().to_dict(), "#dense1.y&at=dense1.W[0,1]")
    before = page.locator(".loss").text_content()
    page.locator(".what-if-form [data-key=suppose]").fill("1,5")
    page.keyboard.press("Enter")
    assert page.locator(".what-if").is_visible()
    assert page.locator(".result").text_content() == "1.5"
    assert page.locator(".loss").text_content() != before
    page.locator(".what-if button").click()
    assert page.locator(".what-if").is_hidden()
    assert page.locator(".loss").text_content() == before


def test_a_word_is_no_number(opened):
    page = opened(small().to_dict(), "#dense1.y&at=dense1.W[0,1]")
    page.locator(".what-if-form [data-key=suppose]").fill("many")
    page.keyboard.press("Enter")
    assert page.locator(".what-if-form .message").text_content() == "not a number"


def test_own_work_is_judged(opened):
    step = small()
    made = step.to_dict()
    node = next(q["node"] for q in made["quantities"] if q["path"] == "dense1.dW")
    first = len(made["nodes"])
    made["slips"] = {
        "nodes": [
            {"op": "constant", "value": 2},
            {"op": "recorded", "args": [node]},
            {"op": "multiply", "args": [first, first + 1]},
        ],
        "slips": [
            {
                "name": "a factor 2",
                "sentence": "the rows were counted twice",
                "changed": [[node, first + 2]],
            }
        ],
        "products": [], "pairs": [], "conventions": [], "factors": [],
    }  # fmt: skip
    page = opened(made, "#dense1.dW&at=dense1.dW[0,2]")
    right = float(np.asarray(step["dense1.dW"])[0, 2])
    page.get_by_text("check my work").click()
    assert shown(right) not in page.locator("main").inner_text()
    verdicts = {
        shown(right): "Right",
        shown(-right): "the size is right, but the sign is wrong",
        shown(2 * right): "a factor 2: the rows were counted twice",
        shown(3 * right): "your value is about 3 times the recorded one",
        f"{1.00002 * right:.7g}": "close, but not all the typed digits are right",
        f"{right:.1g}": "Give three digits, please.",
        f"({2 * right:.9f} + {4 * right:.9f}) / 6": "Right",
    }
    for mine, verdict in verdicts.items():
        page.locator(".check input").fill(mine)
        page.keyboard.press("Enter")
        assert verdict in page.locator(".verdict").text_content()


def test_a_number_is_copied_with_all_its_digits(opened):
    step = small()
    page = opened(step.to_dict(), "#dense1.y")
    page.locator("[data-key='cell dense1.y[0,0]']").focus()
    copied = page.evaluate(
        """() => {
          const event = new ClipboardEvent('copy',
            {clipboardData: new DataTransfer(), bubbles: true, cancelable: true});
          document.activeElement.dispatchEvent(event);
          return event.clipboardData.getData('text/plain');
        }"""
    )
    assert float(copied) == step["dense1.y"][0, 0]


def test_the_bar_of_an_update_sums(opened):
    step = classes()
    page = opened(step.to_dict(), "#dense1.W.new&at=dense1.W.new[0,0]")
    names = page.locator(".update tbody th").all_text_contents()
    values = page.locator(".update tbody td.mono").all_text_contents()
    total = page.locator(".update tfoot td.mono").text_content()
    assert total == shown(step["dense1.W.change"][0, 0])
    assert dict(zip(names, values, strict=True)) == {
        name: shown(step[f"dense1.W.part.{name}"][0, 0]) for name in names
    }
    assert {"gradient", "L2", "clipping"} <= set(names)


def test_a_large_step_is_drawn_by_few_elements(opened, large_step):
    page = opened(large_step.to_dict())
    page.keyboard.press("Home")
    for path in moments_of(large_step):
        state = page.evaluate(READ_LARGE)
        for address, text, full in [*state["cells"], *state["factors"]]:
            value = value_of(large_step, address)
            assert (text, full) == (shown(value), exact(float(value))), (path, address)
        assert state["elements"] < 2500, path
        page.keyboard.press("ArrowRight")


def test_the_strongest_number_of_a_drawn_unit_is_explained(opened, large_step):
    """Provenance within a large network reaches the inputs."""
    page = opened(large_step.to_dict(), "#dense2.y")
    unit = page.evaluate("clearprop.app.focus.index[1]")
    weights = np.asarray(large_step["dense2.W"])[:, unit]
    terms = page.evaluate(
        """() => {
          const {step, focus} = clearprop.app;
          const formula = clearprop.cellFormula(step, focus.quantity.node, focus.index);
          return clearprop.evaluated(formula, (q, i) => step.at(q, i));
        }"""
    )
    wanted = float(np.asarray(large_step["relu1.y"])[0] @ weights)
    np.testing.assert_allclose(terms, wanted, rtol=1e-12)


def test_numbers_that_are_none_are_shown_as_such(opened):
    made = small().to_dict()
    for quantity in made["quantities"]:
        if quantity["path"] == "dense1.y":
            quantity["values"] = ["NaN", "Infinity", "-Infinity"]
    page = opened(made, "#dense1.y")
    cells = page.evaluate(READ)["cells"]
    assert [text for _, text, _ in cells] == ["NaN", "∞", "−∞"]
    page.keyboard.press("End")
    page.keyboard.press("Home")


def test_rows_can_be_chosen(opened):
    step = classes()
    page = opened(step.to_dict(), "#dense1.dy")
    page.locator("select").select_option("3")
    assert page.evaluate("clearprop.app.focus.index[0]") == 3
    texts = page.locator(".picture .mono").all_text_contents()
    assert shown(step["dense1.dy"][3, 0]) in texts
