"""Records: every row is counted, with its line."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data.records import BLANKS, HEAD, records, scan
from clearprop.files.errors import DataError

cell = st.text(st.sampled_from('ab1,; "\n'), min_size=1, max_size=4).filter(
    lambda text: text.strip() and not text.startswith(" ")
)


@settings(deadline=None)
@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1)
    ),
    st.sampled_from(",;\t|"),
    st.sampled_from(["\n", "\r\n"]),
)
def test_what_a_csv_writer_writes_is_read_again(rows, separator, end):
    stream = io.StringIO()
    csv.writer(stream, delimiter=separator, lineterminator=end).writerows(rows)
    found = list(records(stream.getvalue(), separator))
    assert [cells for _, cells in found] == rows
    lines = [1]
    for row in rows[:-1]:
        lines.append(lines[-1] + 1 + sum(text.count("\n") for text in row))
    assert [line for line, _ in found] == lines


@pytest.mark.parametrize("separator", [",", "\t", BLANKS])
def test_blank_lines_are_no_records_and_are_counted(separator):
    join = (" " if separator == BLANKS else separator).join
    text = f"\n{join('ab')}\n\n  \n{join('cd')}\n\n"
    assert list(records(text, separator)) == [(2, ["a", "b"]), (5, ["c", "d"])]


def test_blanks_may_stand_before_a_quote():
    assert list(records('a, "b, c"\n', ",")) == [(1, ["a", "b, c"])]


def test_lines_may_end_as_they_once_did():
    assert list(records("a,b\rc,d\r", ",")) == [(1, ["a", "b"]), (2, ["c", "d"])]


def test_a_line_of_two_quotes_is_a_record():
    assert list(records('a\n""\n', ",")) == [(1, ["a"]), (2, [""])]


def test_cells_between_blanks_may_be_quoted():
    assert list(records('  a   "b c"\t2\n', BLANKS)) == [(1, ["a", "b c", "2"])]


def test_the_scan_keeps_every_line_and_the_first_records():
    text = "".join(f"{i},{i}\n" for i in range(HEAD + 10))
    found = scan(text, ",", "many.csv")
    assert found.lines.tolist() == list(range(1, HEAD + 11))
    assert len(found.head) == HEAD


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n4,5\n", "x.csv, line 3: 2 cells, where line 1 has 3."),
        ("\na,b\n\n1,2,3\n", "x.csv, line 4: 3 cells, where line 2 has 2."),
        ('a,b\n"two\nlines",1\n2\n', "x.csv, line 4: 1 cell, where line 1 has 2."),
        (
            'a,b\n1,2\n3,"open\n5,6\n',
            (
                "x.csv, line 3: the quotes in this row do not match (unexpected end of data); "
                'a quote inside a quoted cell is written twice, as "".'
            ),
        ),
    ],
)
def test_the_first_row_of_another_length_is_named(text, message):
    with pytest.raises(DataError) as caught:
        scan(text, ",", "x.csv")
    assert str(caught.value) == message
