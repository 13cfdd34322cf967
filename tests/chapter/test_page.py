"""Items as text: folded, aligned, and only with numbers that were computed."""

import re

import numpy as np
import pytest

from clearprop import chapter
from clearprop.chapter.fruit import fruit
from clearprop.chapter.page import Words, beside, matrix


def numbers_in(text):
    """Return every decimal number in a text."""
    return [float(found.replace("−", "-")) for found in re.findall(r"[−-]?\d+\.\d+", text)]


def row_of(item, start):
    """Return the numbers in the one line that starts so."""
    (line,) = [line for line in str(item).splitlines() if line.strip().startswith(start)]
    return numbers_in(line[line.index(start) + len(start) :])


def test_no_line_is_wider_than_a_terminal(any_item):
    assert max(map(len, str(any_item).splitlines())) <= 79


def test_the_heading_is_the_title_and_nothing_is_left_unsaid(any_item):
    text = str(any_item)
    assert text.startswith(f"{any_item.name}  {chapter.title(any_item.name)}\n\n")
    assert "nan" not in text and "None" not in text and "{" not in text
    assert all(line == line.rstrip() for line in text.splitlines())


def test_words_fold_to_the_width_there_is(any_item):
    for block in any_item.blocks:
        if isinstance(block, Words):
            assert max(map(len, block.lines(60))) <= 60


def test_formulas_are_not_torn():
    words = Words("so the error is e = t − o, and then e o (1 − o) is what is sent back")
    for width in range(24, 70):
        text = "\n".join(words.lines(width))
        assert "e = t − o" in text and "o (1 − o)" in text


@pytest.mark.parametrize("name", ["0", "8", "C3", ""])
def test_an_unknown_item_is_told(name):
    with pytest.raises(ValueError, match=f"there is no item '{name}'; the items are"):
        chapter.item(name)


def test_matrices_are_aligned_and_stand_beside_each_other():
    left, right = matrix(np.array([[-1.0], [10.0]]), 1), matrix(np.eye(3), 0)
    assert left == ["| −1.0 |", "| 10.0 |"]
    lines = beside(left, ["="], right)
    assert len({line.index("| ", 9) for line in lines}) == 1


def test_fruit_is_two_clouds_of_equal_size():
    x, kind = fruit(20000, seed=5)
    assert kind.mean() == 0.5
    for one, centre in ((0, (0.65, 0.35)), (1, (0.35, 0.65))):
        np.testing.assert_allclose(x[kind == one].mean(axis=0), centre, atol=0.006)
        np.testing.assert_allclose(np.cov(x[kind == one].T), 0.13**2 * np.eye(2), atol=6e-4)
    np.testing.assert_array_equal(fruit()[0], fruit()[0])


# Displayed = used: the tables against numbers worked out here.
def test_item_3_prints_its_numbers(item):
    for i, weight in enumerate((0.6, 0.4, 0.1, 0.2)):
        told = row_of(item("3"), f"w_{i + 1}1  ")
        np.testing.assert_allclose(told, [weight, 0.02, 0.08 * weight / 1.3, weight], atol=5e-5)


def test_item_4_prints_both_products(item):
    lines = [numbers_in(line) for line in str(item("4")).splitlines() if re.match(r" +\| \d", line)]
    who = np.array([[0.6, 0.4, 0.1, 0.2], [0.1, 0.3, 0.2, 0.1]])
    shares = who.T / who.sum(axis=1)
    for block, matrix_of in ((lines[:4], shares), (lines[4:], who.T)):
        for row, printed in zip(matrix_of, block, strict=True):
            np.testing.assert_allclose(printed[:2], row, atol=5e-5)
            assert printed[-1] == pytest.approx(row @ [0.08, 0.04], abs=5e-5)


def test_item_5_prints_the_slopes(item):
    for i, h in enumerate((0.8, 0.7, 0.6, 0.5)):
        told = row_of(item("5"), f"w_{i + 1}1  0")
        o = 1 / (1 + np.exp(-0.92))
        np.testing.assert_allclose(told[:2], [-(1 - o) * o * (1 - o) * h] * 2, atol=1e-6)
