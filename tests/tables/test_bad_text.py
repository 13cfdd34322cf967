"""Tables of text as people meet them: each is read rightly and told of, or refused in one sentence.

Every case is a small table of one kind of trouble, with all that is said of it.
"""

import numpy as np
import pytest

from clearprop.files.errors import DataError
from clearprop.tables.findings import findings_in
from clearprop.tables.fit_inputs import read_columns
from clearprop.tables.prepare import columns_in, prepare
from clearprop.tables.settings import TrainSettings

ROWS = 60
ORDER = [7 * i % ROWS + 1 for i in range(ROWS)]
AGE = [43 + 7 * i % 31 for i in range(ROWS)]
SLEEP = [(55 + 7 * i % 29) / 10 for i in range(ROWS)]
PRICE = [round(2.1 * age + 3.3 * sleep, 1) for age, sleep in zip(AGE, SLEEP, strict=True)]
KIND = ["ham" if i * i % 7 > 2 else "spam" for i in range(ROWS)]


def table(head, *columns, sep=",", end="\n"):
    lines = [head, *(sep.join(map(str, cells)) for cells in zip(*columns, strict=True))]
    return end.join(lines) + end


def with_cells(column, cells):
    """Return a column with other cells in some rows."""
    return [cells.get(row, cell) for row, cell in enumerate(column)]


def comma(number):
    return str(number).replace(".", ",")


ROOMS = table("age,sleep,price", AGE, SLEEP, PRICE)
GREATEST = 1.7976931348623157e308
QUOTED = "".join(f'"{line}"\n'.replace(",", '","') for line in ROOMS.split())
SEMICOLONS = "The columns were taken to be separated by semicolons."
CLASSES = (
    "The {} different whole numbers of the target {!r} were taken for classes (--task regression "
    "takes them for quantities)."
)
QUANTITIES = (
    "The {} different whole numbers of the target {!r} were taken for quantities, as they are more "
    "than 20 (--task classification takes them for classes)."
)
MISSING = "Read {} cells as missing (empty, '?' or a word such as NA): {} ({})."
LED = (
    "Read as numbers, though zeros lead some of them: {} ({!r} is {}) (--text COLUMN takes a "
    "column for codes)."
)
SOME_NONE = ["Apnea" if i % 3 else "None" for i in range(ROWS)]
GAPS = {5: "", 20: "", 35: ""}
AIR = [
    *(["01/03/2004", "02.00.00"], ["17/03/2004", "13.00.00"], ["31/03/2004", "19.00.00"]),
]
AIR_ROWS = [
    f"{AIR[i % 3][0]};{AIR[i % 3][1]};{comma(SLEEP[i])};{AGE[i]};{comma(PRICE[i])};;"
    for i in range(ROWS)
]
AIR_NOTES = [
    "Columns 6, 7 have no name and no values and were left out.",
    (
        "Read the commas as decimal points: CO ('5,5' is 5.5), AH ('108,4' is 108.4) (--decimal "
        "says otherwise)."
    ),
]
HEAD = "Date;Time;CO;T;AH;;\n"
TEXT_KEEPS = " (--text COLUMN keeps a column as texts)."


def missing_word(word):
    """Return a table with a word for missing in nine rows, and what is said of it."""
    cells = dict.fromkeys(range(4, 54, 6), word)
    content = table("age,sleep,price", AGE, with_cells(SLEEP, cells), PRICE)
    told = [MISSING.format(9, "sleep", 9)]
    if word:
        told.insert(
            0,
            f"Read words among numbers as missing: sleep ({word!r}: 9 cells, the first in line 6)"
            + TEXT_KEEPS,
        )
    return "w.csv", content, {}, told


