"""How cells are written."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearprop.data.cells import MISSING_WORDS, is_number, plain, plain_number


@pytest.mark.parametrize("cell", ["1", "-1", "+1.5", ".5", "5.", " 7 ", "1e5", "1.5E-3", "007"])
def test_numbers_are_recognised(cell):
    assert is_number(cell)


@pytest.mark.parametrize("cell", ["", "?", "1,5", "1_000", "nan", "inf", "0x10", "1 2", "a1", "٣"])
def test_other_cells_are_not_numbers(cell):
    assert not is_number(cell)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_has_one_text_however_it_is_written(number):
    assert plain(repr(number)) == plain_number(number) == plain(f"{number:.17e}")
    assert float(plain_number(number)) == number


@given(st.integers(0, 99) | st.integers(10**17, 10**30), st.integers(0, 5))
def test_leading_zeros_do_not_count(number, zeros):
    assert plain("0" * zeros + str(number)) == str(number)


@pytest.mark.parametrize("word", ["true", "TRUE", "True"])
def test_truth_has_one_text(word):
    assert plain(word) == str(np.bool_(True))


def test_other_texts_stay_as_they_are():
    assert [plain(text) for text in ["", "Yes", "v1.0", "T"]] == ["", "Yes", "v1.0", "T"]


def test_the_missing_words_are_those_of_pandas_and_the_question_mark():
    import io

    import pandas as pd

    words = sorted(MISSING_WORDS - {"?"})
    frame = pd.read_csv(io.StringIO("a,b\n" + "".join(f"x,{word}\n" for word in words)))
    assert frame["b"].isna().all()
