"""What stands in a table of text beside its rows: told, left out, and never a lost row."""

import pytest

from clearprop.data import DataError, read
from clearprop.data.files import read_inputs

ROWS = "57,6.9,134.7\n45,7.1,111.3\n47,7.1,115.3\n55,5.8,127.4\n"
PLAIN = "age,sleep,price\n" + ROWS


@pytest.fixture
def plain(write):
    return read_inputs(write("plain.csv", PLAIN)).X


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("sep=,\n" + PLAIN, None),
        ("sep=;\r\n" + PLAIN.replace(",", ";"), "separated by semicolons"),
        ("SEP=|\n" + PLAIN.replace(",", "|"), "separated by vertical bars"),
        ("# by an archive\n# a: b, c\n" + PLAIN, "The first 2 lines begin with # and were left"),
        ("#age,sleep,price\n" + ROWS, None),
        ("age,sleep,price\n# night two\n" + ROWS, "Left out line 2 (comments, after #)."),
        ("age,sleep,price\nyears,h,$\n" + ROWS, "Left out line 2 (units, over numbers)."),
        (PLAIN + PLAIN, None),
        (PLAIN + ",,\n,,\n", "Left out lines 6, 7 (no values)."),
        (PLAIN + "\x1a", None),
        ("\n\n" + PLAIN, None),
    ],
)
def test_what_is_no_row_is_left_out(write, plain, text, note):
    table = read_inputs(write("my.csv", text))
    if text == PLAIN + PLAIN:
        assert table.notes == ("Left out line 6 (the header once more).",)
        assert len(table.X) == 8
        assert table.lines.tolist() == [2, 3, 4, 5, 7, 8, 9, 10]
        return
    assert table.X.equals(plain)
    assert (table.X.dtypes == plain.dtypes).all()
    if note is not None:
        assert any(note in told for told in table.notes)


def test_lines_are_counted_from_the_beginning_of_the_file(write):
    text = "sep=,\n# a\n# b\n" + PLAIN.replace("55,5.8", "\n# c\n55,5.8")
    assert read_inputs(write("my.csv", text)).lines.tolist() == [5, 6, 7, 10]
    with pytest.raises(DataError, match=r"^my\.csv, line 6: 2 cells, where line 4 has 3"):
        read_inputs(write("my.csv", text.replace("45,7.1,111.3", "45,7.1")))


def test_a_table_of_words_without_a_header_loses_no_row(write):
    rows = "dem,y,y,n\nrep,n,n,n\ndem,?,y,n\nrep,y,n,y\n"
    table = read_inputs(write("votes.data", rows))
    assert table.feature_names == ("x1", "x2", "x3", "x4")
    assert len(table.X) == 4


def test_a_name_that_stands_twice_is_numbered_and_noted(write):
    table = read_inputs(write("my.csv", "a,b, a,a.1\n1,2,3,4\n"))
    assert table.feature_names == ("a", "b", "a.2", "a.1")
    assert table.notes == ("More than one column is called 'a' (column 3, now 'a.2').",)


def test_a_stray_cell_beyond_the_header_is_named_with_its_line(write):
    with pytest.raises(DataError) as caught:
        read_inputs(write("my.csv", "v1,v2,,\nham,1,,\nspam,2, ok,\n"))
    assert str(caught.value) == (
        "my.csv, line 3: 'ok' stands in column 3, which has no name: take it away, or name the "
        "column."
    )


@pytest.mark.parametrize(
    ("mark", "encoding"), [(b"", "cp1252"), (b"", "utf-16"), (b"", "utf-8-sig")]
)
def test_encodings_are_told_or_known_by_their_mark(write, mark, encoding):
    path = write("my.csv", "Größe,Stadt\n57,Köln\n".encode(encoding))
    told = {} if encoding != "cp1252" else {"encoding": encoding}
    table = read_inputs(path, **told)
    assert table.feature_names == ("Größe", "Stadt")
    assert table.X["Stadt"].tolist() == ["Köln"]
    notes = {"utf-16": ("The file was read as UTF-16, by its byte order mark.",)}
    assert table.notes == notes.get(encoding, ())


@pytest.mark.parametrize("separator", ["tab", "\t", "~"])
def test_a_separator_can_be_told(write, separator):
    text = "a~b\n1~2\n" if separator == "~" else "a\tb\n1\t2\n"
    table = read_inputs(write("my.tsv", text), separator=separator)
    assert table.X.to_dict("list") == {"a": [1], "b": [2]}


@pytest.mark.parametrize("separator", ["ab", "", "é", '"', "\n"])
def test_what_cannot_separate_is_refused(write, separator):
    with pytest.raises(DataError, match="cannot separate columns: give one character"):
        read_inputs(write("my.csv", "a,b\n1,2\n"), separator=separator)


