"""`cp.worksheet`: the sheet is the step's numbers, and marks count an error once."""

import json
import re

import numpy as np
import pytest

import clearprop as cp
from clearprop.explaining.arithmetic import number_of
from clearprop.explaining.marking import BLANK, FOLLOWS, WRONG
from clearprop.explaining.rebuilding import CLASSES, code_of
from tests.explaining.steps import OPTIMIZERS, over, situations
from tests.registry import LOSSES

NET = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 3))
X, T = [[0.5, -1.0]], [1]


def step_of(net=NET, loss=None, x=X, t=T, seed=0, **how):
    params = net.init(np.random.default_rng(seed))
    how.setdefault("optimizer", cp.SGD(0.1))
    return cp.explain(net, loss or cp.CrossEntropy(), params, x, t, **how)


@pytest.fixture
def sheet():
    return cp.worksheet(step_of())


def rounded(value):
    return float(f"{float(value):.4g}")


def right_answers(sheet):
    return {number: rounded(sheet.step[a]) for number, a in enumerate(sheet.blanks, 1)}


def verdicts(marks):
    return [mark.verdict for mark in marks.items]


def test_the_blanks_go_once_through_the_step(sheet):
    names = [address.partition("[")[0] for address in sheet.blanks]
    assert names == [
        "dense1.y", "tanh1.y", "dense2.y", "p", "row_loss", "dense2.dy", "dense2.dW",
        "dense1.dy", "dense1.dW", "dense1.W.new",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("net", "loss", "x", "t", "how"),
    [
        (cp.Chain(*[cp.Dense(2, 2), cp.ReLU()] * 5, cp.Dense(2, 1)), cp.SquaredError(),
         X, [[1]], {}),
        (cp.Chain(cp.Dense(2, 1)), cp.BinaryCrossEntropy(), X, [[1]], {"optimizer": None}),
        (cp.Chain(cp.Dense(2, 4), cp.LayerNorm(4), cp.GELU(), cp.Dense(4, 2)), cp.Huber(),
         [[0.5, -1.0], [1.0, 2.0]], [[1.0, 0], [0, 1.0]], {"optimizer": cp.Adam()}),
    ],
)  # fmt: skip
def test_any_network_has_a_sheet_whose_key_is_right(net, loss, x, t, how):
    sheet = cp.worksheet(step_of(net, loss, x, t, **how))
    assert 1 <= len(sheet.blanks) <= 12
    assert sheet.mark(right_answers(sheet)).total == len(sheet.blanks)
    assert sheet.to_markdown() != sheet.to_markdown(key=True)


def test_the_key_has_the_step_s_numbers_and_the_sheet_has_not(sheet):
    key, page = sheet.to_markdown(key=True), sheet.to_markdown()
    for address in sheet.blanks:
        why = sheet.step.why(address)
        shown = str(why).splitlines()[-2].split("   exactly")[0].strip()
        assert shown in key
        assert str(why).splitlines()[0] in key
        assert str(why).splitlines()[0] in page
    assert "≈ 0" not in page.partition("**1.**")[0]
    for item in sheet.items:
        assert f"`{item.equation(cp.explaining.worksheet_pages.Text())[0]} ≈" not in page


def test_an_early_slip_costs_one_item(sheet):
    z = rounded(float(sheet.step[sheet.blanks[0]]) + 1)
    answers = right_answers(sheet)
    a = rounded(np.tanh(z))
    layer, unit = sheet.blanks[2].partition("[")[0], int(sheet.blanks[2][-2])
    hidden = np.array(sheet.step["tanh1.y"])[0]
    hidden[int(sheet.blanks[1][-2])] = a
    o = np.array(sheet.step["dense2.y"])[0]
    o[unit] = hidden @ sheet.step["dense2.W"][:, unit] + sheet.step["dense2.b"][unit]
    p = np.exp(o) / np.exp(o).sum()
    delta = rounded(p[unit] - 1)
    assert layer == "dense2.y"
    answers |= {1: z, 2: a, 3: rounded(o[unit]), 4: rounded(p[unit]), 5: -np.log(p[unit])}
    answers |= {6: f"{rounded(p[unit])} - 1", 7: a * delta}
    marks = sheet.mark(answers)
    assert verdicts(marks)[:7] == [WRONG, *[FOLLOWS] * 6]
    assert marks.total == len(sheet.blanks) - 1
    assert "right given your earlier answers" in str(marks)
    assert str(marks).endswith(f"total  {len(sheet.blanks) - 1} of {len(sheet.blanks)}")


