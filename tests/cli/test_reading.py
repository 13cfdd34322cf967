"""Options of reading, in training and prediction; what a model remembers of its table."""

import pandas as pd
import pytest

from clearprop.cli.encoding import say, say_json
from clearprop.data import load
from tests.cli.conftest import people

FAST = ("--epochs", 3, "--no-check-gradients")


def write(name, text, encoding="utf-8"):
    with open(name, "w", encoding=encoding, newline="") as file:
        file.write(text)
    return name


def numbered(rows=80):
    """Return lines of a table with decimal commas whose target is twice its first column."""
    return "".join(f"{i % 13},{i % 7};{i};{2 * (i % 13)},5\n" for i in range(rows))


def test_a_model_trained_on_commas_reads_a_row_of_its_own(run):
    write("table.csv", "size;n;price\n" + numbered())
    assert run("train", "table.csv", *FAST, "--quiet").code == 0
    for cell in ("1,250", "1,25"):
        write("new.csv", f"size;n\n{cell};5\n")
        done = run("predict", "table.clearprop", "new.csv", "--json")
        assert done.code == 0, done.err
        first = done.json["predictions"][0]["prediction"]
        write("new.csv", f'size,n\n"{cell}",5\n')
        again = run("predict", "table.clearprop", "new.csv", "--json")
        assert again.json["predictions"][0]["prediction"] == first
    write("one.csv", "size\n1,25\n7,5\n")
    refused = run("predict", "table.clearprop", "one.csv")
    assert refused.code == 3
    assert "one.csv: the table has no column 'n'" in refused.err


def test_every_option_of_reading_is_kept_in_the_model(run):
    rows = "".join(f"{i},Köln~{i % 5}~weg~{'lost' if i % 9 else i}~{i % 2}\n" for i in range(60))
    write("table.txt", rows, "cp1252")
    told = [
        *("--encoding", "cp1252", "--separator", "~", "--decimal", ","),
        *("--no-header", "--columns", "amount,town,junk,gap,y", "--ignore", "junk"),
        *("--missing", "lost", "--text", "town"),
    ]
    rows = rows.replace(",Köln", ",5~Köln")
    write("table.txt", rows, "cp1252")
    told[told.index("amount,town,junk,gap,y")] = "amount,town,n,junk,gap,y"
    done = run("train", "table.txt", *told, *FAST, "--json")
    assert done.code == 0, done.err
    notes = " ".join(done.json["notes"])
    assert "Left out as told: junk." in notes
    assert "standardised 3 numeric columns: amount, n, gap" in notes
    write("new.txt", "7,5~Köln~1~weg~lost\n8,5~Köln~1~weg~3\n", "cp1252")
    told = run("predict", "table.clearprop", "new.txt", "--json")
    assert told.code == 0, told.err
    assert len(told.json["predictions"]) == 2


def test_an_option_of_prediction_goes_before_what_is_remembered(run, model, folder):
    write("new.txt", people(5).to_csv(index=False, sep="~"))
    assert run("predict", model, "new.txt").code == 3
    done = run("predict", model, "new.txt", "--separator", "~", "--json")
    assert len(done.json["predictions"]) == 5
    write("new.csv", "age,job,town\n30,clerk,Ulm\nunbekannt,clerk,Ulm\n")
    refused = run("predict", model, "new.csv")
    assert refused.code == 3
    assert "new.csv, line 3, column 'age': 'unbekannt' is not a number." in refused.err
    assert run("predict", model, "new.csv", "--missing", "unbekannt").code == 0


@pytest.mark.parametrize("size", ["x", "-1", "5XB", ""])
def test_a_size_must_be_one(run, table, size):
    done = run("train", table, f"--max-size={size}")
    assert done.code == 2
    assert "is not a size such as 8GB" in done.err


