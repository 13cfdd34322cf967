"""Separators and headers are recognised."""

import pytest

from clearprop.data.records import BLANKS
from clearprop.data.sniff import find_header, find_separator, find_units


@pytest.mark.parametrize(
    ("text", "separator"),
    [
        ("a,b\n1,2\n", ","),
        ("a;b\n1,5;2,5\n", ";"),
        ("1,5;2,5\n3,5;4,5\n", ";"),
        ("a\tb\n1,2\t3,4\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ("1 2  3\n 4 5 6\n", BLANKS),
        ('a,b\n"x;y",1\n', ","),
        ("a,b\nu v,w x\n", ","),
        ("a\n1\n2\n", ","),
        ("5\n6\n", ","),
        ("a,b,c\n1,2\n", ","),
        ("a;b;c\n1;2\n", ";"),
        ("\n1 2 3\n4 5\n", BLANKS),
        ("hello world again\nthis is free text\n", ","),
        ('a,b\n"open,1\n', ","),
    ],
)
def test_the_separator_is_found(text, separator):
    assert find_separator(text) == separator


@pytest.mark.parametrize(
    "head",
    [
        [["age", "job"], ["39", "clerk"]],
        [["job", "town"], ["clerk", "Bern 1"]],
        [["rank", "country", "1990"], ["1", "Chile", "3.5"]],
        [["name", "5"], ["3", "4"]],
        [["name", "5"], ["?", "4"], ["3", "4"]],
    ],
)
def test_names_are_recognised_without_a_note(head):
    assert find_header(head) == (True, None)


@pytest.mark.parametrize(
    "first", [["0", "1", "2"], ["1", "2", "3"], ["town", "2019", "2020", "2021"]]
)
def test_consecutive_numbers_are_names(first):
    header = find_header([first, ["5.5" if cell.isdecimal() else "Bern" for cell in first]])
    assert header.present
    assert "consecutive (--no-header, or header=False in Python, reads it as values)" in header.note


@pytest.mark.parametrize(
    "head",
    [
        [["0.02", "0.5", "R"], ["0.1", "0.2", "M"]],
        [["39", "State-gov", "77516"], ["50", "Private", "83311"]],
        [["5", "?"], ["6", "1"]],
        [["5", "7", "9"]],
        [["3", "2", "1"], ["1", "2", "3"]],
        [["1", "2"], ["3", "4"]],
    ],
)
def test_values_are_recognised_and_noted(head):
    header = find_header(head)
    assert not header.present
    assert f"the columns were named x1 to x{len(head[0])} (--header, or header=True" in header.note


def test_a_note_shows_the_first_numbers():
    assert find_header([["1", "2", "3", "4", "5"]]).note == (
        "The first row was read as the names of the columns, as its numbers (1, 2, 3 and 2 more) "
        "are consecutive (--no-header, or header=False in Python, reads it as values)."
    )


def test_words_over_words_are_names_with_a_note():
    header = find_header([["job", "town"], ["clerk", "Bern"], ["smith", "Genf"]])
    assert header.present
    assert header.note == (
        "The first row (job, town) was read as the names of the columns, though nothing tells it "
        "from the rows below (--no-header, or header=False in Python, reads it as values)."
    )


@pytest.mark.parametrize(
    "head",
    [
        [["dem", "y", "n"], ["rep", "y", "n"], ["dem", "n", "y"]],
        [["dem", "y", "y"], ["rep", "n", "y"], ["rep", "y", "?"]],
    ],
)
def test_words_that_stand_below_again_are_values(head):
    header = find_header(head)
    assert not header.present
    assert "values in the rows below" in header.note
    assert "(--header, or header=True in Python" in header.note


@pytest.mark.parametrize(
    ("head", "units"),
    [
        ([["t", "m"], ["days", "kg"], ["1", "2"], ["3", "4"]], True),
        ([["t", "m", "n"], ["s", "", "-"], ["1", "2", "a"], ["3", "4", "b"]], True),
        ([["t", "m"], ["days", "5"], ["1", "2"], ["3", "4"]], False),
        ([["t", "m"], ["?", ""], ["1", "2"], ["3", "4"]], False),
        ([["t", "m"], ["a", "b"], ["c", "d"], ["e", "f"]], False),
        ([["t", "m"], ["days", "kg"], ["1", "2"]], False),
    ],
)
def test_a_row_of_units_is_words_over_numbers(head, units):
    assert find_units(head) is units


def test_a_column_of_decimal_commas_has_no_separator():
    assert find_separator("size\n6,5\n7,25\n") == ";"
    assert find_separator("size,n\n6,5\n7,25\n") == ","