def test_a_wrong_answer_has_the_sentence_of_the_check():
    step = step_of()
    sheet = cp.worksheet(step, blanks=["dense1.dy"])
    marks = sheet.mark({"dense1.dy": step["tanh1.dy"]})
    assert verdicts(marks) == [WRONG]
    assert marks.items[0].sentence == "activation slope missing in tanh1"


def test_what_is_wrong_in_the_third_digit_is_wrong(sheet):
    answers = right_answers(sheet)
    for number, right in answers.items():
        assert verdicts(sheet.mark({number: right * 1.02}))[number - 1] == WRONG
        assert verdicts(sheet.mark({number: float(f"{right:.1g}")}))[number - 1] == WRONG


def test_blank_answers_have_no_points(sheet):
    marks = sheet.mark({1: "", 2: None})
    assert set(verdicts(marks)) == {BLANK}
    assert marks.total == 0


def test_answers_by_address_and_in_any_order_of_items():
    step = step_of()
    sheet = cp.worksheet(step, blanks=["tanh1.y[0,0]", "z1[0,0]"])
    assert sheet.blanks == ("tanh1.y[0,0]", "dense1.y[0,0]")
    marks = sheet.mark({"tanh1.y[0,0]": np.tanh(3.0), "dense1.y[0, 0]": 3})
    assert verdicts(marks) == [FOLLOWS, WRONG]


@pytest.mark.parametrize(
    ("text", "value"),
    [("(0.4512-1)/6", (0.4512 - 1) / 6), ("2**-1", 0.5), ("−3", -3), ("1e-3 * +2", 0.002)],
)
def test_arithmetic_is_computed(text, value):
    assert number_of(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')", "x", "1,2", "True", "'a'", "1j", "[1]", "abs(1)", "1 if 1 else 2",
        "9**9**9**9", "1/0", "(-8)**0.5", "1e999", "(" * 500, "1" + "+1" * 600, "1//2", "\0",
        "", "1" * 900 + "0" * 99 + "**9",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match=r"number|value|characters"):
        number_of(text)


def test_what_is_no_answer_is_said(sheet):
    with pytest.raises(ValueError, match=r"item 1: .*__import__.* is no number"):
        sheet.mark({1: "__import__('os').system('true')"})
    with pytest.raises(KeyError, match=r"no item 99; it has 1 to 10"):
        sheet.mark({99: 1})
    with pytest.raises(ValueError, match=r"dense1.y.*one number, yours is 2"):
        sheet.mark({1: [1, 2]})
    with pytest.raises(ValueError, match="twice"):
        sheet.mark({1: 1.0, sheet.blanks[0]: 1.0})


def test_a_whole_array_is_an_item():
    step = step_of()
    sheet = cp.worksheet(step, blanks=["dense1.dW"])
    assert sheet.mark({1: step["dense1.dW"].tolist()}).total == 1
    assert sheet.mark({1: (step["dense1.dW"] * 2).tolist()}).total == 0
    assert "x = (0.5, −1)" in sheet.to_markdown()
    assert r"\begin{pmatrix}" in sheet.to_latex(key=True)


def test_latex_is_balanced(sheet):
    for text in (sheet.to_latex(), sheet.to_latex(key=True)):
        assert text.isascii()
        assert text.count("{") == text.count("}")
        assert len(re.findall(r"\\left\b", text)) == len(re.findall(r"\\right\b", text))
        assert re.findall(r"\\begin\{(.*?)\}", text) == re.findall(r"\\end\{(.*?)\}", text)
        assert all(line.count("&") == 1 for line in text.splitlines()[1:-1])


