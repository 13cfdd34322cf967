"""The worked examples of tables run, and print what docs/table-examples.md shows."""

import re
import runpy
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples" / "tables"
PAGE = ROOT / "docs" / "table-examples.md"
NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?")
QUICK = ("spam", "telco", "titanic", "wine")
TOLERANCE = 0.05
"""Other processors round otherwise, and training carries that on."""


def shown():
    """Return what the page shows for each script."""
    text = PAGE.read_text(encoding="utf-8")
    return dict(
        re.findall(r"```\n\$ python examples/tables/(\w+)\.py DATA\n(.*?)```", text, re.DOTALL)
    )


def test_the_page_shows_every_example():
    assert set(shown()) == {path.stem for path in FOLDER.glob("*.py")} - {"sets"}


@pytest.mark.slow
@pytest.mark.parametrize("name", QUICK)
def test_an_example_prints_what_the_page_shows(real_data, name, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr("sys.argv", [f"{name}.py", str(real_data)])
    runpy.run_path(str(FOLDER / f"{name}.py"), run_name="__main__")
    printed, page = capsys.readouterr().out, shown()[name]
    assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", page).split()
    pairs = zip(NUMBER.findall(printed), NUMBER.findall(page), strict=True)
    for found, told in pairs:
        value, expected = (float(text.replace(",", "")) for text in (found, told))
        assert abs(value - expected) <= TOLERANCE * expected


def test_an_example_without_its_data_says_what_it_wants(monkeypatch, tmp_path):
    monkeypatch.syspath_prepend(str(FOLDER))
    for arguments, message in (([], "use: python"), ([str(tmp_path)], "has no folder telco-churn")):
        monkeypatch.setattr("sys.argv", ["telco.py", *arguments])
        with pytest.raises(SystemExit, match=message):
            runpy.run_path(str(FOLDER / "telco.py"), run_name="__main__")
