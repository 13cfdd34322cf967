"""Dates are inputs, the same from text and from Parquet."""

import datetime

import numpy as np
import pandas as pd
import pytest

from clearprop.data import DataError, TableEncoder, read
from clearprop.data.date_column import DateColumn, fit_dates, moments_of
from clearprop.data.dates import formats_of, moments
from clearprop.data.files import read_inputs


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("2024-01-31", "2024-01-31"),
        ("2024-01-31 08:30", "2024-01-31 08:30"),
        ("2024-01-31T08:30:15.25Z", "2024-01-31 08:30:15.25"),
        ("2024-01-31T08:30:15+02:00", "2024-01-31 08:30:15"),
        ("31/01/2024", "2024-01-31"),
        ("01/31/2024 8:05 PM", "2024-01-31 20:05"),
        ("31.1.2024 08:30:15", "2024-01-31 08:30:15"),
        ("31.01.24", "2024-01-31"),
        ("2024/1/31", "2024-01-31"),
        ("31 Jan 2024", "2024-01-31"),
        ("January 31, 2024", "2024-01-31"),
        ("31-Jan-24", "2024-01-31"),
        ("08:30", "1970-01-01 08:30"),
        ("08.30.15", "1970-01-01 08:30:15"),
        ("8:05 PM", "1970-01-01 20:05"),
        ("31-JAN-2024", "2024-01-31"),
        ("31-jan-24", "2024-01-31"),
        ("31JAN2024", "2024-01-31"),
        ("Sept 5, 2024", "2024-09-05"),
        ("2024-1-5", "2024-01-05"),
        ("2024-1-5 8:30", "2024-01-05 08:30"),
        ("2024.01.31", "2024-01-31"),
        ("31-01-24", "2024-01-31"),
        ("2024年1月31日", "2024-01-31"),
        ("2024-01", "2024-01-01"),
        ("01/2024", "2024-01-01"),
        ("Dec-2015", "2015-12-01"),
        ("Dec-15", "2015-12-01"),
        ("December 2015", "2015-12-01"),
        ("Wed 31/01/2024", "2024-01-31"),
        ("Wed, 31 Jan 2024 08:30:00 GMT", "2024-01-31 08:30"),
        ("Wed Jan 31 08:30:15 2024", "2024-01-31 08:30:15"),
        ("2024-01-31 08:30 CET", "2024-01-31 08:30"),
        ("2024-01-31T08:30:15+01", "2024-01-31 08:30:15"),
        ("01/31/2024 8:05 PM EST", "2024-01-31 20:05"),
        ("9999-12-31", "9999-12-31"),
        ("0001-01-01", "0001-01-01"),
    ],
)
def test_many_ways_to_write_a_date_are_read(cell, expected):
    (form,) = formats_of([cell])
    assert moments([cell], form)[0] == pd.Timestamp(expected)


@pytest.mark.parametrize(
    "cell", ["2024-13-01", "31/31/2024", "1.5", "2024", "12", "10-12", "x", "2009-10"]
)
def test_other_cells_are_no_dates(cell):
    assert formats_of([cell]) == []


def test_the_column_tells_day_from_month_or_the_option_does(write):
    proven = "d,y\n01/02/2024,1\n13/02/2024,2\n"
    assert read_inputs(write("my.csv", proven)).X["d"].dt.day.tolist() == [1, 13]
    assert read_inputs(write("my.csv", proven)).notes == ()
    path = write("my.csv", "d,y\n01/02/2024,1\n03/02/2024,2\n")
    guessed = read_inputs(path)
    assert guessed.X["d"].dt.day.tolist() == [2, 2]
    assert " ".join(guessed.notes) == (
        "Day and month could be swapped: d ('01/02/2024' is 02 January 2024) (--day-first or "
        "--month-first says which)."
    )
    assert read_inputs(path, day_first=True).X["d"].dt.day.tolist() == [1, 3]
    assert read_inputs(path, day_first=False).X["d"].dt.day.tolist() == [2, 2]


DAYS = [f"{day:02d}.03.2024" for day in range(1, 29)]


