"""The known slips of a step that is opened on the page are the slips that Python knows."""

from itertools import pairwise

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.work.situation import Outcome, situation_of
from clearprop.explaining.work.slips import slips_of
from clearprop.learning import known_slips

READY = "clearprop.lab.step().payload.slips !== undefined"


def test_the_committed_file_is_what_the_slips_give():
    path = known_slips.files("clearprop.learning").joinpath(known_slips.FILE)
    assert path.read_text(encoding="utf-8") == known_slips.text_of(known_slips.slips()), (
        "slips.json is not what the slips give: run "
        "python -m clearprop.learning.known_slips, and commit what it writes"
    )


BATCH = """(name) => {
  const step = clearprop.lab.step();
  return [...step.numbers(step.find(name)).all];
}"""
CASES = {
    "tanh": ([cp.Tanh(), cp.Tanh()], cp.CrossEntropy(), cp.SGD(0.1)),
    "sigmoid": ([cp.Sigmoid()], cp.SquaredError(), cp.SGD(0.2, momentum=0.9)),
    "relu": ([cp.ReLU(), cp.ELU()], cp.CrossEntropy(), cp.Adam(0.01)),
    "others": ([cp.GELU(), cp.LeakyReLU()], cp.Huber(), cp.RMSProp(0.01)),
}


def lesson_of(activations, loss, optimizer):
    """Return a page, its network and its first parameters."""
    widths = [2, *(3 + at for at in range(len(activations))), 2]
    layers = []
    for at, (inputs, outputs) in enumerate(pairwise(widths)):
        layers += [cp.Dense(inputs, outputs), *activations[at : at + 1]]
    network = cp.Chain(*layers)
    rng = np.random.default_rng(0)
    x, t = rng.normal(size=(5, 2)), np.eye(2)[[0, 1, 1, 0, 1]]
    params = network.init(rng)
    page = cp.learn(network, loss, x, t, params=params, optimizer=optimizer, batch_size=5, seed=1)
    return page, network, params


def test_a_wrong_number_is_named_in_the_opened_step_and_where_the_reader_predicts(opened):
    lesson, *_ = lesson_of(*CASES["sigmoid"])
    page = opened(lesson)
    page.wait_for_function(READY)
    page.evaluate("clearprop.lab.follow({ path: 'dense1.W', index: [1, 2] })")
    found = page.evaluate("clearprop.slipNumbers(clearprop.lab.step())")
    wrong = found["activation slope missing in sigmoid1"]["dense1.dW"][1 * 3 + 2]
    page.check("[data-key=predict]")
    page.fill("[data-key=size]", f"{wrong:.5g}")
    sign = page.evaluate("clearprop.lab.slope()") > 0
    page.click(f"[data-key={'positive' if sign else 'negative'}]")
    assert "activation slope missing" in page.locator(".number-panel [role=status]").text_content()
    page.keyboard.press("o")
    page.get_by_role("button", name="Check my work").click()
    page.fill("[data-key=mine]", f"{wrong:.5g}")
    page.get_by_role("button", name="check", exact=True).click()
    assert "activation slope missing" in page.locator(".verdict").text_content()


@pytest.mark.parametrize("case", CASES)
def test_each_slip_gives_the_numbers_that_python_computes(opened, case):
    activations, loss, optimizer = CASES[case]
    lesson, network, params = lesson_of(activations, loss, optimizer)
    page = opened(lesson)
    page.wait_for_function(READY)
    x, t = (np.reshape(page.evaluate(BATCH, name), (5, 2)) for name in "xt")
    step = cp.explain(network, loss, params, x, t, optimizer=optimizer)
    found = page.evaluate("clearprop.slipNumbers(clearprop.lab.step())")
    known = {slip.name: slip for slip in slips_of(situation_of(step))}
    base = situation_of(step)
    assert len(found) > 100
    assert set(found) <= set(known)
    for name, quantities in found.items():
        outcome = Outcome(known[name].make(base), list(quantities))
        for path, numbers in quantities.items():
            right = outcome.get(path)
            np.testing.assert_allclose(
                np.array(numbers, float), np.ravel(right), 1e-9, 1e-12, err_msg=f"{name}: {path}"
            )
