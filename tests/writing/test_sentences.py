"""The words that messages are made of."""

import sys

import pytest

from clearprop.data.optional import require
from clearprop.files.errors import DataError
from clearprop.writing.sentences import count, listed, quoted, suggestion


def test_a_data_error_is_a_value_error():
    assert issubclass(DataError, ValueError)


def test_a_list_is_cut_only_when_it_is_longer_than_its_limit():
    assert listed("abc", limit=3) == "a, b, c"
    assert listed("abcd", limit=3) == "a, b, c and 1 more"


def test_quotes_show_a_text_that_would_look_empty():
    assert quoted(["", "a b"]) == "'', 'a b'"


@pytest.mark.parametrize(("number", "text"), [(0, "0 rows"), (1, "1 row"), (2, "2 rows")])
def test_a_noun_follows_its_number(number, text):
    assert count(number, "row") == text


def test_a_suggestion_ignores_case_and_keeps_silent_about_what_is_far():
    assert suggestion("AGE", ["Age", "sex"]) == " Did you mean 'Age'?"
    assert suggestion("zzz", ["Age", "sex"]) == ""


def test_a_missing_package_is_named_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ModuleNotFoundError) as caught:
        require("pandas", "reading a table")
    assert str(caught.value) == "reading a table needs pandas: pip install 'clearprop[cli]'"
    assert caught.value.name == "pandas"


def test_an_installed_package_is_no_error():
    require("numpy", "reading a table")
