"""Rows to predict and to test on as people meet them, read as the model's own table was."""

import pytest

from clearprop.tables.prepare import prepare
from clearprop.tables.settings import TrainSettings
from tests.tables.test_bad_text import AGE, KIND, PRICE, SLEEP, comma, table

TRAIN = ("train", "train.csv", "--epochs", 2, "--no-check-gradients", "--quiet")
SEMICOLONS = "The columns were taken to be separated by semicolons."
COMMAS = table("size;price", map(comma, SLEEP), map(comma, PRICE), sep=";")
FARES = table("month,fare,deck,kind", ["Jan", "Feb"] * 30, SLEEP, ["A", "B", "C"] * 20, KIND)
KINDS = table("a,b,kind", AGE, SLEEP, KIND)
ROOMS = table("age,sleep,price", AGE, SLEEP, PRICE)
HELD_OUT = "The predictions are not scored: new.csv: the target is {}, where the model has 'ham', "


def write(name, text):
    with open(name, "w", encoding="utf-8", newline="") as file:
        file.write(text)


@pytest.fixture
def predict(run):
    """Train on a table and return what a prediction of other rows prints."""

    def trained(content, rows):
        write("train.csv", content)
        done = run(*TRAIN)
        assert done.code == 0, done.err
        write("new.csv", rows)
        return run("predict", "train.clearprop", "new.csv", "--json")

    return trained