@pytest.mark.parametrize(
    "word", ["-", "NaT", "unknown", "n/a", "0000-00-00", "00.00.0000", "not yet", "?"]
)
def test_words_among_dates_are_missing_told_and_remembered(write, word):
    cells = [word if k % 7 == 3 else day for k, day in enumerate(DAYS)]
    text = "d,y\n" + "".join(f"{cell},{k % 2}\n" for k, cell in enumerate(cells))
    dataset = read(write("my.csv", text))
    assert dataset.X["d"].isna().sum() == 4
    assert dataset.X["d"].dropna().dt.day.tolist() == [k + 1 for k in range(28) if k % 7 != 3]
    if word not in ("n/a", "?"):  # these are missing everywhere
        assert dataset.notes[0] == (
            f"Read words among dates as missing: d ({word!r}: 4 cells, the first in line 5) "
            "(--text COLUMN keeps a column as texts)."
        )
    alone = read_inputs(write("new.csv", f"d\n{word}\n05.03.2024\n"), known=dataset.reading)
    assert alone.X["d"].isna().tolist() == [True, False]


@pytest.mark.parametrize("word", ["30.02.2024", "a1", "soon2"])
def test_one_cell_that_is_no_date_makes_texts_of_a_column_and_is_named(write, word):
    text = "d,y\n" + "".join(f"{word if k == 9 else day},{k}.5\n" for k, day in enumerate(DAYS))
    dataset = read(write("my.csv", text))
    assert dataset.reading.columns["d"].kind == "text"
    assert dataset.notes[0] == (
        "The column 'd' was read as texts, though nearly all its cells are dates: line 11 has "
        f"{word!r} (--missing {word!r} reads it as missing)."
    )
    assert read(write("my.csv", text), missing=[word]).X["d"].isna().sum() == 1


@pytest.mark.parametrize("form", ["2024-03-{:02d}", "{:02d}.03.2024 08:30"])
@pytest.mark.parametrize("every", [2, 3])
def test_dates_in_two_formats_are_texts_and_told(write, form, every):
    cells = [day if k % every else form.format(k + 1) for k, day in enumerate(DAYS)]
    text = "d,y\n" + "".join(f"{cell},{k}.5\n" for k, cell in enumerate(cells))
    (note, *_) = read(write("my.csv", text)).notes
    assert note.startswith(
        "The column 'd' was read as texts, though nearly all its cells are dates: line "
    )
    assert repr(cells[0]) in note and repr(cells[1]) in note
    assert note.endswith(" (write them in one way to have dates).")


def test_years_of_two_digits_are_told_with_what_they_became(write):
    text = "born,y\n" + "".join(f"15/0{k % 9 + 1}/{k + 50},{k}.5\n" for k in range(30))
    dataset = read(write("my.csv", text))
    assert dataset.notes[0] == (
        "Read years of two digits as 1969 to 2068: born (from 15 February 1969 to 15 January 2068) "
        "(where that is wrong, write years with four digits)."
    )


def test_dates_far_away_are_dates_however_a_table_stores_them(write):
    far = ["0001-01-01", "1500-06-01", "9999-12-31"]
    text = read(write("my.csv", "d,y\n" + "".join(f"{day},{k}.5\n" for k, day in enumerate(far))))
    stored = pd.Series(np.array(far, "datetime64[s]"))
    objects = pd.Series([datetime.date.fromisoformat(day) for day in far], dtype=object)
    expected = [str(day) for day in far]
    for column in (text.X["d"], stored, objects, pd.Series(far)):
        assert [str(day)[:10] for day in moments_of(column, "d")] == expected
    days = fit_dates(stored, "d")
    assert days.start == (np.datetime64(far[0]) - np.datetime64("1970-01-01")).astype(int)
    assert days == fit_dates(objects, "d") == fit_dates(text.X["d"], "d")