def test_the_notebook_is_one_and_marks(sheet, tmp_path):
    sheet.save(tmp_path / "key.ipynb", key=True)
    book = json.loads((tmp_path / "key.ipynb").read_text(encoding="utf-8"))
    assert book == sheet.to_notebook(key=True)
    code = [cell["source"] for cell in book["cells"] if cell["cell_type"] == "code"]
    names = {}
    exec("\n".join(code[:-1]), names)
    assert names["sheet"].mark(names["answers"]).total == len(sheet.blanks)
    assert code[-1] == "print(sheet.mark(answers))"
    empty = [cell["source"] for cell in sheet.to_notebook()["cells"]]
    assert sum(text.endswith("= None") for text in empty) == len(sheet.blanks)
    nbformat = pytest.importorskip("nbformat")
    nbformat.validate(book)
    nbformat.validate(sheet.to_notebook())


def test_the_ending_says_the_form(sheet, tmp_path):
    sheet.save(tmp_path / "sheet.md")
    assert (tmp_path / "sheet.md").read_text(encoding="utf-8") == sheet.to_markdown()
    sheet.save(tmp_path / "sheet.tex")
    assert sheet.to_latex() in (tmp_path / "sheet.tex").read_text(encoding="utf-8")
    with pytest.raises(ValueError, match=r"\.md, \.tex, \.ipynb"):
        sheet.save(tmp_path / "sheet.pdf")
    assert not (tmp_path / "sheet.pdf").exists()


def test_each_seed_draws_other_weights():
    one, other, again = (
        cp.worksheet(NET, cp.CrossEntropy(), X, T, seed=seed, optimizer=cp.SGD(0.1))
        for seed in (1, 2, 1)
    )
    assert one.to_markdown(key=True) == again.to_markdown(key=True)
    assert one.to_markdown() != other.to_markdown()
    assert one.seed == 1


def test_what_makes_no_sheet_is_said():
    step = step_of()
    for blanks, words in ([["W1[0,0]"], "is given"], [[], "list"], [["E", "E"], "twice"]):
        with pytest.raises(ValueError, match=words):
            cp.worksheet(step, blanks=blanks)
    with pytest.raises(KeyError, match="did you mean"):
        cp.worksheet(step, blanks=["dense1.dw"])
    with pytest.raises(TypeError, match="needs loss, x, t"):
        cp.worksheet(NET)
    with pytest.raises(TypeError, match="seed"):
        cp.worksheet(step, seed=1)


@pytest.mark.parametrize("targets", [[3], np.full((1, 10), 0.1)])
def test_a_long_sum_names_what_is_asked_for_and_tells_the_rest(targets):
    """A number that is asked for is not hidden in the sum of the small terms, nor given."""
    net = cp.Chain(cp.Dense(20, 30), cp.Tanh(), cp.Dense(30, 10))
    x = np.random.default_rng(1).normal(size=(1, 20))
    step = step_of(net, x=x, t=targets)
    small = int(np.argmin(np.abs(step["tanh1.y"][0])))
    blanks = [f"tanh1.y[0,{small}]", "tanh1.y[0,7]", "dense2.y[0,3]", "row_loss[0]"]
    sheet = cp.worksheet(step, blanks=blanks)
    text = cp.explaining.worksheet_pages.Text()
    (o,), (loss,) = (sheet.items[place].given(text) for place in (2, 3))
    for name in (f"a₁[0,{small}] · ", "a₁[0,7] · ", "more: "):
        assert name in o
    assert "o[0,3]" in loss
    assert "∞" not in o + loss
    assert text.number(float(step["dense2.y[0,3]"]), False) not in loss
    assert "∞" not in sheet.to_markdown() + sheet.to_latex()


def records_of(step):
    return {path: np.asarray(step[path]) for path in step.paths}


@over(situations(), 60)
def test_the_code_of_a_step_makes_the_same_step(situation):
    """Every number of it, bit by bit: masks, statistics, state and weights included."""
    step = situation.explain()
    names = {}
    exec(code_of(step), names)
    made, true = records_of(names["step"]), records_of(step)
    assert list(made) == list(true)
    for path, array in true.items():
        np.testing.assert_array_equal(made[path], array, err_msg=path, strict=True)
    assert names["step"].loss_after == step.loss_after


