"""Quotes that enclose cells, and quotes that are part of them."""

import numpy as np
import pytest

from clearprop.data import read
from clearprop.data.files import read_inputs
from clearprop.data.reading import Reading
from clearprop.files.errors import DataError

NOTE = (
    "Double quotes were read as part of the cells, because every row then has 2 cells (--quote "
    "double, or quote='double' in Python, takes them for marks around cells)."
)

MESSAGES = {
    "a word in quotes": ['"Win" a phone now', "see you"],
    "a quote left open": ['"see you', "so it is"],
    "a quote at the end": ["see you", 'not "yet"', '"', "so"],
    "a pair over two lines": ['"see you', 'tomorrow"', "so it is"],
    "a decimal comma in each": ['"costs 3,5 or', "is 2,5 a piece", "was 1,5 each"],
}


@pytest.mark.parametrize("case", MESSAGES)
@pytest.mark.parametrize("name", ["my.tsv", "messages", "my.txt.gz"])
def test_quotes_between_tabs_that_enclose_no_cells_are_read_as_they_stand(write, case, name):
    messages = MESSAGES[case]
    rows = "".join(f"ham\t{message}\n" for message in messages)
    table = read_inputs(write(name, "label\ttext, all\n" + rows))
    assert table.X["text, all"].tolist() == messages
    assert table.X["label"].tolist() == ["ham"] * len(messages)
    assert NOTE in table.notes


def test_a_quote_that_does_not_match_after_the_first_rows_is_read_as_it_stands(write):
    rows = "".join(f"{i % 2}\tmessage {i}\n" for i in range(300))
    table = read_inputs(write("my.tsv", "label\ttext\n" + rows + '1\t"Yes" or no\n'))
    assert table.X["text"].iloc[-1] == '"Yes" or no'
    assert NOTE in table.notes


@pytest.mark.parametrize(
    "text",
    [
        'a\tb\n1\t"x y"\n',
        'a\tb\n1\t"x\ty"\n2\tz\n',  # as they stand, one row has three cells
        'a\tb\n1\t"x\ny"\n2\tz\n',  # as they stand, one row has one cell
        'a\tb\n1\t"x ""y"""\n',
        '"a\tb";c\n"1\t2";3\n',
    ],
)
def test_quotes_that_enclose_cells_do_so_between_tabs(write, text):
    table = read_inputs(write("my.tsv", text))
    assert not any("quotes" in note for note in table.notes)
    assert '"' not in "".join(map(str, [*table.X.columns, table.X.iloc[0, -1]])).replace('"y"', "")


def test_it_can_be_told(write):
    path = write("my.tsv", 'a\tb\n1\t"x"\n2\t"y"\n')
    assert read_inputs(path).X["b"].tolist() == ["x", "y"]
    literal = read_inputs(path, quote="none")
    assert literal.X["b"].tolist() == ['"x"', '"y"']
    assert literal.notes == ()
    path = write("my.csv", 'a,b\n"1,2\n3,4" x\n')
    assert read_inputs(path, quote="none").X.to_numpy().tolist() == [['"1', "2"], ["3", '4" x']]
    path = write("my.txt", 'a b\n1 "x\n2 y\n')
    assert read_inputs(path, quote="none").X["b"].tolist() == ['"x', "y"]


REFUSED = {
    "told that they enclose cells": ("my.tsv", 'a\tb\n1\t"x" y\n', {"quote": "double"}, 2),
    "rows of several widths": ("my.tsv", 'a\tb\n1\t"x" y\tz\n', {}, 2),
    "between commas": ("my.csv", 'a,b\n1,"x\n2,y\n', {}, 2),
}


@pytest.mark.parametrize("case", REFUSED)
def test_other_quotes_that_do_not_match_are_refused_with_the_option(write, case):
    name, text, options, line = REFUSED[case]
    with pytest.raises(DataError) as caught:
        read_inputs(write(name, text), **options)
    told = str(caught.value)
    assert told.startswith(f"{name}, line {line}: the quotes in this row do not match (")
    assert told.endswith(
        "If quotes are part of the cells, --quote none (quote='none' in Python) reads them as "
        "they stand."
    )


def test_an_unknown_meaning_of_quotes_is_refused(write):
    with pytest.raises(DataError, match="quote is 'double' or 'none', not 'single'"):
        read_inputs(write("my.csv", "a,b\n1,2\n"), quote="single")


@pytest.mark.parametrize("told", [None, "none"])
def test_a_row_alone_is_read_as_in_the_table_of_the_model(write, told):
    rows = "".join(f'{i % 2}\t"Yes" {i}\n' for i in range(9))
    path = write("my.tsv", "y\ttext\n" + rows)
    known = read(path, "y", quote=told).reading
    known = Reading.from_document(known.to_document(), "the reading")
    alone = write("new.tsv", 'text\ty\n"Yes"\t1\n')
    assert read_inputs(alone).X["text"].tolist() == ["Yes"]
    assert read_inputs(alone, known=known).X["text"].tolist() == ['"Yes"']
    assert read_inputs(alone, known=known, quote="double").X["text"].tolist() == ["Yes"]


def test_the_real_messages_are_read(real_data):
    found = read(real_data / "sms-spam" / "SMSSpamCollection.gz", target=0)
    assert NOTE in found.notes
    assert found.X.shape == (5574, 1)
    assert np.unique(found.y, return_counts=True)[1].tolist() == [4827, 747]
