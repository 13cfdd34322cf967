"""Tables as text: aligned, within the width there is, nothing lost without a word."""

import numpy as np
import pytest

from clearprop.cli.show import class_table, in_column, number_table, shortened
from clearprop.estimators.scores import ClassFigures, NumberFigures


def figures(classes, label=str, rows=400):
    rng = np.random.default_rng(0)
    true = rng.integers(classes, size=rows)
    predicted = np.where(rng.random(rows) < 0.8, true, rng.integers(classes, size=rows))
    return ClassFigures.of(true, predicted, [label(i) for i in range(classes)], 0)


def fits(lines, width):
    return max(map(len, lines)) <= width


def ends(line, width):
    """Return where the cells of a line end."""
    padded = line.ljust(width) + " "
    return {i for i in range(width) if padded[i] != " " and padded[i + 1] == " "}


def test_the_matrix_stands_beside_the_classes_with_every_column_aligned():
    head, *rows = class_table(figures(4), "digit", 120)
    assert len(rows) == 4
    numbers = ends(head, 120) - {4, head.index("predicted") + 8}
    assert len(numbers) == 3 + 4
    assert all(numbers <= ends(row, 120) for row in rows)


@pytest.mark.parametrize(("classes", "width"), [(10, 80), (10, 120), (26, 120), (3, 60)])
def test_tables_fit_the_width_and_hold_every_count(classes, width):
    found = figures(classes, lambda i: chr(65 + i))
    lines = class_table(found, "letter", width)
    assert fits(lines, width)
    text = "\n".join(lines)
    matrix = text[text.index("predicted") :] if classes == 26 else text
    for name in found.names:
        assert f"\n{name} " in text
    assert sum(cell == "·" for cell in matrix.split()) == (found.matrix == 0).sum()


def test_long_names_give_way_to_numbers():
    found = figures(6, lambda i: f"a rather long name {i}")
    lines = class_table(found, "kind", 100)
    assert fits(lines, 100)
    assert lines[0].split()[-6:] == ["1", "2", "3", "4", "5", "6"]
    assert lines[3].startswith("3 a rather long name 2")


def test_a_matrix_with_no_room_gives_its_largest_entries():
    found = figures(26, lambda i: chr(65 + i), rows=20_000)
    lines = class_table(found, "letter", 80)
    start = lines.index("most often taken for another:")
    wrong = found.matrix - np.diag(np.diag(found.matrix))
    first = lines[start + 1].split()
    assert int(first[-1]) == wrong.max() == wrong[ord(first[0]) - 65, ord(first[2]) - 65]
    assert len(lines) == start + 11


def test_very_many_classes_show_the_weakest_and_say_so():
    found = figures(60, rows=6000)
    lines = class_table(found, "kind", 100)
    assert "(the 20 of 60 classes with the lowest recall)" in lines
    shown = [float(line.split()[2]) for line in lines[1:21]]
    assert max(shown) == pytest.approx(np.sort(found.recall)[19], abs=5.1e-4)


def test_classes_that_are_never_said_or_never_there_have_a_dash():
    found = ClassFigures.of(np.array([0, 0, 1]), np.array([0, 0, 0]), ["a", "b", "c"], 0)
    lines = class_table(found, "kind", 100)
    assert lines[1].split()[:4] == ["a", "0.67", "1.00", "2"]
    assert lines[2].split()[:4] == ["b", "–", "0.00", "1"]
    assert lines[3].split()[:4] == ["c", "–", "–", "0"]


def test_numbers_stand_under_each_other():
    true = np.array([1200.0, 15.0, 800.0])
    lines = number_table(NumberFigures.of(true, true * 0.9, 700.0), "price in euros")
    assert lines[0].split() == ["R²", "RMSE", "MAE"]
    assert all(ends(lines[0], 80) <= ends(line, 80) for line in lines[1:])
    assert lines[1].endswith("  price in euros")


def test_numbers_of_one_column_share_their_decimals():
    assert in_column([1234.6, 7.25]) == ["1,235", "    7"]
    assert in_column([0.5, 0.25]) == ["0.5000", "0.2500"]
    assert in_column([float("nan"), 10.0]) == ["    –", "10.00"]
    assert in_column([]) == []


def test_labels_are_one_short_line():
    assert shortened("a\nb") == "a b"
    assert shortened("x" * 30) == "x" * 23 + "…"
    assert shortened("") == "''"
