"""Tables of text: what is recognised, noted and refused."""

import gzip

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearprop.data.files import read_inputs as read
from clearprop.files.errors import DataError


def test_a_plain_table_needs_no_notes(write):
    table = read(write("my.csv", "age,job,member\n39,clerk,True\n50,smith,False\n"))
    assert table.name == "my.csv"
    assert table.feature_names == ("age", "job", "member")
    assert table.notes == ()
    assert table.lines.tolist() == [2, 3]
    assert table.X["age"].tolist() == [39, 50]
    assert table.X["job"].tolist() == ["clerk", "smith"]
    assert table.X["member"].tolist() == [True, False]


@pytest.mark.parametrize("name", ["my.csv.gz", "my.txt.gz", "my.dat"])
def test_gzip_is_recognised_by_content(write, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(gzip.compress(b"a,b\n1,2\n"))
    assert read(path).X.to_numpy().tolist() == [[1, 2]]


def test_a_plain_file_called_gz_is_read_as_it_is(tmp_path):
    path = tmp_path / "unpacked.csv.gz"
    path.write_bytes(b"a,b\n1,2\n")
    assert read(path).X.to_numpy().tolist() == [[1, 2]]


@pytest.mark.parametrize(
    ("name", "text", "note"),
    [
        ("my.csv", "a;b\n1;2\n", ("The columns were taken to be separated by semicolons.",)),
        ("my.csv", "a\tb\n1\t2\n", ("The columns were taken to be separated by tabs.",)),
        ("my.tsv", "a\tb\n1\t2\n", ()),
        ("my.tsv.gz", "a\tb\n1\t2\n", ()),
        ("my.tsv", "a,b\n1,2\n", ("The columns were taken to be separated by commas.",)),
        ("my.txt", "a b\n1  2\n", ("The columns were taken to be separated by blanks.",)),
        ("my.data", "a|b\n1|2\n", ("The columns were taken to be separated by vertical bars.",)),
    ],
)
def test_an_unusual_separator_is_noted(write, name, text, note):
    table = read(write(name, text))
    assert table.notes == note
    assert table.X.to_dict("list") == {"a": [1], "b": [2]}


def test_a_single_column_has_no_separator_to_note(write):
    assert read(write("my.tsv", "a\n1\n")).notes == ()


def test_a_table_without_a_header_gets_numbered_names_and_a_note(write):
    table = read(write("my.csv", "1.5,2,x\n3.5,4,y\n"))
    assert table.feature_names == ("x1", "x2", "x3")
    assert table.lines.tolist() == [1, 2]
    assert table.notes == (
        (
            "The first row holds numbers (1.5, 2), so it was read as values and the columns were "
            "named x1 to x3 (--header, or header=True in Python, reads it as names)."
        ),
    )


def test_header_overrules_what_is_recognised(write):
    path = write("my.csv", "1.5,2\n3.5,4\n")
    assert read(path, header=True).feature_names == ("1.5", "2")
    assert read(path, header=True).notes == ()
    path = write("my.csv", "a,b\nc,d\n")
    assert read(path, header=False).X.to_numpy().tolist() == [["a", "b"], ["c", "d"]]


def test_columns_name_a_table_without_a_header(write):
    table = read(write("my.csv", "clerk,1\nsmith,2\n"), columns=["job", "age"])
    assert table.X.to_dict("list") == {"job": ["clerk", "smith"], "age": [1, 2]}
    assert table.notes == ()


def test_columns_replace_a_header_where_told_and_recognise_themselves(write):
    path = write("my.csv", "job,age\nclerk,1\n")
    told = read(path, columns=["Beruf", "Alter"], header=True)
    assert told.X.to_dict("list") == {"Beruf": ["clerk"], "Alter": [1]}
    assert read(path, columns=["job", "age"]).X.to_dict("list") == {"job": ["clerk"], "age": [1]}


def test_blanks_around_cells_do_not_count(write):
    table = read(write("my.csv", " age , job \n39 , clerk \n 50, NA \n?, \n,smith\n"))
    assert table.feature_names == ("age", "job")
    assert table.X["age"].tolist()[:2] == [39, 50]
    assert table.X["job"].tolist()[0] == "clerk"
    assert table.X.isna().to_numpy().tolist() == [
        [False, False],
        [False, True],
        [True, True],
        [True, False],
    ]
    assert table.notes == (
        "Read 4 cells as missing (empty, '?' or a word such as NA): age (2), job (2).",
    )


def test_blanks_may_stand_before_a_quote(write):
    table = read(write("my.csv", 'a, b\n1, "x, y"\n2, z\n'))
    assert table.X["b"].tolist() == ["x, y", "z"]


def test_one_late_word_makes_words_of_a_long_column(write):
    table = read(write("my.csv", "a,b\n" + "123456,1\n" * 60_000 + "late,2\n"))
    assert set(table.X["a"]) == {"123456", "late"}


def test_a_few_words_among_numbers_are_noted(write):
    rows = ["a,b,c", *["1,2,5"] * 6, "odd 7,x,?", *["3,y,?"] * 4, "4,z,odd 8"]
    table = read(write("my.csv", "\n".join(rows)))
    # Of c, too, there is one word, but among seven cells that are not missing.
    assert len(table.notes) == 2
    assert table.notes[0] == (
        "The column 'a' was read as texts, though nearly all its cells are numbers: line 8 has "
        "'odd 7' (--missing 'odd 7' reads it as missing)."
    )
    assert table.X["a"].tolist() == ["1"] * 6 + ["odd 7"] + ["3"] * 4 + ["4"]


def test_a_blank_that_hides_among_numbers_is_missing(write):
    charges = read(write("my.csv", "id,charge\n1,29.85\n2, \n3,NA \n4,5 \n")).X["charge"]
    assert charges.dtype == np.float64
    np.testing.assert_array_equal(charges, [29.85, np.nan, np.nan, 5])


def test_truth_values_with_gaps_become_texts(write):
    column = read(write("my.csv", "a,b\n1,True\n2,\n3,False\n")).X["b"]
    assert column.dropna().tolist() == ["True", "False"]
    assert column.isna().tolist() == [False, True, False]


def test_numbers_are_read_exactly(write):
    numbers = np.random.default_rng(0).normal(size=500) * 10.0 ** np.arange(-250, 250)
    text = "a,b\n" + "".join(f"{number!r},1\n" for number in numbers.tolist())
    np.testing.assert_array_equal(read(write("my.csv", text)).X["a"], numbers)


def test_decimal_commas_are_read_and_noted(write):
    table = read(write("my.csv", "height;name;price\n1,75;a;3\n1,8 ;b,c;4,5\n?;d;1,125\n"))
    assert table.X["height"].tolist()[:2] == [1.75, 1.8]
    assert table.X["price"].tolist() == [3, 4.5, 1.125]
    assert table.X["name"].tolist() == ["a", "b,c", "d"]
    assert table.notes[1] == (
        "Read the commas as decimal points: height ('1,75' is 1.75), price ('4,5' is 4.5) "
        "(--decimal says otherwise)."
    )


def test_other_commas_stay(write):
    table = read(write("my.csv", "e5,1;1,5\ne5,1;1,5\n"), header=False)
    assert not pd.api.types.is_numeric_dtype(table.X.dtypes.iloc[0])


def test_row_names_without_a_name_are_left_out_and_noted(write):
    table = read(write("my.csv", '"","a","b"\n"1",5,6\n"2",7,8\n'))
    assert table.feature_names == ("a", "b")
    assert table.notes == (
        "The first column has no name, so it was taken to name rows and left out.",
    )


def test_trailing_commas_are_left_out_and_noted(write):
    table = read(write("my.csv", "a,b,\n5,6,\n7,8,\n"))
    assert table.X.to_dict("list") == {"a": [5, 7], "b": [6, 8]}
    assert table.notes[0] == "Column 3 has no name and no values and was left out."


def test_a_byte_order_mark_is_no_part_of_a_name(write):
    assert read(write("my.csv", b"\xef\xbb\xbfa,b\n1,2\n")).feature_names == ("a", "b")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-16"])
def test_an_encoding_can_be_given(write, encoding):
    path = write("my.csv", "town,n\nZürich,1\n".encode(encoding))
    assert read(path, encoding=encoding).X["town"].tolist() == ["Zürich"]


def test_lines_count_in_quoted_cells_and_between_blank_lines(write):
    table = read(write("my.csv", 'a,b\r\n"1\r\n2",3\r\n\r\n  \r\n4,5\r\n'))
    assert len(table.X) == 2
    assert table.lines.tolist() == [2, 6]


def test_rows_without_a_value_are_left_out_and_noted(write):
    table = read(write("my.tsv", 'a\tb\tc\n1\t2\t3\n\t\t\n4\t\t\n""\t \t\n?\t\t\n'))
    assert table.lines.tolist() == [2, 4, 6]
    assert table.notes[0] == "Left out lines 3, 5 (no values)."


BAD_FILES = {
    "empty": ("my.csv", "", {}, "my.csv is empty."),
    "blank": ("my.csv", " \n\n", {}, "my.csv is empty."),
    "header only": (
        "my.csv",
        "a,b\n",
        {},
        (
            "my.csv has a header and no rows (--no-header, or header=False in Python, reads its "
            "only line as values)."
        ),
    ),
    "header only, told": ("a.csv", "a,b\n", {"header": True}, "a.csv has a header and no rows."),
    "short row": (
        "my.csv",
        "a,b\n1,2\n3\n",
        {},
        "my.csv, line 3: 1 cell, where line 1 has 2. Fill the row up, or take it away.",
    ),
    "long row": (
        "m.csv.gz",
        "a,b\n1,2,3\n",
        {},
        (
            "m.csv.gz, line 2: 3 cells, where line 1 has 2. A cell that holds the separator must "
            "stand in quotes."
        ),
    ),
    "short row of blanks": (
        "my.txt",
        "1 2\n3\n",
        {},
        "my.txt, line 2: 1 cell, where line 1 has 2. Fill the row up, or take it away.",
    ),
    "one given name twice": (
        "my.csv",
        "1,2\n",
        {"columns": ["a", "a"]},
        "my.csv: columns 1 and 2 are both called 'a'; give each a name of its own.",
    ),
    "too few names": (
        "my.csv",
        "1,2,3\n",
        {"columns": ["a"]},
        "my.csv has 3 columns, and --columns (columns= in Python) gives 1 name.",
    ),
    "values without a name": (
        "my.csv",
        "a,,c\n1,2,3\n",
        {},
        (
            "my.csv, line 2: '2' stands in column 2, which has no name: take it away, or name the "
            "column."
        ),
    ),
    "another encoding": (
        "my.csv",
        "town,n\nBern,1\nZürich,2\n".encode("cp1252"),
        {},
        (
            "my.csv, line 3: not utf-8 text (byte 0xfc). Save the file as UTF-8, or say which "
            "encoding it has, such as --encoding cp1252 (encoding='cp1252' in Python)."
        ),
    ),
    "an unknown encoding": (
        "my.csv",
        "a,b\n1,2\n",
        {"encoding": "utf-88"},
        "unknown encoding 'utf-88'; 'utf-8', 'cp1252' and 'utf-16' are usual ones.",
    ),
    "binary": (
        "my.csv",
        b"\x01\x02\x00\x03",
        {},
        (
            "my.csv is not a table of text: it holds binary data (the first zero byte is in line "
            "1). Tables are read from CSV, TSV, Parquet, NPZ and IDX files."
        ),
    ),
    "a workbook": (
        "my.csv",
        b"PK\x03\x04 and more",
        {},
        (
            "my.csv is not a table of text: it is a ZIP archive or an Excel workbook; unpack it, "
            "or save the sheet as CSV."
        ),
    ),
    "an open quote between blanks": (
        "my.txt",
        '1 2 "a\n3 4 b"\n',
        {},
        (
            "my.txt: 2 lines make 1 row; a quote is opened in one line and closed in another. If "
            "quotes are part of the cells, --quote none (quote='none' in Python) reads them as "
            "they stand."
        ),
    ),
    "a quote left open between blanks": (
        "my.txt",
        '1 2 a\n3 4 "b\n',
        {},
        "my.txt: Error tokenizing data. C error: EOF inside string starting at row 1",
    ),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_a_bad_file_gets_one_clear_message(write, case):
    name, content, options, message = BAD_FILES[case]
    with pytest.raises(DataError) as caught:
        read(write(name, content), **options)
    assert str(caught.value) == message


@pytest.mark.parametrize("cut", [5, 15, -9, -1])
def test_a_cut_gzip_file_is_refused(tmp_path, cut):
    path = tmp_path / "my.csv.gz"
    path.write_bytes(gzip.compress(b"a,b\n1,2\n" * 100)[:cut])
    with pytest.raises(DataError, match=r"my\.csv\.gz: the gzip file is damaged or cut short \("):
        read(path)


def test_a_damaged_gzip_file_is_refused(tmp_path):
    packed = bytearray(gzip.compress(bytes(range(256)) * 20))
    packed[40] ^= 0xFF
    path = tmp_path / "my.csv.gz"
    path.write_bytes(packed)
    with pytest.raises(DataError, match="the gzip file is damaged"):
        read(path)


@settings(deadline=None, max_examples=200)
@given(
    text=st.text(st.sampled_from('ab1 ,;\t|"?.-\n\r\x0b'), max_size=30),
    header=st.sampled_from([None, True, False]),
)
def test_any_text_is_a_table_or_gets_a_message(tmp_path_factory, text, header):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    path.write_bytes(text.encode())
    try:
        table = read(path, header=header)
    except DataError:
        return
    assert len(table.X) == len(table.lines)
    assert len(set(table.feature_names)) == len(table.feature_names)
    assert (np.diff(table.lines) > 0).all()