def test_the_inputs_are_days_year_and_pairs_of_what_comes_round_again():
    days = pd.to_datetime(["2023-12-31 06:00", "2024-01-01 18:00", None, "2024-02-01 00:00"])
    column = fit_dates(pd.Series(days), "d")
    assert column.cycles == ("month", "day of month", "day of week", "hour")
    inputs = np.zeros((4, len(column.input_names)))
    notes = column.write(inputs, pd.Series(days))
    assert notes == ["column 'd': 1 missing date taken for an average one"]
    assert column.input_names[:4] == ("d: days", "d: year", "d: month sin", "d: month cos")
    np.testing.assert_array_equal(inputs[2], 0)
    present = inputs[[0, 1, 3]]
    np.testing.assert_allclose(present[:, :2].mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(present[:, :2].std(axis=0), 1)
    hour = inputs[:, [-2, -1]]
    np.testing.assert_allclose(hour[0], [1, 0], atol=1e-12)
    np.testing.assert_allclose(hour[1], [-1, 0], atol=1e-12)
    np.testing.assert_allclose(np.hypot(*present[:, 2:4].T), 1)
    # December lies beside January.
    december, january, february = inputs[[0, 1, 3], 2:4]
    assert np.linalg.norm(december - january) == pytest.approx(np.linalg.norm(january - february))


def test_dates_of_text_and_of_parquet_give_the_same_inputs(tmp_path):
    pytest.importorskip("pyarrow")
    times = pd.date_range("2024-01-10", periods=30, freq="33h")
    frame = pd.DataFrame({"t": times, "a": range(30), "y": np.arange(30) / 3})
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    text, table = read(tmp_path / "t.csv"), read(tmp_path / "t.parquet")
    encoders = [TableEncoder.fit(d.X, reading=d.reading) for d in (text, table)]
    assert encoders[0].columns == encoders[1].columns
    expected = encoders[0].encode(text.X)
    np.testing.assert_array_equal(encoders[1].encode(table.X), expected)
    # Each reads the other's file, too.
    other = read_inputs(tmp_path / "t.csv", known=encoders[1].as_read())
    np.testing.assert_array_equal(encoders[1].encode(other.X), expected)
    np.testing.assert_array_equal(encoders[0].encode(table.X), expected)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([datetime.date(2020, 1, 1), None, datetime.date(2021, 3, 2)]),
        pd.Series(pd.to_datetime(["2020-01-01", None, "2021-03-02"])),
        pd.Series(pd.to_datetime(["2020-01-01", None, "2021-03-02"])).dt.tz_localize(
            "Europe/Berlin"
        ),
        pd.Series(["2020-01-01", None, "2021-03-02"]),
    ],
)
def test_a_date_is_the_same_however_a_table_stores_it(column):
    assert fit_dates(column, "d") == fit_dates(
        pd.Series(pd.to_datetime(["2020-01-01", None, "2021-03-02"])), "d"
    )


def test_a_cell_that_is_no_date_is_named(write):
    known = read(write("my.csv", "d,y\n31.01.2024,1\n28.02.2024,2\n")).reading
    encoder = TableEncoder.fit(read(write("my.csv", "d,y\n31.01.2024,1\n28.02.2024,2\n")).X)
    table = read_inputs(write("new.csv", "d\n28.02.2024\n31.02.2024\n"), known=known)
    with pytest.raises(DataError) as caught, table.origin.locating():
        encoder.encode(table.X)
    assert str(caught.value) == (
        "new.csv, line 3, column 'd': '31.02.2024' is not a date as in training."
    )


def test_a_target_of_dates_is_refused_from_text_too(write):
    with pytest.raises(DataError, match="the target 'd' holds dates, neither numbers nor classes"):
        read(write("my.csv", "a,d\n1,2024-01-01\n2,2024-01-02\n"))
    classes = read(write("my.csv", "a,d\n1,2024-01-01\n2,2024-01-02\n"), text="d")
    assert classes.y.tolist() == ["2024-01-01", "2024-01-02"]


def test_times_of_day_come_round_again(write):
    dataset = read(write("my.csv", "t,y\n00:00,1\n06:00,2\n12:00,3\n"))
    (column,) = TableEncoder.fit(dataset.X).columns
    assert isinstance(column, DateColumn)
    assert column.input_names == ("t: days", "t: hour sin", "t: hour cos")