READ = {
    "a class that is called None": (
        "sleep.csv",
        table("age,sleep,disorder", AGE, SLEEP, SOME_NONE),
        {},
        [
            (
                "The target 'disorder' holds 'None' (20 rows), read as a class (--missing None "
                "says that it is missing there)."
            )
        ],
    ),
    "a category that is called None": (
        "alcohol.csv",
        table("drinks,sleep,price", SOME_NONE, SLEEP, PRICE),
        {},
        [MISSING.format(20, "drinks", 20)],
    ),
    "columns of a spreadsheet without names": (
        "air-clean.csv", HEAD + "\n".join(AIR_ROWS), {}, [SEMICOLONS, *AIR_NOTES],
    ),
    "rows of a spreadsheet without values": (
        "air.csv",
        HEAD + "\n".join([*AIR_ROWS, *[";;;;;;"] * 9]),
        {},
        [SEMICOLONS, "Left out lines 62, 63, 64, 65, 66 and 4 more (no values).", *AIR_NOTES],
    ),
    "a plain table": ("rooms.csv", ROOMS, {}, []),
    "empty rows at the end": (
        "rooms.csv", ROOMS + ",,\n" * 2, {}, ["Left out lines 62, 63 (no values)."],
    ),
    "a line that names commas": ("comma.csv", "sep=,\n" + ROOMS, {}, []),
    "semicolons": ("semi.csv", ROOMS.replace(",", ";"), {}, [SEMICOLONS]),
    "a line that names semicolons": (
        "semi.csv", "sep=;\n" + ROOMS.replace(",", ";"), {}, [SEMICOLONS],
    ),
    "a line that names semicolons, over two columns": (
        "two.csv", "sep=;\n" + table("sleep;price", SLEEP, PRICE, sep=";"), {}, [SEMICOLONS],
    ),
    "points that separate thousands beside decimal commas": (
        "dots.csv",
        table("size;price", [f"{i}.250" for i in ORDER], map(comma, PRICE), sep=";"),
        {},
        [
            SEMICOLONS,
            (
                "Read the commas as decimal points: price ('108,4' is 108.4) (--decimal says "
                "otherwise)."
            ),
            (
                "Read the commas as decimal points and the points as separators of thousands: size "
                "('1.250' is 1250) (--decimal says otherwise)."
            ),
        ],
    ),
    "three digits after decimal commas that another column proves": (
        "energy.csv",
        table(
            "hour;volume;load",
            [i % 24 for i in range(ROWS)],
            [f"{(-1) ** i * (7 * i % 300 + 1)},000" for i in range(ROWS)],
            map(comma, PRICE),
            sep=";",
        ),
        {},
        [
            SEMICOLONS,
            (
                "Read the commas as decimal points: volume ('1,000' is 1), load ('108,4' is 108.4) "
                "(--decimal says otherwise)."
            ),
        ],
    ),
    "decimal commas of one to three digits": (
        "mixed.csv",
        table("size;price", [comma(f"{age / 16:.3f}") for age in AGE], map(comma, PRICE), sep=";"),
        {},
        [
            SEMICOLONS,
            (
                "Read the commas as decimal points: size ('2,688' is 2.688), price ('108,4' is "
                "108.4) (--decimal says otherwise)."
            ),
        ],
    ),
    "decimal commas that begin with 0": (
        "nought.csv",
        table("p;q;y", [f"0,{age}1" for age in AGE], [f"0,1{age}" for age in AGE], KIND, sep=";"),
        {},
        [
            SEMICOLONS,
            (
                "Read the commas as decimal points: p ('0,431' is 0.431), q ('0,143' is 0.143) "
                "(--decimal says otherwise)."
            ),
        ],
    ),
    "decimal commas in quotes": (
        "quoted.csv",
        table("p,y", [f'"{comma(sleep)}"' for sleep in SLEEP], KIND),
        {},
        ["Read the commas as decimal points: p ('5,5' is 5.5) (--decimal says otherwise)."],
    ),
    "currency, percent and thousands": (
        "features.csv",
        table(
            "income,rate,area,y",
            [f'"${age},139.50"' for age in AGE],
            [f"{sleep}0%" for sleep in SLEEP],
            [f'"{age},448"' for age in AGE],
            PRICE,
        ),
        {},
        [
            (
                "Read the commas as separators of thousands and without '$': income ('$43,139.50' "
                "is 43139.5) (--decimal says otherwise)."
            ),
            "Read without '%': rate ('5.50%' is 5.5) (--text COLUMN says otherwise).",
            (
                "Read the commas as separators of thousands: area ('43,448' is 43448) (--decimal "
                "says otherwise)."
            ),
        ],
    ),
    "thousands in the target": (
        "target.csv",
        table("age,sleep,price", AGE, SLEEP, [f'"{price:.0f},139"' for price in PRICE]),
        {},
        [
            (
                "Read the commas as separators of thousands: price ('108,139' is 108139) "
                "(--decimal says otherwise)."
            ),
        ],
    ),
    "a byte order mark": ("bom.csv", "\ufeff" + table("Größe,y", AGE, KIND), {}, []),
    "another encoding, told": (
        "cp1252.csv", table("Größe,y", AGE, KIND).encode("cp1252"), {"encoding": "cp1252"}, [],
    ),
    "a spreadsheet's Unicode text": (
        "excel.txt",
        table("Größe\ty", AGE, KIND, sep="\t").encode("utf-16"),
        {},
        [
            "The file was read as UTF-16, by its byte order mark.",
            "The columns were taken to be separated by tabs.",
        ],
    ),
    "comments between the rows": (
        "inside.csv", ROOMS + "# so far\n", {}, ["Left out line 62 (comments, after #)."],
    ),
    "comments above the header": (
        "planets.csv",
        "# made by an archive\n# COLUMN age: days\n" + ROOMS,
        {},
        ["The first 2 lines begin with # and were left out as a comment."],
    ),
    "a row of units": (
        "units.csv",
        ROOMS.replace("price\n", "price\ndays,earths,kg\n", 1),
        {},
        ["Left out line 2 (units, over numbers)."],
    ),
    "the header once more": (
        "again.csv", ROOMS * 2, {}, ["Left out line 62 (the header once more)."],
    ),
    "names with blanks": ("flows.csv", table(" Flow Bytes/s, Label", SLEEP, KIND), {}, []),
    "many whole numbers as classes": (
        "letters.csv",
        table("label,p0", [i % 26 for i in range(ROWS)], SLEEP),
        {"target": "label"},
        [QUANTITIES.format(26, "label")],
    ),
    "few whole numbers": (
        "letters.csv",
        table("p0,p3", SLEEP, [i % 7 for i in range(ROWS)]),
        {},
        [CLASSES.format(7, "p3")],
    ),
    "row numbers without a name": (
        "index.csv",
        table(",a,species", range(ROWS), SLEEP, KIND),
        {},
        ["The first column has no name, so it was taken to name rows and left out."],
    ),
    "row numbers": (
        "iris.csv",
        table("Id,a,species", range(1, ROWS + 1), SLEEP, KIND),
        {},
        [
            (
                "Id counts the rows, and is used; where the rows are sorted it can give the "
                "target away (--ignore Id, or ignore=['Id'] in Python, leaves it out)."
            )
        ],
    ),
    "row numbers that pandas named": (
        "unnamed.csv",
        table("Unnamed: 0,a,species", range(ROWS), SLEEP, KIND),
        {},
        [
            (
                "Unnamed: 0 counts the rows, and is used; where the rows are sorted it can "
                "give the target away (--ignore 'Unnamed: 0', or ignore=['Unnamed: 0'] "
                "in Python, leaves it out)."
            )
        ],
    ),
    "two columns of one name": (
        "flows.csv",
        table("port,length,total,length,y", AGE, PRICE, SLEEP, PRICE, KIND),
        {},
        [
            "More than one column is called 'length' (column 4, now 'length.1').",
            "left out as a copy: length.1",
        ],
    ),
    "one answer in several spellings": (
        "answers.csv",
        table("a,answer", AGE, [("No", "yes ", " YES", "no")[i % 4] for i in range(ROWS)]),
        {},
        [
            (
                "answer: 'YES', 'yes' and 'No', 'no' differ only in capitals and blanks; if they "
                "mean the same, write them the same."
            )
        ],
    ),
    **{
        f"{word or 'nothing'} among numbers": missing_word(word)
        for word in ["-", ".", "missing", "#DIV/0!", "n.a.", "none", ""]
    },
    "a dash in few rows": (
        "few.csv",
        table("age,sleep,price", AGE, with_cells(SLEEP, dict.fromkeys((4, 9, 14), "-")), PRICE),
        {},
        [
            "Read words among numbers as missing: sleep ('-': 3 cells, the first in line 6)"
            + TEXT_KEEPS,
            MISSING.format(3, "sleep", 3),
        ],
    ),
    "numbers of twenty digits": (
        "ids.csv",
        table("id,a,y", [12345678901234567000 + 10**12 * (i % 9) for i in range(ROWS)], AGE, KIND),
        {},
        [],
    ),
    "labels of sixteen digits": (
        "labels.csv",
        table("a,y", AGE, [2**53 + i % 2 for i in range(ROWS)]),
        {},
        [CLASSES.format(2, "y")],
    ),
    "labels of more digits than a number keeps": (
        "labels22.csv",
        table("a,y", AGE, [9007199254740993000001 + i % 2 for i in range(ROWS)]),
        {},
        [
            (
                "The target 'y' holds whole numbers of more digits than a number keeps, so they "
                "were read as classes."
            )
        ],
    ),
    "days of another order": (
        "days.csv",
        table("day,distance,fare", [f"{i % 28 + 1:02}/03/2024" for i in range(ROWS)], SLEEP, PRICE),
        {},
        [],
    ),
    "days that could be months": (
        "days.csv",
        table("day,distance,fare", [f"{i % 12 + 1:02}/03/2024" for i in range(ROWS)], SLEEP, PRICE),
        {},
        [
            (
                "Day and month could be swapped: day ('01/03/2024' is 03 January 2024) "
                "(--day-first or --month-first says which)."
            )
        ],
    ),
    "moments": (
        "trips.csv",
        table(
            "pickup,distance,fare",
            [f"2024-{i % 12 + 1:02}-10 {i % 24:02}:00:00" for i in range(ROWS)],
            SLEEP,
            PRICE,
        ),
        {},
        [],
    ),
    "inches": (
        "inch.csv",
        table("size,note,price", AGE, ['5" pipe', '6" pipe'] * 30, PRICE),
        {},
        [],
    ),
    "line ends in quotes": (
        "newline.csv",
        table("size,note,price", AGE, [f'"first\nsecond {i % 3}"' for i in range(ROWS)], PRICE),
        {},
        [],
    ),
    "decimal commas between semicolons": (
        "train.csv",
        table("size;price", map(comma, SLEEP), map(comma, PRICE), sep=";"),
        {},
        [
            SEMICOLONS,
            (
                "Read the commas as decimal points: size ('5,5' is 5.5), price ('108,4' is 108.4) "
                "(--decimal says otherwise)."
            ),
        ],
    ),
    "letters without a header": (
        "votes.data",
        "".join(f"{'dem' if i % 3 else 'rep'},{'yn?'[i % 3]},{'ny'[i % 2]}\n" for i in range(ROWS)),
        {},
        [
            (
                "The first row (rep, y, n) holds words that are values in the rows below, so it "
                "was read as values and the columns were named x1 to x3 (--header, or header=True "
                "in Python, reads it as names)."
            ),
            MISSING.format(20, "x2", 20),
        ],
    ),
    "a true minus": ("minus.csv", table("x,y", [f"−{sleep}" for sleep in SLEEP], PRICE), {}, []),
    "narrow blanks": (
        "narrow.csv",
        table("x;y", [f"{age}\u202f877" for age in AGE], PRICE, sep=";"),
        {},
        [
            SEMICOLONS,
            (
                "Read the blanks as separators of thousands: x ('43\\u202f877' is 43877) (--text "
                "COLUMN says otherwise)."
            ),
        ],
    ),
    "blanks and decimal commas": (
        "space.csv",
        table("x;y", [f"{age} 090,5" for age in AGE], PRICE, sep=";"),
        {},
        [
            SEMICOLONS,
            (
                "Read the commas as decimal points and the blanks as separators of thousands: x "
                "('43 090,5' is 43090.5) (--decimal says otherwise)."
            ),
        ],
    ),
    "units in the cells": (
        "units.csv",
        table("x,y", [f"{sleep} cm" for sleep in SLEEP], PRICE),
        {},
        ["Read without 'cm': x ('5.5 cm' is 5.5) (--text COLUMN says otherwise)."],
    ),
    "every cell in quotes": (
        "quoted.csv", QUOTED,
        {}, [],
    ),
    "returns for line ends": ("cr.csv", ROOMS.replace("\n", "\r"), {}, []),
    "two returns and a line end": ("crcrlf.csv", ROOMS.replace("\n", "\r\r\n"), {}, []),
    "a Ctrl-Z at the end": ("ctrl-z.csv", ROOMS + "\x1a", {}, []),
    "labels with a fraction of 0": (
        "float.csv", table("age,k", AGE, [float(i % 2) for i in range(ROWS)]), {},
        [CLASSES.format(2, "k")],
    ),
    "labels with a nought before them": (
        "nought.csv", table("age,k", AGE, [f"0{i % 2 + 1}" for i in range(ROWS)]), {},
        [LED.format("k", "01", 1), CLASSES.format(2, "k")],
    ),
    "codes of digits": (
        "zip.csv", table("zip,age,k", ["00501", "02134", "90210"] * 20, AGE, KIND), {},
        [LED.format("zip", "00501", 501)],
    ),
    "codes that look like powers of ten, told to be texts": (
        "hashes.csv",
        table("code,age,k", ["1e5", "100000", "3e400"] * 20, AGE, KIND),
        {"text": ["code"]},
        [],
    ),
    "a number that stands for missing": (
        "m999.csv", table("a,b,y", AGE, with_cells(SLEEP, {1: -999}), PRICE), {}, [],
    ),
    "the greatest number for missing": (
        "max.csv", table("a,b,y", AGE, with_cells(SLEEP, {1: GREATEST}), PRICE), {}, [],
    ),
    "truth in several spellings, with gaps": (
        "mixed.csv",
        table("flag,age,out", ["TRUE", "False", "", "true"] * 15, AGE, ["T", "F"] * 30),
        {},
        [
            MISSING.format(15, "flag", 15),
        ],
    ),
    "truth as the target": ("target.csv", table("age,out", AGE, ["TRUE", "FALSE"] * 30), {}, []),
    "a thousand classes": (
        "t.csv",
        table("a,b,k", [i % 40 for i in range(2000)], [i % 7 for i in range(2000)],
              [f"c{i % 1000:04}" for i in range(2000)]),
        {},
        [],
    ),
}  # fmt: skip