def test_columns_can_be_left_out(write):
    path = write("my.csv", PLAIN)
    dataset = read(path, ignore=["age"])
    assert dataset.feature_names == ("sleep",)
    assert dataset.notes == ("Left out as told: age.",)
    with pytest.raises(DataError, match=r"no column 'agee' to leave out\. Did you mean 'age'"):
        read(path, ignore="agee")
    with pytest.raises(DataError, match="'price' cannot be the target and be left out"):
        read(path, "price", ignore="price")


def test_an_unknown_option_is_refused(write):
    with pytest.raises(TypeError, match="separater"):
        read_inputs(write("my.csv", PLAIN), separater=";")
    with pytest.raises(DataError, match="the decimal mark is"):
        read_inputs(write("my.csv", PLAIN), decimal="'")


R_TABLE = '"a" "b" "y"\n' + "".join(f'"{k}" {k * 2} {k / 4} "u"\n' for k in range(1, 5))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (R_TABLE, "line 2: 4 cells, where line 1 has 3. So has every row below: name the first"),
        (R_TABLE.replace(" ", ","), "line 2: 4 cells, where line 1 has 3. So has every row below"),
        ("a,b,y,\n1,2,u\n3,4,v\n", ("line 2: 3 cells, where line 1 has 4. So has every row below: "
         "take a separator away where the columns are named.")),
        ("Report\na,b,y\n1,2,u\n3,4,v\n", ("line 2: 3 cells, where line 1 has 1. If the table "
         "begins there, take the lines above line 2 away.")),
        ("Report\nof May\n\na,b,y\n1,2,u\n3,4,v\n5,6,u\n", ("line 4: 3 cells, where line 1 has "
         "1. If the table begins there, take the lines above line 4 away.")),
        ("a,b,y\n1,2,u\nSource: x\n", "line 3: 1 cell, where line 1 has 3. Fill the row up, or"),
        ("a,b,y\n1,2,u, v\n1,2,u\n", "line 2: 4 cells, where line 1 has 3. A cell that holds the"),
    ],
)  # fmt: skip
def test_a_row_of_another_width_is_named_with_what_to_do(write, text, message):
    with pytest.raises(DataError) as caught:
        read_inputs(write("my.csv", text))
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a": 2}\n', "my.csv is no table: it is JSON; save the table as CSV."),
        ('[{"a": 1}]\n', "my.csv is no table: it is JSON; save the table as CSV."),
        ("<!DOCTYPE html>\n<p>1,2</p>\n", ("my.csv is no table: it is a page of HTML or XML; save "
         "the table as CSV.")),
        ("a,b\n1,\x002\n", ("my.csv is not a table of text: it holds binary data (the first zero "
         "byte is in line 2). Tables are read from CSV, TSV, Parquet, NPZ and IDX files.")),
    ],
)  # fmt: skip
def test_what_is_no_table_is_called_by_its_name(write, text, message):
    with pytest.raises(DataError) as caught:
        read_inputs(write("my.csv", text))
    assert str(caught.value) == message


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_characters_without_a_mark_are_named_with_the_encoding_that_reads_them(
    write, encoding
):
    path = write("my.csv", "a,b\n1,2\n3,4\n".encode(encoding))
    with pytest.raises(DataError, match=f"--encoding {encoding} "):
        read_inputs(path)
    assert read_inputs(path, encoding=encoding).X["b"].tolist() == [2, 4]


def test_a_second_byte_order_mark_is_no_part_of_a_name(write):
    assert read_inputs(write("my.csv", "\ufeff\ufeffa,b\n1,2\n")).feature_names == ("a", "b")


def test_a_comment_with_as_many_cells_as_a_row_is_no_row(write):
    text = "a,b\n" + "".join(f"{k},{k + 1}\n" for k in range(30))
    table = read_inputs(write("my.csv", text.replace("7,8\n", "7,8\n# high tide, again\n")))
    assert len(table.X) == 30
    assert "Left out line 10 (comments, after #)." in table.notes
    # Where many cells begin so, they are values.
    names = "a,b\n" + "".join(f"# {k},{k + 1}\n" for k in range(30))
    assert len(read_inputs(write("my.csv", names), header=True).X) == 30


def test_a_name_of_two_lines_is_one_that_an_option_can_name(write):
    path = write("my.csv", 'a,"weight\r\n (kg)",y\n1,2,u\n3,4,v\n')
    assert read_inputs(path).feature_names == ("a", "weight (kg)", "y")
    assert read(path, ignore=["weight (kg)"]).feature_names == ("a",)
