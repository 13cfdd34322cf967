"""One name for a data set, wherever it is."""

import pytest

from clearprop.data import DataError, open_dataset, open_inputs, resolve

CSV = "a,b\n1,0\n2,1\n3,0\n4,1\n"
SETS = "The embedded data sets are digits, iris, wine, breast-cancer, diabetes."


def test_an_embedded_name_a_path_and_a_text_path_are_opened(write):
    assert open_dataset("iris").name == "iris"
    path = write("my.csv", CSV)
    assert open_dataset(path).target_name == "b"
    assert open_dataset(str(path), "a").target_name == "a"
    assert open_dataset(path, columns=["u", "v"], header=True).target_name == "v"


def test_an_embedded_name_comes_before_a_file_of_that_name(write, monkeypatch):
    path = write("iris", CSV)
    monkeypatch.chdir(path.parent)
    assert len(open_dataset("iris").y) == 150
    assert len(open_dataset("./iris").y) == 4


def test_inputs_keep_every_column(write):
    path = write("my.csv", CSV)
    assert open_inputs(path).feature_names == ("a", "b")
    assert open_inputs(path, header=False).feature_names == ("x1", "x2")
    assert open_inputs("wine").X.shape == (178, 13)


@pytest.mark.parametrize(
    ("source", "arguments"),
    [
        ("openml:adult", ("adult", "active")),
        ("openml:adult@2", ("adult", 2)),
        ("openml:61", ("61", "active")),
    ],
)
def test_an_openml_name_is_taken_apart(monkeypatch, source, arguments):
    seen = []
    monkeypatch.setattr(
        resolve,
        "fetch_openml",
        lambda name, version, *, target: seen.append((name, version, target)),
    )
    open_dataset(source, "class")
    assert seen == [(*arguments, "class")]


@pytest.mark.parametrize("source", ["openml:", "openml:@1", "openml:adult@", "openml:adult@new"])
def test_a_malformed_openml_name_is_refused(source):
    with pytest.raises(DataError) as caught:
        open_dataset(source)
    assert str(caught.value) == (
        f"'{source}' is not of the form openml:NAME or openml:NAME@VERSION."
    )


@pytest.mark.parametrize("opener", [open_dataset, open_inputs])
@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("digit", " Did you mean 'digits'?"),
        ("digits.csv", " Did you mean 'digits'?"),
        ("mu.csv", " Did you mean 'my.csv'?"),
        ("other/thing.csv", ""),
    ],
)
def test_a_missing_file_suggests_what_may_be_meant(write, monkeypatch, opener, source, hint):
    monkeypatch.chdir(write("my.csv", CSV).parent)
    with pytest.raises(FileNotFoundError) as caught:
        opener(source)
    assert str(caught.value) == f"there is no file '{source}'.{hint} {SETS}"


def test_an_embedded_set_keeps_its_target():
    assert open_dataset("iris", "species").target_name == "species"
    with pytest.raises(DataError) as caught:
        open_dataset("iris", "petal length")
    assert str(caught.value) == (
        "the target of iris is species; another can be chosen in files and OpenML sets only."
    )


@pytest.mark.parametrize("source", ["iris", "openml:adult"])
def test_text_options_need_a_file(source):
    with pytest.raises(DataError) as caught:
        open_dataset(source, header=True, encoding="utf-8")
    assert str(caught.value) == f"{source} is not a file: header, encoding are for text files."
