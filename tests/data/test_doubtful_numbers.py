"""Plain numbers that may be codes, thousands or stand-ins are told with the option."""

import pandas as pd
import pytest

from clearprop.data import read
from clearprop.data.doubts import stand_ins


def told(write, table, **options):
    return read(write("my.csv", table), **options).notes


def test_leading_zeros_are_told_with_the_option_that_keeps_them(write):
    text = "zip,x,y\n" + "".join(f"{500 + 91 * k:05d},{k},{k % 2}\n" for k in range(9))
    note = (
        "Read as numbers, though zeros lead some of them: zip ('00500' is 500) (--text COLUMN "
        "takes a column for codes)."
    )
    assert note in told(write, text)
    assert note not in told(write, text, text=["zip"])
    assert read(write("my.csv", text), text=["zip"]).X["zip"][0] == "00500"


@pytest.mark.parametrize("cell", ["0", "0.5", "00", "-0.25"])
def test_zeros_that_lead_nothing_are_not_told(write, cell):
    text = "a,x,y\n" + "".join(f"{cell if k % 2 else 7},{k},{k % 2}\n" for k in range(9))
    assert not any("zeros" in note for note in told(write, text))


def test_points_that_may_separate_thousands_are_told(write):
    text = "a,x,y\n1.234,5,u\n970,7,v\n12.500,8,u\n3.100,9,v\n"
    note = "Points could separate thousands: a ('1.234' is 1.234) (--decimal , says that they do)."
    assert note in told(write, text)
    assert read(write("my.csv", text), decimal=",").X["a"].tolist() == [1234, 970, 12500, 3100]


@pytest.mark.parametrize("other", ["0.970", "1970", "9.7", "2.5e2", "1.0001"])
def test_one_number_may_prove_that_they_do_not(write, other):
    text = f"a,x,y\n1.234,5,u\n{other},7,v\n12.500,8,u\n3,9,v\n"
    assert not any("thousands" in note for note in told(write, text))


def test_numbers_that_often_stand_for_a_missing_one_are_told(write):
    text = "age,y\n" + "".join(f"{999 if k % 5 == 0 else 20 + k},{k % 2}\n" for k in range(30))
    frame = read(write("my.csv", text)).X
    assert stand_ins(frame) == [
        (
            "age: 999 in 6 rows is far from the others (21 to 49); --missing 999 says that it is "
            "missing."
        )
    ]
    assert read(write("my.csv", text), missing=["999"]).X["age"].isna().sum() == 6
    assert stand_ins(frame, text=False)[0].endswith(
        "; if it means that there is none, leave the cell empty."
    )


@pytest.mark.parametrize(
    "values",
    [
        [1, 2, 3, 999],  # once
        [900, 960, 970, 999, 999],  # near the others
        [0, 0, 999, 999],  # two values are no spread
        [20, 31, 42, 777, 777],  # no usual number
    ],
)
def test_other_numbers_are_not(values):
    assert stand_ins(pd.DataFrame({"a": values})) == []


def test_a_date_at_the_end_of_time_is_told(write):
    text = "d,y\n" + "".join(
        f"{'9999-12-31' if k % 4 == 0 else f'2024-01-{k + 1:02d}'},{k % 2}\n" for k in range(20)
    )
    dataset = read(write("my.csv", text))
    assert dataset.X["d"].max() == pd.Timestamp("9999-12-31")
    assert stand_ins(dataset.X) == [
        (
            "d: 9999-12-31 in 5 rows is far from the others (2024-01-02 to 2024-01-20); --missing "
            "9999-12-31 says that it is missing."
        )
    ]
    assert read(write("my.csv", text), missing=["9999-12-31"]).X["d"].isna().sum() == 5


def test_whole_numbers_that_look_like_dates_are_told(write):
    text = "d,n,y\n" + "".join(f"202403{k + 1:02d},{20240301 + 40 * k},{k % 2}\n" for k in range(9))
    (note,) = [note for note in told(write, text) if "dates" in note]
    assert note == (
        "Read as numbers, though they look like dates: d (20240301) (2024-01-31 is read as a date)."
    )


def test_whole_numbers_of_too_many_digits_are_told(write):
    text = "id,size,y\n" + "".join(f"90071992547409930000{k:02d},1e{k},{k}.5\n" for k in range(20))
    (note,) = [note for note in told(write, text) if "digits" in note]
    assert note == (
        "Whole numbers of more digits than a number keeps: id (--text COLUMN takes a column for "
        "codes)."
    )
    assert read(write("my.csv", text), text=["id"]).X["id"].nunique() == 20
