"""Records: every row is counted, with its line."""

import csv
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clearprop.data.records as records_module
from clearprop.data.records import BLANKS, RecordError, records, scan
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


def test_a_cell_of_a_quote_is_not_empty():
    found = scan(b'""""\n""\n"",""\n" "" "\n', ",", "t.csv")
    assert found.empty.tolist() == [False, True, True, False]


def test_cells_between_blanks_may_be_quoted():
    assert list(records('  a   "b c"\t2\n', BLANKS)) == [(1, ["a", "b c", "2"])]


@settings(deadline=None, max_examples=300)
@given(st.text(st.sampled_from('ab1,; "\t\n\r'), max_size=40), st.sampled_from(",;\t"))
def test_counting_bytes_finds_what_cutting_finds(text, separator):
    data = text.encode()
    try:
        cut = records_module._scan_text(data, separator)
    except RecordError:
        assert records_module._scan_bytes(data, ord(separator)) is None
        return
    counted = records_module._scan_bytes(data, ord(separator))
    if counted is None:  # a quote stands where CSV has none
        return
    assert counted.lines.tolist() == cut.lines.tolist()
    assert counted.widths.tolist() == cut.widths.tolist()
    assert counted.starts.tolist() == cut.starts.tolist()
    assert counted.empty.tolist() == cut.empty.tolist()


@pytest.mark.parametrize("block", [1, 7, 64])
def test_the_size_of_the_blocks_does_not_matter(monkeypatch, block):
    text = "".join(f'{i},"x\r\n{i}"\r\n' if i % 3 else f"{i},\n" for i in range(50)).encode()
    whole = scan(text, ",", "many.csv")
    monkeypatch.setattr(records_module, "_BLOCK", block)
    found = scan(text, ",", "many.csv")
    for part, expected in zip(found, whole, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_a_cell_may_be_long():
    text = f'a,b\n1,"{"x" * 300_000}\n"" {"y" * 300_000}"\n5" pipe,2\n'
    assert scan(text.encode(), ",", "long.csv").lines.tolist() == [1, 2, 4]


def test_quotes_that_do_not_match_are_named_with_their_line():
    with pytest.raises(DataError) as caught:
        scan(b'a,b\n1,2\n3,"open\n5,6\n', ",", "x.csv")
    assert str(caught.value) == (
        "x.csv, line 3: the quotes in this row do not match (unexpected end of data); "
        'a quote inside a quoted cell is written twice, as "". If quotes are part of the cells, '
        "--quote none (quote='none' in Python) reads them as they stand."
    )


@settings(deadline=None, max_examples=200)
@given(st.text(st.sampled_from('ab1,; "\t\n\r'), max_size=40), st.sampled_from(",;\t"))
def test_literal_quotes_are_counted_as_they_are_cut(text, separator):
    cut = records_module._scan_text(text.encode(), separator, literal=True)
    counted = scan(text.encode(), separator, "x.csv", literal=True)
    for part, expected in zip(counted, cut, strict=True):
        np.testing.assert_array_equal(part, expected)


def test_a_literal_quote_is_a_value():
    found = scan(b'"\t"\n\t\n', "\t", "x.tsv", literal=True)
    assert found.empty.tolist() == [False, True]
    assert list(records('"a b" "\n', BLANKS, literal=True)) == [(1, ['"a', 'b"', '"'])]