def test_a_table_comes_from_standard_input_and_goes_to_standard_output(run, model):
    text = 'job,note,age\nclerk,007,30\nbaker,"a, b",20\n'
    write("-", "a file of that name does not count")
    from typer.testing import CliRunner

    from clearprop.cli.app import app

    done = CliRunner().invoke(
        app, ["predict", model, "-", "--out", "-", "--append"], input=text, prog_name="clearprop"
    )
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "job,note,age,prediction"
    assert lines[1].startswith("clerk,007,30,")
    assert lines[2].startswith('baker,"a, b",20,')
    assert len(lines) == 3


def test_predictions_are_appended_to_the_columns_as_they_stand(run, model, folder):
    write("new.csv", "id;age;job;prediction\n007;30,5;clerk;x\n008;;baker;y\n")
    done = run("predict", model, "new.csv", "--decimal", ",", "--out", "out.csv", "--append",
               "--proba")  # fmt: skip
    assert done.code == 0, done.err
    found = pd.read_csv("out.csv", dtype=str, keep_default_na=False)
    assert list(found.columns) == [
        "id", "age", "job", "prediction", "prediction.1", "probability of no", "probability of yes"
    ]  # fmt: skip
    assert found["id"].tolist() == ["007", "008"]
    assert found["age"].tolist() == ["30,5", ""]
    assert set(found["prediction.1"]) <= {"yes", "no"}


def test_predictions_are_written_as_parquet_where_the_name_says_so(run, model, folder):
    parquet = pytest.importorskip("pyarrow.parquet")
    people(9).to_csv(folder / "new.csv", index=False)
    run("predict", model, "new.csv", "--out", "p.csv")
    assert run("predict", model, "new.csv", "--out", "p.parquet", "--append").code == 0
    table = parquet.read_table("p.parquet").to_pandas()
    assert table.columns.tolist() == ["age", "job", "town", "member", "prediction"]
    assert table["prediction"].tolist() == pd.read_csv("p.csv")["prediction"].tolist()
    run("predict", model, "new.csv", "--out", "p.tsv")
    assert (folder / "p.tsv").read_text().startswith("row\tprediction\n1\t")


@pytest.mark.parametrize("name", ["p.xlsx", "p.json", "p.csv.gz", "p.npz"])
def test_other_endings_are_refused(run, model, name, folder):
    people(9).to_csv(folder / "new.csv", index=False)
    done = run("predict", model, "new.csv", "--out", name)
    assert done.code == 2
    assert "predictions are written as CSV (.csv), TSV (.tsv) or Parquet (.parquet)" in done.err
    assert not (folder / name).exists()


def test_what_is_written_needs_a_place(run, model, folder):
    people(9).to_csv(folder / "new.csv", index=False)
    for option in ("--append", "--no-formulas"):
        done = run("predict", model, "new.csv", option)
        assert done.code == 2
        assert "says what --out writes" in done.err


def test_formulas_can_be_made_harmless(run, model, folder):
    write("new.csv", "age,job,=cmd|x,n\n30,clerk,=1+1,-5\n31,clerk,@x,+x\n")
    run("predict", model, "new.csv", "--out", "plain.csv", "--append")
    assert "=cmd|x" in (folder / "plain.csv").read_text().splitlines()[0].split(",")
    run("predict", model, "new.csv", "--out", "safe.csv", "--append", "--no-formulas")
    lines = [line.split(",") for line in (folder / "safe.csv").read_text().splitlines()]
    assert lines[0][:4] == ["age", "job", "'=cmd|x", "n"]
    assert lines[1][:4] == ["30", "clerk", "'=1+1", "-5"]
    assert lines[2][:4] == ["31", "clerk", "'@x", "'+x"]


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("tbd", "new.csv: the target is 'tbd', where the model has 'no', 'yes'."),
        ("0", "new.csv: the target is '0', where the model has 'no', 'yes'."),
    ],
)
def test_a_placeholder_for_the_target_stops_no_prediction(run, model, folder, target, reason):
    people(9).assign(member=target).to_csv(folder / "new.csv", index=False)
    done = run("predict", model, "new.csv", "--json")
    assert done.code == 0, done.err
    assert len(done.json["predictions"]) == 9
    assert done.json["figures"] is None
    assert f"The predictions are not scored: {reason}" in done.json["notes"]


