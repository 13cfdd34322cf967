"""The table of mutants fits the tree."""

from pathlib import Path

import pytest

from tests.mutants.run import mutated
from tests.mutants.table import MUTANTS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.note)
def test_what_a_mutant_changes_occurs_once_in_its_file_and_its_tests_are_there(mutant):
    text = (ROOT / mutant.file).read_text(encoding="utf-8")
    assert mutated(text, mutant) != text
    for test in mutant.tests.split():
        assert (ROOT / test.partition("::")[0]).exists(), test


def test_an_old_text_that_is_not_there_or_there_twice_is_an_error():
    for text in ("", MUTANTS[0].old * 2):
        with pytest.raises(ValueError, match=r"must occur once, occurs [02] times"):
            mutated(text, MUTANTS[0])


def test_no_mutant_is_told_twice():
    assert len({mutant.note for mutant in MUTANTS}) == len(MUTANTS)