def told_of(path, options):
    """Return what is told before training, and of the columns."""
    options = dict(options)
    prepared = prepare(
        TrainSettings(str(path), options.pop("target", None), test_fraction=0, reading=options)
    )
    columns = columns_in(prepared.train.inputs)
    findings = findings_in(columns, prepared.train.y, prepared.task)
    read = read_columns(columns, len(prepared.train))
    copies = [f"left out as a copy: {n}" for n, one in read.items() if one.why == ("copy",)]
    return prepared, [*prepared.notes, *map(str, findings), *copies]


@pytest.mark.parametrize("case", READ)
def test_a_table_is_read_and_told_of(tmp_path, case):
    name, content, options, notes = READ[case]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    prepared, told = told_of(path, options)
    assert told == notes
    rows = 2000 if name == "t.csv" else 2 * ROWS if name == "again.csv" else ROWS
    assert len(prepared.train) == rows


INFINITE = "is not a finite number: correct it, or leave the cell empty where it is unknown."
ESCAPED = '"a \\"good\\" one"'
REFUSED = {
    "another encoding": (
        "cp1252.csv",
        table("Größe,y", AGE, KIND).encode("cp1252"),
        (
            "cp1252.csv, line 1: not utf-8 text (byte 0xf6). Save the file as UTF-8, or say which "
            "encoding it has, such as --encoding cp1252 (encoding='cp1252' in Python)."
        ),
    ),
    "a stray cell beyond the header": (
        "spam.csv",
        table("v1,v2,", AGE, KIND, with_cells([""] * ROWS, {40: " ok"})),
        (
            "spam.csv, line 42: 'ok' stands in column 3, which has no name: take it away, or name "
            "the column."
        ),
    ),
    "an infinite number in the fourth row": (
        "at4.csv",
        table("a,b,y", AGE, with_cells(SLEEP, {4: "inf"}), PRICE),
        f"at4.csv, line 6, column 'b': 'inf' {INFINITE}",
    ),
    "a word for infinity": (
        "flows.csv",
        table("Flow Bytes/s,Label", with_cells(SLEEP, {5: "Infinity", 30: "-Infinity"}), KIND),
        f"flows.csv, line 7, column 'Flow Bytes/s': 'Infinity' {INFINITE}",
    ),
    "a number that overflows": (
        "overflow.csv",
        table("a,b,y", AGE, with_cells(SLEEP, {9: "1e400"}), PRICE),
        f"overflow.csv, line 11, column 'b': '1e400' {INFINITE}",
    ),
    "an infinite target": (
        "y.csv",
        table("a,y", AGE, with_cells(PRICE, {1: "Infinity"})),
        "y.csv: the target 'y' is infinite in line 3 ('Infinity').",
    ),
    "codes that look like powers of ten": (
        "hashes.csv",
        table("code,age,k", ["1e5", "100000", "3e400"] * 20, AGE, KIND),
        f"hashes.csv, line 4, column 'code': '3e400' {INFINITE}",
    ),
    "labels that are missing": (
        "part.csv",
        table("age,label", AGE, with_cells(KIND, GAPS)),
        (
            "part.csv: the target 'label' is missing in 3 rows (lines 7, 22, 37). Leave these rows "
            "out, or name another target."
        ),
    ),
    "dates as the target": (
        "target.csv",
        table("distance,day", SLEEP, [f"2024-03-{i % 28 + 1:02}" for i in range(ROWS)]),
        (
            "target.csv: the target 'day' holds dates, neither numbers nor classes. Name another "
            "target, or make numbers of the dates."
        ),
    ),
    "quotes after backslashes": (
        "escaped.csv",
        table("size,note,price", AGE, [ESCAPED] * ROWS, PRICE),
        (
            "escaped.csv, line 2: the quotes in this row do not match (',' expected after '\"'); a "
            'quote inside a quoted cell is written twice, as "". If quotes are part of the cells, '
            "--quote none (quote='none' in Python) reads them as they stand."
        ),
    ),
    "a comma at the end of each row": (
        "rows.csv",
        ROOMS.replace("\n", ",\n").replace(",\n", "\n", 1),
        (
            "rows.csv, line 2: 4 cells, where line 1 has 3. So has every row below: name the first "
            "column if it names the rows, or take the separators at the ends of the rows away."
        ),
    ),
    "sparse text": (
        "svmlight.txt",
        "".join(f"{'-+'[i % 2]}1 1:{AGE[i]}{' 2:7.1' * (i % 3 > 0)}\n" for i in range(ROWS)),
        (
            "svmlight.txt has 1 column (-1 1:43); training needs a target and at least one input. "
            "--separator says what stands between columns."
        ),
    ),
    "one column": (
        "one.csv",
        table("size", map(comma, SLEEP)),
        (
            "one.csv has 1 column (size); training needs a target and at least one input. "
            "--separator says what stands between columns."
        ),
    ),
    "one class": (
        "one.csv",
        table("a,kind", AGE, ["tbd"] * ROWS),
        "one.csv: the target kind is tbd in every row.",
    ),
    "one number": (
        "one.csv",
        table("a,y", AGE, [5.5] * ROWS),
        "one.csv: the target y is 5.5 in every row: there is nothing to learn.",
    ),
    "one row": ("one.csv", "age,k\n57,p\n", "one.csv: the target k is p in every row."),
    "a word in a target of numbers": (
        "word.csv",
        table("age,price", AGE, with_cells(PRICE, {1: "bad 1"})),
        (
            "word.csv, line 3: the target 'price' is 'bad 1' there, and a number nearly everywhere "
            "else. Correct the cell, or leave the row out."
        ),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_table_is_refused_in_one_sentence(tmp_path, case):
    name, content, message = REFUSED[case]
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(DataError) as caught:
        told_of(path, {})
    assert str(caught.value) == message


def test_the_values_are_those_that_were_meant(tmp_path):
    def column(case, name):
        file, content, options, _ = READ[case]
        path = tmp_path / file
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        prepared = told_of(path, options)[0]
        return prepared.train.y if name == "y" else prepared.train.inputs[name].to_numpy()

    np.testing.assert_array_equal(column("a true minus", "x"), -np.array(SLEEP))
    np.testing.assert_array_equal(column("decimal commas in quotes", "p"), SLEEP)
    assert column("narrow blanks", "x")[0] == 43877
    assert column("blanks and decimal commas", "x")[0] == 43090.5
    assert column("currency, percent and thousands", "income")[0] == 43139.5
    assert column("points that separate thousands beside decimal commas", "size")[0] == 1250
    assert column("inches", "note")[0] == '5" pipe'
    assert set(column("labels of more digits than a number keeps", "y")) == {
        "9007199254740993000001", "9007199254740993000002",
    }  # fmt: skip
    assert np.unique(column("labels of sixteen digits", "y")).size == 2
    assert set(column("codes of digits", "zip")) == {501, 2134, 90210}