def test_a_placeholder_for_a_number_stops_no_prediction(run, folder):
    write("table.csv", "size;n;price\n" + numbered())
    run("train", "table.csv", *FAST, "--quiet")
    write("new.csv", "size;n;price\n1,5;5;7\n1,5;5;tbd\n")
    done = run("predict", "table.clearprop", "new.csv", "--json")
    assert done.code == 0, done.err
    assert done.json["notes"][-1] == (
        "The predictions are not scored: new.csv, line 3, column 'price': 'tbd' is not a number."
    )
    assert len(done.json["predictions"]) == 2
    write("new.csv", "size;n;price\n1,5;5;7\n1,5;5;\n")
    half = run("predict", "table.clearprop", "new.csv", "--json")
    assert half.json["figures"]["rows"] == 1
    assert "1 of 2 rows have a target and are scored." in half.json["notes"]


def test_a_target_of_numbers_with_a_word_is_refused_by_its_cell(run):
    write("table.csv", "a,y\n" + "".join(f"{i},{i}.5\n" for i in range(40)) + "40,5O.5\n")
    for task in ((), ("--task", "regression")):
        done = run("train", "table.csv", *task, *FAST)
        assert done.code == 3
        assert "table.csv, line 42: the target 'y' is '5O.5' there" in done.err
        assert "classification" not in done.err
    assert run("train", "table.csv", "--task", "classification", *FAST, "--quiet").code == 0


def test_errors_name_the_test_file(run, table, folder):
    write("test.csv", "age,job,town,member\n30,clerk,Ulm,yes\ninf,clerk,Ulm,no\n")
    done = run("train", table, "--test", "test.csv", *FAST)
    assert done.code == 3
    assert "test.csv, line 3, column 'age': 'inf' is not a finite number" in done.err
    write("test.csv", "aged,job,town,member\n30,clerk,Ulm,yes\n")
    done = run("train", table, "--test", "test.csv", *FAST)
    assert "test.csv: the table has no column 'age'" in done.err


def test_a_wrong_row_is_named_wherever_it_was_put(run):
    rows = [f"{i % 7},{i},{i % 3}.5\n" for i in range(60)]
    for place in range(0, 60, 7):
        lines = [*rows]
        lines[place] = "1,1e999,0.5\n"
        write("table.csv", "a,b,y\n" + "".join(lines))
        done = run("train", "table.csv", *FAST)
        assert f"table.csv, line {place + 2}, column 'b': '1e999' is not a finite" in done.err


def test_control_characters_of_names_never_reach_the_terminal(run, folder):
    bell, turn = "a\x1b[31m\x07", "b\u202e"
    rows = "".join(f"{i % 9},x\x1b[0m{i % 2},{i % 2}\n" for i in range(60))
    write("table.csv", f"{bell},{turn},y\n" + rows)
    done = run("train", "table.csv", *FAST)
    assert done.code == 0, done.err
    told = run("predict", "table.clearprop", "table.csv").out
    explained = run("explain", "table.clearprop", "table.csv").out
    as_json = run("predict", "table.clearprop", "table.csv", "--json").out
    write("new.csv", "y\n1\n")
    refused = run("predict", "table.clearprop", "new.csv").err
    for text in (done.out, told, explained, as_json, refused):
        assert not set("\x1b\x07\u202e") & set(text)
    assert "a\\x1b[31m\\x07" in done.out
    assert "b\\u202e" in refused or "a\\x1b" in refused


def test_an_embedded_set_takes_no_options_of_text(run):
    done = run("train", "iris", "--decimal", ",")
    assert done.code == 3
    assert "iris is not a file: decimal" in done.err
    assert len(load("iris").y) == 150


def test_what_is_said_has_no_control_characters(capsys):
    say("a\x1b[31m\nb\x9b\u202e\u2066 δ")
    say_json({"a\x1b": "b\u202e"})
    told = capsys.readouterr().out
    assert told == 'a\\x1b[31m\nb\\x9b\\u202e\\u2066 δ\n{"a\\u001b": "b\\u202e"}\n'
