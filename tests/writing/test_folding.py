"""Long lines are folded at blanks: before operators, after commas, never within a number."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clearprop.writing.columns import aligned, aligned_in_blocks, in_blocks
from clearprop.writing.folding import folded

NUMBERS = st.floats(-1e6, 1e6).map(lambda number: f"{number:.4g}".replace("-", "−"))
OPERATORS = st.sampled_from(["+", "−", "·", "⊙", "/"])


@st.composite
def equations(draw):
    """Return a sum of products with a name, some of it in parentheses."""
    text = f"{' ' * draw(st.integers(0, 6))}∂E/∂W₁[3,2] = {draw(NUMBERS)}"
    for _ in range(draw(st.integers(0, 20))):
        inner = draw(NUMBERS)
        if draw(st.booleans()):
            inner = f"({inner} {draw(OPERATORS)} {draw(NUMBERS)})"
        text += f" {draw(OPERATORS)} {inner}"
    return text


@given(equations(), st.integers(50, 110))
def test_an_equation_keeps_its_numbers_and_has_the_width(text, width):
    lines = folded(text, width)
    assert all(len(line) <= width for line in lines)
    assert " ".join(lines).split() == text.split()
    equals = text.index("= ") + 2
    for line in lines[1:]:
        assert line[: equals + 1] == " " * equals + line.strip()[0]
    assert not any(line.endswith((" +", " −", " ·", " ⊙", " /")) for line in lines)


@given(st.text(" a1.,;=+−()", max_size=80), st.integers(1, 30))
@example("0 " * 40, 1)
def test_whatever_the_text_no_word_is_cut(text, width):
    lines = folded(text, width)
    assert " ".join(lines).split() == text.split()
    for line in lines:
        assert len(line) <= width or len(line.split()) == 1 or width <= 12


@pytest.mark.parametrize(
    ("line", "width", "lines"),
    [
        ("  a = 1 · 2 + 3 · 4 + 5 · 6", 20, ["  a = 1 · 2 + 3 · 4", "      + 5 · 6"]),
        ("  a = b · (1 − c) · d", 18, ["  a = b · (1 − c)", "      · d"]),
        ("  a = bbbbbb · (1 − cc + d)", 24, ["  a = bbbbbb", "      · (1 − cc + d)"]),
        ("  p = f(1, 2, 3, 4, 5)", 16, ["  p = f(1, 2, 3,", "      4, 5)"]),
        ("one two; three four", 12, ["one two;", "    three", "    four"]),
        ("a title   two words", 17, ["a title", "    two words"]),
        ("norm 2, from 1 at [0] to 3 at [1]", 27, ["norm 2, from 1 at [0]", "    to 3 at [1]"]),
        ("  12345678901234567890", 10, ["  12345678901234567890"]),
        ("short", 5, ["short"]),
        ("long as it is", None, ["long as it is"]),
    ],
)
def test_where_a_line_is_folded(line, width, lines):
    assert folded(line, width) == lines


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), st.integers(1, 60))
def test_blocks_are_all_columns_in_order_and_as_few_as_can_be(widths, room):
    blocks = in_blocks(widths, room)
    assert [place for block in blocks for place in block] == list(range(len(widths)))
    for block in blocks:
        assert len(block) == 1 or sum(widths[place] for place in block) <= room
    fewest, used = 1, 0
    for place, width in enumerate(widths):
        if used + width > room and place:
            fewest, used = fewest + 1, 0
        used += width
    assert len(blocks) == fewest


def test_a_table_that_is_too_wide_repeats_its_first_column():
    rows = [["", "before", "change", "after"], ["W", "1", "−3", "−2"], ["b", "0", "7", "7"]]
    assert aligned_in_blocks(rows, None) == aligned_in_blocks(rows, 24) == aligned(rows)
    assert aligned_in_blocks(rows, 23) == [
        "   before  change", "W       1      −3", "b       0       7",
        "   after", "W     −2", "b      7",
    ]  # fmt: skip
