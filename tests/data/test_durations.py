"""Durations are read as seconds, and times of day are not taken for them."""

import numpy as np
import pytest

from clearprop.data import read
from clearprop.data.durations import seconds_of
from clearprop.data.files import read_inputs


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [
        ("26:30:45", 26 * 3600 + 30 * 60 + 45),
        ("0:00:03.25", 3.25),
        ("59:30", 59 * 60 + 30),
        ("2 days 03:04:05", 2 * 86400 + 3 * 3600 + 4 * 60 + 5),
        ("1 day, 3:00:00", 97200),
        ("-1:00:00", -3600),
        ("1h 20m", 4800),
        ("2 hours 5 minutes", 7500),
        ("90 min", 5400),
        ("PT1H30M", 5400),
        ("P1DT5S", 86405),
        ("1:75:00", None),
        ("12:99", None),
        ("2:1", None),
        ("5", None),
        ("-", None),
        ("m", None),
        ("P", None),
    ],
)
def test_a_duration_is_so_many_seconds(cell, seconds):
    assert seconds_of(cell) == seconds


def column(cells):
    return "c,x,y\n" + "".join(f"{cell},{k}.5,{'uv'[k % 2]}\n" for k, cell in enumerate(cells))


@pytest.mark.parametrize(
    ("cells", "seconds"),
    [
        (["26:30:45", "1:00:00", "0:00:10"], [95445, 3600, 10]),
        (["1:02:03", "59:30", "40:00"], [3723, 3570, 2400]),
        (["3 min", "90 s", "1 h"], [180, 90, 3600]),
        (["45:30", "-", "44:00"], [2730, np.nan, 2640]),
        (["1:23.5", "0:59.25", "2:00.0"], [83.5, 59.25, 120]),
    ],
)
def test_a_column_of_durations_holds_seconds_and_says_so(write, cells, seconds):
    dataset = read(write("my.csv", column(cells)))
    np.testing.assert_array_equal(np.array(dataset.X["c"], float), seconds)
    assert any(
        note.startswith(f"Read durations as seconds: c ('{cells[0]}' is ") for note in dataset.notes
    )
    # A row alone is read as in its table.
    for cell, value in zip(cells, seconds, strict=True):
        alone = read_inputs(write("new.csv", f"c,x\n{cell},1\n"), known=dataset.reading)
        np.testing.assert_array_equal(np.array(alone.X["c"], float), [value])


def test_times_of_day_stay_times_of_day(write):
    dataset = read(write("my.csv", column(["09:30", "23:59", "00:01"])))
    assert dataset.X["c"].dtype.kind == "M"
    assert not any("durations" in note for note in dataset.notes)


def test_a_target_of_durations_is_a_quantity(write):
    rows = [f"{k},{k + 20}:{k:02d}:30" for k in range(12)]
    dataset = read(write("my.csv", "a,y\n" + "\n".join(rows) + "\n"))
    assert dataset.task == "regression"
    assert dataset.y.tolist() == [(k + 20) * 3600 + k * 60 + 30 for k in range(12)]


def test_a_target_of_times_is_read_as_durations_and_told(write):
    path = write("my.csv", "a,y\n" + "".join(f"{k},3:{k + 10}:05\n" for k in range(30)))
    dataset = read(path)
    assert dataset.task == "regression"
    assert dataset.y[:2].tolist() == [11405, 11465]
    assert dataset.notes[-1] == (
        "The target 'y' holds times, read as durations in seconds ('3:10:05' is 11405; --text y "
        "takes them for classes)."
    )
    other = read(write("new.csv", "a,y\n5,3:15:05\n7,1:00:00\n"), known=dataset.reading)
    assert other.y.tolist() == [11705, 3600]
    assert read(path, text=["y"]).y[0] == "3:10:05"
