"""The numbers and the short phrases of the report's sentences."""

import re

import pytest

from tests.node import Program


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    modules = {name: f"report/{name}" for name in ("words", "ticks")}
    modules |= {name: name for name in ("numbers", "check")}
    return Program(tmp_path_factory.mktemp("words"), modules)


CASES = {
    "duration": {
        0: "0.0 s",
        0.04: "less than 0.1 s",
        0.06: "0.1 s",
        9.94: "9.9 s",
        9.96: "10 s",
        59.4: "59 s",
        59.7: "1 min 0 s",
        119.4: "1 min 59 s",
        119.6: "2 min 0 s",
        3599.4: "59 min 59 s",
        3599.6: "1 h 0 min",
        7169: "1 h 59 min",
        7199.9: "2 h 0 min",
        90000: "25 h 0 min",
    },
    "percent": {
        0: "0 %",
        0.00004: "<0.01 %",
        0.00006: "0.01 %",
        0.000997: "0.1 %",
        0.0312: "3.1 %",
        0.0996: "10 %",
        0.5: "50 %",
        0.9904: "99.0 %",
        0.9994: "99.94 %",
        0.99994: "99.99 %",
        0.99996: ">99.99 %",
        1: "100 %",
    },
    "ratio": {
        "NaN": "–",
        -1.5: "−1.5000",
        -0.00004: ">−0.0001",
        0: "0.0000",
        0.00004: "<0.0001",
        0.00006: "0.0001",
        0.97331: "0.9733",
        0.99994: "0.9999",
        0.99996: ">0.9999",
        1: "1.0000",
    },
    "quantity": {
        0.99998: "1",
        12.3456: "12.35",
        999.94: "999.9",
        999.96: "1,000",
        -999.96: "−1,000",
        1234567.8: "1,234,568",
        "-Infinity": "−∞",
    },
}


@pytest.mark.parametrize("name", CASES)
def test_numbers_in_words(program, name):
    found = program.call(f"words.{name}", *((value,) for value in CASES[name]))
    assert dict(zip(CASES[name], found, strict=True)) == CASES[name]


def test_a_share_is_0_or_100_percent_only_where_it_is_exactly_that(program):
    parts = [(of - missed, of) for of in (1, 30, 1797, 20_001, 10**6) for missed in (0, 1, of)]
    told = program.call("words.percent", *((some / of,) for some, of in parts))
    for (some, of), text in zip(parts, told, strict=True):
        assert (text == "100 %") == (some == of)
        assert (text == "0 %") == (some == 0)


def test_a_duration_has_no_60_seconds_and_no_60_minutes(program):
    seconds = [place / 10 for place in range(0, 75_000, 7)]
    for text in program.call("words.duration", *((each,) for each in seconds)):
        assert not re.search(r"\b60 ", text), text


def test_a_duration_is_off_by_half_its_last_unit_at_most(program):
    units = {"h": 3600, "min": 60, "s": 1}
    seconds = [place / 10 for place in range(1, 75_000, 7)]
    told = program.call("words.duration", *((each,) for each in seconds))
    for text, wanted in zip(told, seconds, strict=True):
        parts = re.findall(r"([\d.]+) (h|min|s)", text)
        found = sum(float(number) * units[unit] for number, unit in parts)
        last = 0.1 if "." in text else units[parts[-1][1]]
        assert abs(found - wanted) <= last / 2 + 1e-9, (text, wanted)


COMPARED = {
    3: ": your value is 3 times the recorded one",
    2.00001: ": your value is about 2 times the recorded one",
    -0.5: ": your value is −0.5 times the recorded one",
    1.00002: ": close, but not all the typed digits are right",
    0.99997: ": close, but not all the typed digits are right",
    1e-9: "",
}


def test_a_wrong_value_is_compared_with_the_right_one(program):
    found = program.call("check.comparison", *((factor,) for factor in COMPARED))
    assert dict(zip(COMPARED, found, strict=True)) == COMPARED


def test_the_end_of_a_scale_is_marked_where_it_is_rounded_to_a_whole_number(program):
    found = program.call("numbers.scaleEnd", (0.98741,), (0.99998,), (1,))
    assert found == ["±0.9874", "≈ ±1", "±1"]


def test_how_many(program):
    found = program.call("words.many", (1, "row"), (0, "row"), (1234, "row"))
    assert found == ["1 row", "0 rows", "1,234 rows"]


def test_a_name_is_a_label_of_letters(program):
    asked = [("  two\n words "), ("  "), ("x" * 30), ("𝒳" * 30)]
    found = program.call("words.label", *((name,) for name in asked))
    assert found == ["two words", "(empty)", "x" * 23 + "…", "𝒳" * 23 + "…"]


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (0.123451, 0.123459), (1_000_000.1, 1_000_000.9), (-3, 20_000)]
)
def test_no_two_ticks_of_an_axis_have_one_label(program, low, high):
    (ticks,) = program.call("ticks.linear", (low, high, 4))
    labels = program.call("ticks.tickLabel", *((tick,) for tick in ticks))
    assert len(set(labels)) == len(labels) >= 3
    assert [float(re.sub(",", "", label).replace("−", "-")) for label in labels] == ticks


TYPED = {
    "(0.4512-1)/6": (0.4512 - 1) / 6,
    "1,5": 1.5,
    "−.09": -0.09,
    " +3 ": 3,
    "2·(3 − 1)": 4,
    "-(1/4)*8": -2,
    "1e-3/2": 0.0005,
    "2-3-4": -5,
    "8/2/2": 2,
    "1 2 +": None,
    "--": None,
    "2x": None,
    "alert(1)": None,
    "0.5 0.5": None,
    "1/0": None,
    "many": None,
    "(1": None,
    "": None,
}


def test_a_number_may_be_typed_as_arithmetic(program):
    found = program.call("numbers.typed", *((text,) for text in TYPED))
    assert dict(zip(TYPED, found, strict=True)) == pytest.approx(TYPED, nan_ok=True)
