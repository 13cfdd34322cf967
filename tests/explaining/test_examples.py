"""The example programs of learners run, and print what the check says."""

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "check"
SAYS = {
    "1_class.py": "cause: raw error sent back\n",
    "2_lists.py": "right: all 4 quantities given\n",
    "3_functions.py": "cause: bias summed, not averaged in dense2\n",
}


def test_every_example_is_run_here():
    assert {path.name for path in FOLDER.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_example_runs_and_says(name, capsys):
    runpy.run_path(str(FOLDER / name), run_name="__main__")
    assert SAYS[name] in capsys.readouterr().out
