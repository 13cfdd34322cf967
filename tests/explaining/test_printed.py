"""Every number printed is read back, in text, LaTeX and MathML, and is the recorded one."""

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import strategies as st

import clearprop as cp
from clearprop.explaining.render_latex import Latex
from clearprop.explaining.render_mathml import MathML
from clearprop.explaining.render_step import moment_lines, moments_of, step_text
from clearprop.explaining.render_text import Text
from clearprop.writing.numbers import read, shown
from tests.explaining.notation import check_mathml, read_latex, read_mathml, read_text
from tests.explaining.steps import over, situations

seeds = st.integers(0, 2**32 - 1)
READERS = {Text: read_text, Latex: read_latex, MathML: read_mathml}


@over(st.tuples(situations(), seeds), 200)
def test_calculations_come_to_the_number_recorded(drawn):
    situation, number = drawn
    step, rng = situation.explain(), np.random.default_rng(number)
    for path in step.paths:
        why = step.why(address(step, path, rng))
        if why.is_given:
            continue
        for style, read_back in READERS.items():
            written = why.numbers(style())
            value = read_back(written)
            assert value.holds(float(why.value)), f"{why.path} = {written} is not {value}"


def address(step, path, rng):
    """Return the address of one number of a quantity."""
    place = ",".join(str(int(rng.integers(size))) for size in np.shape(step[path]))
    return f"{path}[{place}]" if place else path


RESULT = re.compile(r"^ *(?P<sign>[=≈]) (?P<shown>\S+)(   exactly (?P<exact>\S+))?$")


@over(st.tuples(situations(), seeds), 200)
def test_why_ends_with_the_number_and_its_sources(drawn):
    situation, number = drawn
    step, rng = situation.explain(), np.random.default_rng(number)
    for path in step.paths:
        why = step.why(address(step, path, rng))
        lines = str(why).splitlines()
        if why.is_given:
            result = RESULT.match(lines[0].removeprefix(why.name(Text())))
            assert lines[1].startswith("given: ")
        else:
            assert lines[-1] == f"from {', '.join(why.sources)}" or len(why.sources) > 8
            places = [place for place, line in enumerate(lines) if RESULT.match(line)]
            result = RESULT.match(lines[places[-1]])
        exact = result["exact"] or result["shown"]
        assert read(exact) == why.value
        assert (result["sign"] == "=") == (result["exact"] is None)
        assert result["shown"] == shown(why.value)
        assert float(why.value) == pytest.approx(read(result["shown"]), rel=6e-4)


@over(situations(), 100)
def test_print_shows_every_number_that_was_computed(situation):
    step = situation.explain()
    text = str(step)
    for phase in ("forward", "loss", "backward"):
        for quantity in moments_of(step, phase):
            lines = moment_lines(step, quantity)
            assert "\n".join(line.rstrip() for line in lines) in text
            if not np.ndim(quantity.value):
                continue
            rows = np.atleast_2d(quantity.value)
            start = 1 if "  " in lines[0].strip() else 2
            table = [[read(cell) for cell in line.split()] for line in lines[start:][: len(rows)]]
            np.testing.assert_allclose(table, rows, rtol=6e-4)


@over(st.tuples(situations(), st.sampled_from([60, 80, 100])), 180)
def test_a_narrow_print_has_every_word_and_number_whole(drawn):
    situation, width = drawn
    step = situation.explain()
    whole, narrow = str(step), step_text(step, width)
    widest = max(map(len, whole.splitlines()))
    if widest <= width:
        assert narrow == whole
        return
    assert all(len(line) <= width or len(line.split()) == 1 for line in narrow.splitlines())
    added = Counter(narrow.split())
    added.subtract(whole.split())
    assert min(added.values()) >= 0, "+".join(each for each, count in added.items() if count < 0)
    for word in (each for each, count in added.items() if count > 0):
        heading = re.fullmatch(r"columns?|numbers?|to|\d", word)
        assert heading or re.fullmatch(r"\S+\[[\d,]+\]", word), word


