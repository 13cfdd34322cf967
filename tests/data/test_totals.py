"""A last row that sums the others is no row; one that only looks like it is asked about."""

import pytest

from clearprop.data import read

ROWS = [f"r{k},{k},{2.5 * k}" for k in range(10)]


@pytest.mark.parametrize(
    ("last", "what"),
    [
        ("Total,45,112.5", "'Total', the sum"),
        ("TOTAL:,45,112.5", "'TOTAL:', the sum"),
        ("Mean,4.5,11.25", "'Mean', the mean"),
        ("Summe,45,", "'Summe', the sum"),
    ],
)
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_row_of_totals_is_left_out_and_told(write, last, what, end):
    newline = "\r\n" if end == "\r\n" else "\n"
    dataset = read(write("my.csv", newline.join(["k,a,y", *ROWS, last]) + end), "y")
    assert len(dataset.y) == 10
    assert dataset.y.max() == 22.5
    assert f"Left out line 12 ({what} of the rows above)." in dataset.notes
    assert dataset.origin.lines[-1] == 11


def test_the_word_may_stand_among_numbers(write):
    text = "a,y\n" + "".join(f"{k},{k / 2}\n" for k in range(10)) + "Total,22.5\n"
    dataset = read(write("my.csv", text))
    assert dataset.X["a"].tolist() == list(range(10))


def test_a_row_that_sums_nothing_stays_and_is_asked_about(write):
    text = "\n".join(["k,a,y", *ROWS, "total,46,112.5", ""])
    dataset = read(write("my.csv", text))
    assert len(dataset.y) == 11
    assert (
        "Line 12 of my.csv has 'total': if it is no row like those above, take it away."
        in dataset.notes
    )


@pytest.mark.parametrize("place", [0, 5])
def test_the_word_elsewhere_means_nothing(write, place):
    rows = [*ROWS]
    rows[place] = f"total,{place},1"
    dataset = read(write("my.csv", "\n".join(["k,a,y", *rows, ""])))
    assert len(dataset.y) == 10
    assert not any("total" in note for note in dataset.notes)
