"""Separators and headers are recognised."""

import pytest

from clearprop.data.records import BLANKS
from clearprop.data.sniff import find_header, find_separator


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
        [["job", "town"], ["clerk", "Bern"]],
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
    assert "consecutive (header=False reads it as values)" in header.note


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
    assert f"the columns were named x1 to x{len(head[0])} (header=True" in header.note


def test_a_note_shows_the_first_numbers():
    assert find_header([["1", "2", "3", "4", "5"]]).note == (
        "The first row was read as the names of the columns, as its numbers (1, 2, 3 and 2 more) "
        "are consecutive (header=False reads it as values)."
    )