@pytest.mark.parametrize("example", LOSSES, ids=lambda example: example.name)
def test_the_code_makes_every_loss(example):
    t = example.targets(np.random.default_rng(0), 1, 3)
    step = step_of(loss=example.loss, t=t)
    names = {}
    exec(code_of(step), names)
    np.testing.assert_array_equal(names["step"]["dW1"], step["dW1"], strict=True)


def test_the_code_of_a_step_in_float32():
    params = NET.init(np.random.default_rng(0), np.float32)
    step = cp.explain(NET, cp.CrossEntropy(), params, X, T)
    names = {}
    exec(code_of(step), names)
    np.testing.assert_array_equal(names["step"]["dW1"], step["dW1"], strict=True)


def test_a_sheet_of_a_seed_says_the_seed():
    sheet = cp.worksheet(NET, cp.CrossEntropy(), X, T, seed=17, optimizer=cp.SGD(0.1))
    code = sheet.to_notebook()["cells"][1]["source"]
    assert "params = network.init(np.random.default_rng(17))\n" in code
    other = cp.Chain(cp.Dense(2, 3, weight_init=cp.HeNormal()))
    sheet = cp.worksheet(other, cp.SquaredError(), X, [[1.0, 0, 0]], seed=17)
    names = {}
    exec(sheet.to_notebook()["cells"][1]["source"], names)
    np.testing.assert_array_equal(names["step"]["W1"], sheet.step["W1"])


class Own(cp.Tanh):
    pass


def test_a_layer_of_ones_own_has_no_notebook():
    sheet = cp.worksheet(step_of(cp.Chain(cp.Dense(2, 3), Own())))
    assert "Worksheet" in sheet.to_markdown()
    with pytest.raises(ValueError, match=r"cannot make Own again.* save the sheet as .md"):
        sheet.to_notebook()


def test_what_a_notebook_can_make_is_public():
    assert [name for name, made in CLASSES.items() if getattr(cp, name, made) is not made] == []
    own = {type(one) for one in (*OPTIMIZERS.values(), *(e.loss for e in LOSSES))} - {type(None)}
    assert {kind.__name__ for kind in own} <= set(CLASSES)


def test_a_test_cell_raises_what_is_wrong_and_nothing_for_what_follows(sheet):
    answers = right_answers(sheet)
    assert sheet.require(answers) is None
    z = rounded(float(sheet.step[sheet.blanks[0]]) + 1)
    answers |= {1: z, 2: rounded(np.tanh(z))}
    sheet.require(answers, 2)
    sheet.require(answers, sheet.blanks[1], 5)
    with pytest.raises(AssertionError) as raised:
        sheet.require(answers, 1, 2)
    (line,) = str(raised.value).splitlines()
    assert line.startswith("item 1, dense1.y[0,")
    assert "is wrong: it is " in line
    with pytest.raises(AssertionError, match=r"item 3, dense2.y.*, is blank"):
        sheet.require({}, 3)
    with pytest.raises(KeyError, match="no item 99; it has 1 to"):
        sheet.require(answers, 99)
    # What is no number costs its own item, and no other.
    answers[1] = "banana"
    sheet.require(answers, 5)
    for item in (1, sheet.blanks[0]):
        with pytest.raises(ValueError, match=r"item 1: .*banana"):
            sheet.require(answers, item)
    with pytest.raises(ValueError, match=r"item 1: .*banana"):
        sheet.require(answers)


def test_a_test_cell_says_how_a_number_differs_only_where_that_is_news(sheet):
    right = right_answers(sheet)
    with pytest.raises(AssertionError) as raised:
        sheet.require(right | {1: right[1] * 2.4987}, 1)
    assert "×" not in str(raised.value)


def test_the_notebook_runs_alone_in_a_kernel(sheet):
    import nbclient
    import nbformat

    book = nbformat.from_dict(sheet.to_notebook(key=True))
    nbclient.NotebookClient(book, timeout=120).execute()
    text = book.cells[-1].outputs[0].text
    assert text.rstrip().endswith(f"total  {len(sheet.blanks)} of {len(sheet.blanks)}")
