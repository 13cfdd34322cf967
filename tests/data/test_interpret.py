"""What a cell is follows from the whole file, is told, and is remembered."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data import DataError, TableEncoder, read
from clearprop.data.files import read_inputs
from clearprop.data.reading import Reading
from tests.parts import in_parts


def values(write, text, column, **options):
    return read_inputs(write("my.csv", text), **options).X[column].tolist()


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("p;y\n0,123;b\n0,477;a\n", "p", [0.123, 0.477]),
        ("p;q\n282,000;16,9\n219,000;8,8\n", "p", [282, 219]),
        ("p;q\n1.015;16,9\n970;8,8\n", "p", [1015, 970]),
        ("p;q\n1.015;16,9\n2500;8,8\n", "p", [1.015, 2500]),
        ("p;q\n1.234,5;1\n970,25;2\n", "p", [1234.5, 970.25]),
        ("p;q\n1,234;1\n2,345;2\n", "p", [1.234, 2.345]),
        ('p,q\n"0,13",b\n"9,1",c\n', "p", [0.13, 9.1]),
        ('p,q\n"0,123",1\n"1,477",2\n', "p", [0.123, 1.477]),
        ('p,q\n"27,387",1\n"1,015",2\n', "p", [27387, 1015]),
        ('p,q\n"27,387",1.5\n"970",2.5\n', "p", [27387, 970]),
        ("p,q\n27 387,1\n1 015,2\n", "p", [27387, 1015]),
        ("p\tq\n27\u202f387,5\t1\n970\t2\n", "p", [27387.5, 970]),
        ("p,q\n1'015.5,1\n970,2\n", "p", [1015.5, 970]),
        ('p,q\n"$1,234.50",1\n$970,2\n-$3.5,3\n', "p", [1234.5, 970, -3.5]),
        ("p,q\n13.75%,1\n9%,2\n", "p", [13.75, 9]),
        ("p,q\n20.3 cm,1\n9 cm,2\n", "p", [20.3, 9]),
        ("p,q\n20.3cm,1\n9cm,2\n", "p", [20.3, 9]),
        ("p,q\n\u22120.6,1\n0.5,2\n", "p", [-0.6, 0.5]),
        ("p,q\n(3.5),1\n4,2\n", "p", [-3.5, 4]),
        ("p,q\n5 EUR,1\n7 EUR,2\n", "p", [5, 7]),
        ("p,q\n12%,1\n13.5 %,2\n", "p", [12, 13.5]),
        ("p,q\n12kg,1\n3 KG,2\n", "p", [12, 3]),
        ("p,q\n1 year,1\n3 years,2\n", "p", [1, 3]),
        ('p,q\n"12,34,567",1\n"9,50,000",2\n"8,000",3\n', "p", [1234567, 950000, 8000]),
        ('p,q\n"€ 5,-",1\n"€ 7,50",2\n', "p", [5, 7.5]),
        ("p,q\n5.--,1\n7.--,2\n", "p", [5, 7]),
        ("p,q\n12.5-,1\n3.0,2\n", "p", [-12.5, 3]),
        ("p,q\n１２,1\n３.5,2\n", "p", [12, 3.5]),
        ("p,q\n\u200b5,1\n7\u200b,2\n", "p", [5, 7]),
    ],
)
def test_a_number_is_read_as_the_file_writes_numbers(write, text, column, expected):
    assert values(write, text, column) == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["5 km", "5 m"],
        ["A12", "A13"],
        ["1.2.3", "1.2.4"],
        ["$5", "€5"],
        ["5%", "0.5"],
        ["1st", "2nd"],
    ],
)
def test_what_is_not_written_in_one_way_stays_words(write, cells):
    assert values(write, f"p,q\n{cells[0]},1\n{cells[1]},2\n", "p") == cells


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (["5 km", "7 km", "5 m"], "line 2 has '5 km', line 4 '5 m'"),
        (["$5", "€5", "$7"], "line 2 has '$5', line 3 '€5'"),
        (["5%", "0.5", "7%"], "line 2 has '5%', line 3 '0.5'"),
        (['"1,5"', "2.5", '"3,5"'], "line 2 has '1,5', line 3 '2.5'"),
    ],
)
def test_numbers_that_are_written_in_two_ways_are_told(write, cells, told):
    text = "p,q\n" + "".join(f"{cell},{k}\n" for k, cell in enumerate(cells))
    assert (
        "The column 'p' was read as texts, though nearly all its cells are numbers: "
        f"{told} (write them in one way to have numbers)."
    ) in read_inputs(write("my.csv", text)).notes


@pytest.mark.parametrize("cells", [["1 Oak Lane", "2 Elm Road", "3 Fir Way"] * 9, ["1st", "2nd"]])
def test_names_that_begin_with_a_number_are_not(write, cells):
    cells = [f"{cell} {chr(97 + k)}" for k, cell in enumerate(cells)]
    text = "p,q\n" + "".join(f"{cell},{k}\n" for k, cell in enumerate(cells))
    assert not any("numbers" in note for note in read_inputs(write("my.csv", text)).notes)


def test_many_cells_among_numbers_that_are_none_are_told(write):
    cells = ["<0.05" if k % 4 == 0 else f"{k / 10}" for k in range(1, 40)]
    table = read_inputs(write("my.csv", "p,q\n" + "".join(f"{c},1\n" for c in cells)))
    assert table.reading.columns["p"].kind == "text"
    assert table.notes == (
        (
            "The column 'p' was read as texts, though most of its cells are numbers: line 5 has "
            "'<0.05' (--missing '<0.05' reads it as missing)."
        ),
    )


def test_the_decimal_mark_can_be_told(write):
    text = 'p,q\n"1,234",1\n"2,345",2\n'
    assert values(write, text, "p", decimal=",") == [1.234, 2.345]
    assert values(write, text, "p", decimal=".") == [1234, 2345]
    assert values(write, "p;q\n1,234;1\n2,345;2\n", "p", decimal=".") == [1234, 2345]


def test_what_was_decided_is_told_with_an_example_and_the_option(write):
    notes = read_inputs(write("my.csv", "p;q\n1.015;16,9 €\n970;8,8 €\n")).notes
    german = (
        "Read the commas as decimal points and the points as separators of thousands: p ('1.015' "
        "is 1015) (--decimal says otherwise)."
    )
    euro = (
        "Read the commas as decimal points and without '€': q ('16,9 €' is 16.9) (--decimal says "
        "otherwise)."
    )
    assert set(notes[1:]) == {german, euro}


@pytest.mark.parametrize(
    "word", ["-", "--", ".", "missing", "#DIV/0!", "n.a.", "none", "NONE", "N/D", "*", "–", "nil"]
)
@pytest.mark.parametrize("share", [1, 9, 30])
def test_words_for_missing_among_numbers_are_missing(write, word, share):
    cells = [*map(str, range(40)), *[word] * share]
    table = read_inputs(write("my.csv", "a,b\n" + "".join(f"{cell},1\n" for cell in cells)))
    assert table.X["a"].isna().sum() == share
    assert table.X["a"].dropna().tolist() == list(range(40))
    what = "1 cell" if share == 1 else f"{share} cells"
    assert table.notes[0] == (
        f"Read words among numbers as missing: a ({word!r}: {what}, the first in line 42) (--text "
        "COLUMN keeps a column as texts)."
    )
    assert read_inputs(write("my.csv", "a,b\n5,1\n"), text=["a"]).X["a"].tolist() == ["5"]


def test_a_word_that_a_column_of_numbers_shows_is_missing_and_remembered(write):
    text = "a,b\n" + "".join(f"{row if row % 5 else 'pending'},{row}.5\n" for row in range(60))
    dataset = read(write("my.csv", text))
    assert dataset.X["a"].isna().sum() == 12
    assert "a ('pending': 12 cells, the first in line 2)" in dataset.notes[0]
    new = read_inputs(write("new.csv", "a\npending\n"), known=dataset.reading)
    assert new.X["a"].isna().tolist() == [True]
    other = read_inputs(write("new.csv", "a\nlost\n"), known=dataset.reading)
    with pytest.raises(DataError, match="column 'a', row 1: 'lost' is not a number"):
        TableEncoder.fit(dataset.X).encode(other.X)


def test_words_can_be_told_to_be_missing(write):
    text = "a,b,c\n-999,u,1\n5,unknown,2\n-999.0,v,3\n"
    table = read_inputs(write("my.csv", text), missing=["-999", "unknown"])
    assert table.X.isna().sum().tolist() == [2, 1, 0]


def test_missing_words_of_a_text_target_are_classes_and_told(write):
    path = write("my.csv", "a,y\n1,None\n2,u\n3,None\n4,NA\n")
    dataset = read(path)
    assert dataset.y.tolist() == ["None", "u", "None", "NA"]
    assert " ".join(dataset.notes) == (
        "The target 'y' holds 'None' (2 rows), 'NA' (1 row), read as classes (--missing None says "
        "that it is missing there)."
    )
    with pytest.raises(DataError, match=r"'y' is missing in 2 rows \(lines 2, 4\)"):
        read(path, missing="None")


@pytest.mark.parametrize("cell", ["", "?"])
def test_an_empty_target_is_missing(write, cell):
    with pytest.raises(DataError, match=r"'y' is missing in 1 row \(line 3\)"):
        read(write("my.csv", f"a,y\n1,u\n2,{cell}\n3,None\n"))


def test_long_labels_keep_every_digit(write):
    labels = ["9007199254740993000002", "9007199254740993000001", "9007199254740993000001"]
    dataset = read(write("my.csv", "a,y\n" + "".join(f"{i},{y}\n" for i, y in enumerate(labels))))
    assert dataset.y.tolist() == labels
    assert dataset.task == "classification"
    short = read(write("my.csv", "a,y\n1,9007199254740993\n2,9007199254740992\n"))
    assert short.y.tolist() == [9007199254740993, 9007199254740992]


def test_truth_values_are_a_target_of_two_classes(write):
    dataset = read(write("my.csv", "a,y\n1,TRUE\n2,False\n3,true\n"))
    assert set(dataset.y.tolist()) == {True, False}


def test_an_infinite_cell_is_named_as_it_is_written(write):
    dataset = read(write("my.csv", "a,b,y\n1,2,3\n\n4,1e400,5\n6,-Infinity,7\n"))
    with pytest.raises(DataError) as caught, dataset.origin.locating():
        TableEncoder.fit(dataset.X, rows=np.array([0]))
    assert str(caught.value) == (
        "my.csv, line 4, column 'b': '1e400' is not a finite number: correct it, or leave the cell "
        "empty where it is unknown."
    )


def test_a_point_cannot_be_a_decimal_mark_beside_decimal_commas(write):
    known = read(write("my.csv", "p;y\n0,5;1\n7,25;2\n"), "y").reading
    assert read_inputs(write("new.csv", "p\n1.250\n"), known=known).X["p"].tolist() == [1250]
    table = read_inputs(write("new.csv", "p\n1.25\n"), known=known)
    with pytest.raises(DataError, match=r"row 1: '1\.25' is not a number as training writes"):
        TableEncoder.fit(pd.DataFrame({"p": [1.0, 2.0]})).encode(table.X)


NUMBERS = st.sampled_from(["0.5", "1.25", "17", "970", "-3", "1015.5", "0.131"])


def written(number, style):
    """One number as a style writes it."""
    whole, _, fraction = number.lstrip("-").partition(".")
    decimal, group, prefix, suffix = style
    if len(whole) > 3:
        whole = f"{whole[:-3]}{group}{whole[-3:]}"
    sign = "-" if number.startswith("-") else ""
    return f"{sign}{prefix}{whole}{decimal + fraction if fraction else ''}{suffix}"


STYLES = st.sampled_from(
    [
        (".", "", "", ""),
        (",", ".", "", ""),
        (".", ",", "$", ""),
        (",", " ", "", " €"),
        (".", "", "", "%"),
        (",", "", "", " kg"),
    ]
)
WORDS = st.sampled_from(["Bern", "Genf", "None", "NA", "01", "1.0", "true", "x y", "-"])
DATES = st.dates(pd.Timestamp("1990-01-01").date(), pd.Timestamp("2030-01-01").date())


@in_parts(4)
@settings(deadline=None, max_examples=30)
@given(data=st.data())
def test_a_row_alone_in_a_file_gets_the_inputs_of_its_table(tmp_path_factory, part, data):
    size = data.draw(st.integers(3, 12), label="rows")
    style = data.draw(STYLES, label="style")
    numbers = data.draw(st.lists(NUMBERS, min_size=size, max_size=size), label="numbers")
    gap = data.draw(st.sampled_from(["", "-", "missing", "NA"]), label="gap")
    cells = [written(number, style) for number in numbers]
    if data.draw(st.booleans(), label="a gap"):
        cells[0] = gap
    form = data.draw(st.sampled_from(["%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"]), label="form")
    days = data.draw(st.lists(DATES, min_size=size, max_size=size), label="days")
    words = data.draw(st.lists(WORDS, min_size=size, max_size=size), label="words")
    labels = data.draw(st.lists(st.sampled_from("uv"), min_size=size, max_size=size), label="y")
    rows = [
        ";".join([cell, str(i % 3), day.strftime(form), word, f"{i}{style[0]}5", label])
        for i, (cell, day, word, label) in enumerate(zip(cells, days, words, labels, strict=True))
    ]
    folder = tmp_path_factory.mktemp("alone")
    header = "amount;count;day;word;half;y"
    (folder / "table.csv").write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    dataset = read(folder / "table.csv")
    encoder = TableEncoder.fit(dataset.X, reading=dataset.reading)
    encoder = TableEncoder.from_document(json.loads(json.dumps(encoder.to_document())))
    expected = encoder.encode(dataset.X)
    for place, row in enumerate(rows):
        alone = folder / "alone.csv"
        alone.write_text(f"{header}\n{row}\n", encoding="utf-8")
        found = read_inputs(alone, known=encoder.as_read())
        assert encoder.encode(found.X).tobytes() == expected[[place]].tobytes()
    for column in encoder.reading.columns:
        assert column in header


def test_a_reading_comes_back_from_its_document(write):
    text = "p;q;d;w;y\n1.015,5 €;1;01/03/2024;a;u\n970,5 €;-;31/03/2024;b;None\n"
    reading = read(write("my.csv", text), missing=["lost"], ignore="w").reading
    assert reading.columns["p"].numerals.group == "."
    assert Reading.from_document(json.loads(json.dumps(reading.to_document())), "it") == reading


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (("columns", "a", "kind"), "code", "must be one of"),
        (("columns", "a", "numerals", "decimal"), ";", "must be one of"),
        (("columns", "a", "numerals", "prefix"), "x" * 31, "longer than 30 characters"),
        (("columns", "a", "date"), "%%", "must be one of"),
        (("columns", "a", "missing"), ["w"] * 1001, "more than 1000 words"),
        (("columns",), [], "must be an object"),
        (("options", "header"), 1, "must be true, false or null"),
        (("options", "max_bytes"), 1, "unknown 'max_bytes'"),
        (("separator",), 1, "must be a text"),
    ],
)
def test_a_damaged_reading_is_refused(write, path, value, message):
    document = read(write("my.csv", "a,b\n1,2\n3,4\n")).reading.to_document()
    *parents, last = path
    place = document
    for key in parents:
        place = place[key]
    place[last] = value
    with pytest.raises(DataError, match=message):
        Reading.from_document(document, "the reading")