NOTED = {
    "a number with three digits after the comma": (COMMAS, "size\n1,250\n", 1, []),
    "numbers with commas in a column of their own": (COMMAS, "size\n6,5\n7,25\n", 2, []),
    "numbers with commas, and a semicolon after each": (
        COMMAS,
        "size;\n6,5;\n7,25;\n",
        2,
        [SEMICOLONS, "Column 2 has no name and no values and was left out."],
    ),
    "rows without values": (
        ROOMS, "age,sleep\n30,7.1\n41,6.5\n,\n,\n", 2, ["Left out lines 4, 5 (no values)."],
    ),
    "what training had not": (
        FARES,
        "passenger,deck,fare,month\n900,A,7.5,Mar\n901,,,Jan\n902,T,6.1,Feb\n",
        3,
        [
            (
                "column 'month': 1 row with a category that training had not ('Mar'); all its "
                "inputs are 0 there"
            ),
            "column 'fare': 1 missing value filled with the training median 6.9",
            (
                "column 'deck': 1 missing value, where training had none; all its inputs are 0 "
                "there"
            ),
            (
                "column 'deck': 1 row with a category that training had not ('T'); all its inputs "
                "are 0 there"
            ),
        ],
    ),
    "one row": (FARES, "month,fare,deck\nJan,7.5,A\n", 1, []),
    "words for the target": (
        KINDS, "a,b,kind\n30,7.5,tbd\n31,6.0,tbd\n", 2, [HELD_OUT.format("'tbd'") + "'spam'."],
    ),
    "zeros for the target": (
        KINDS, "a,b,kind\n30,7.5,0\n31,6.0,0\n", 2, [HELD_OUT.format("'0'") + "'spam'."],
    ),
    "a target in some rows": (
        ROOMS, "age,sleep,price\n30,7.5,\n31,6.0,99\n", 2,
        ["1 of 2 rows have a target and are scored."],
    ),
    "another order, and one column more": (
        ROOMS.replace("price", "k"), "sleep,age,k,more\n7.5,30,1.5,x\n6.1,31,2,x\n", 2, [],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NOTED)
def test_rows_are_predicted_and_told_of(predict, case):
    content, rows, number, notes = NOTED[case]
    done = predict(content, rows)
    assert done.code == 0, done.err
    assert sorted(done.json["notes"]) == sorted(notes)
    assert len(done.json["predictions"]) == number


def test_a_fraction_has_as_many_digits_as_it_likes(predict, run):
    first = predict(COMMAS, "size\n1,250\n").json["predictions"]
    write("new.csv", "size;n\n1,25;4\n")
    assert run("predict", "train.clearprop", "new.csv", "--json").json["predictions"] == first


def test_labels_come_back_as_they_are_whatever_writes_them(predict):
    labels = [f"{i % 2}.0" for i in range(60)]
    done = predict(table("age,sleep,k", AGE, SLEEP, labels), "sleep,age,k\n7.5,30,1\n6.1,31,0\n")
    assert done.json["notes"] == []
    assert done.json["figures"]["rows"] == 2
    done = predict(
        table("age,sleep,k", AGE, SLEEP, ["TRUE", "FALSE"] * 30),
        "age,sleep,k\n30,7.5,false\n31,6.0,True\n",
    )
    assert done.json["figures"]["rows"] == 2


REFUSED = {
    "an infinite number": (
        KINDS,
        "a,b\n30,7.1\n40,Infinity\n",
        (
            "new.csv, line 3, column 'b': 'Infinity' is not a finite number: correct it, or leave "
            "the cell empty where it is unknown."
        ),
    ),
    "a word among numbers": (
        FARES,
        "month,fare,deck\nJan,unheard,A\n",
        "new.csv, line 2, column 'fare': 'unheard' is not a number.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_cell_that_cannot_be_used_is_named(predict, case):
    content, rows, message = REFUSED[case]
    done = predict(content, rows)
    assert done.code == 3
    assert message in done.err


TEST_FILES = {
    "age,sleep,price\n30,7.0,101\n31,inf,100\n": (
        "test.csv, line 3, column 'sleep': 'inf' is not a finite number: correct it, or leave the "
        "cell empty where it is unknown."
    ),
    "age,slept,price\n30,7.0,101\n": (
        "test.csv: the table has no column 'sleep', which the training table had. Did you mean "
        "'slept'? Its columns are age, slept."
    ),
    "age,sleep,price\n30,7.0,101\n31,bad,100\n": (
        "test.csv, line 3, column 'sleep': 'bad' is not a number."
    ),
}


@pytest.mark.parametrize("rows", TEST_FILES)
@pytest.mark.parametrize("kind", [("--epochs", 2), ("--preset", "fast")])
def test_an_error_names_the_test_file(run, rows, kind):
    write("train.csv", ROOMS)
    write("test.csv", rows)
    done = run("train", "train.csv", "--test", "test.csv", *kind)
    assert done.code == 3
    assert done.err.strip() == f"clearprop: {TEST_FILES[rows]}"


@pytest.mark.parametrize("kind", [("--epochs", 2), ("--preset", "fast")])
def test_a_flag_of_one_row_is_never_said_to_be_the_same_in_every_row(run, kind):
    write("train.csv", ROOMS)
    split = prepare(TrainSettings("train.csv"))
    told = {}
    for place, row in (("held out", split.held_out[0]), ("trained on", split.train.places[0])):
        write("train.csv", table("age,flag,price", AGE, [int(i == row) for i in range(60)], PRICE))
        done = run("train", "train.csv", *kind, "--no-check-gradients", "--json")
        told[place] = [note for note in done.json["notes"] if note.startswith("left out")]
    assert told == {
        "held out": ["left out 1 column (the same value in every row that is trained on): flag"],
        "trained on": [],
    }


@pytest.mark.parametrize("rows", [2, 3, 4, 5, 6, 8, 11])
@pytest.mark.parametrize("target", [PRICE, ["p", "q"] * 30], ids=["quantity", "classes"])
def test_few_rows_are_trained_on(run, rows, target):
    write("train.csv", table("age,sleep,y", AGE[:rows], SLEEP[:rows], target[:rows]))
    assert run(*TRAIN).code == 0


def test_one_row_is_refused(run):
    for line, message in (("57,6.9,p", "the target y is p in every row"), ("57,6.9,1.5", "")):
        write("train.csv", f"age,sleep,y\n{line}\n")
        done = run("train", "train.csv", "--preset", "fast")
        assert done.code != 0
        assert message in done.err