def test_a_print_is_no_wider_where_there_is_more_room():
    params = {"W": np.full((2, 10), 0.123456), "b": np.full(10, -1.5e-5)}
    step = cp.explain(cp.Dense(2, 10), cp.SquaredError(), params, [[1.0, 2.0]], np.zeros((1, 10)))
    assert step_text(step) == step_text(step, 110) == step_text(step, 1000) == str(step)


NUMBER = r"(?:−?\d+(?:\.\d+)?(?:e[+−]\d+)?)"
WORKED = re.compile(rf"^ +\S+ = (?P<numbers>.*) [=≈] (?P<result>{NUMBER})$")


@over(situations(), 100)
def test_print_works_out_the_largest_number(situation):
    step = situation.explain()
    for phase in ("forward", "loss", "backward"):
        for quantity in moments_of(step, phase):
            lines = moment_lines(step, quantity)
            start = max(place for place, line in enumerate(lines) if re.search(r"\S = ", line))
            whole = " ".join([lines[start], *(line.strip() for line in lines[start + 1 :])])
            match = WORKED.match(whole)
            if match:
                largest = float(np.abs(quantity.value).max())
                result = abs(read(match["result"]))
                assert result == pytest.approx(largest, rel=6e-4)
                assert read_text(match["numbers"]).size().holds(largest), whole


@over(situations(("sgd", "momentum", "adam", "adamw")), 60)
def test_print_takes_the_largest_change_of_each_parameter_apart(situation):
    step = situation.explain()
    lines = str(step).partition("largest change of each parameter\n")[2].splitlines()
    assert len(lines) == 1 + len(step.task.layout.paths)
    for path, line in zip(step.task.layout.paths, lines[1:], strict=True):
        label, *cells = line.split()
        index = tuple(map(int, re.search(r"\[([\d,]+)\]$", label)[1].split(",")))
        numbers = [read(cell) for cell in cells]
        parts = [
            float(np.broadcast_to(part.symbol.value, step[path].shape)[index])
            for part in step.record.parts[path]
        ]
        assert numbers[0] == pytest.approx(step[path][index], rel=6e-4)
        assert sorted(numbers[1:-1]) == pytest.approx(sorted(parts), rel=6e-4)
        assert numbers[-1] == pytest.approx(step[f"{path}.new"][index], rel=6e-4)
        assert abs(step[f"{path}.change"][index]) == np.abs(step[f"{path}.change"]).max()


@over(situations(), 60)
def test_equations_are_mathml_core_and_balanced_latex(situation):
    told = situation.explain().to_dict()
    for path, equation in told["equations"].items():
        check_mathml(equation["mathml"])
        assert balanced(equation["latex"]), path
    for quantity in told["quantities"]:
        check_mathml(quantity["symbol"]["mathml"])
    assert balanced(situation.explain().to_latex())


def balanced(latex):
    """Return whether braces, \\left and \\right, and environments come in pairs."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    pairs = (r"\left", r"\right"), (r"\begin{", r"\end{")
    return depth == 0 and all(latex.count(one) == latex.count(other) for one, other in pairs)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none_are_words(value):
    params = {"dense1": {"W": np.array([[value]]), "b": np.array([1.0])}}
    network = cp.Chain(cp.Dense(1, 1))
    step = cp.explain(network, cp.SquaredError(), params, [[1.0]], [[0.0]], optimizer=cp.SGD())
    words = {"nan": "NaN", "inf": "∞", "-inf": "−∞"}
    why = step.why("dense1.y[0,0]")
    assert f" = {words[str(value)]}" in str(why)
    assert words[str(value)] in str(step)
    check_mathml(f"<math>{why.numbers(MathML())}</math>")
    assert balanced(why.to_latex())
    latex = {"nan": r"\mathrm{NaN}", "inf": r"\infty", "-inf": r"-\infty"}
    assert latex[str(value)] in why.to_latex()
