"""The example scripts run, and print the chapter's numbers."""

import runpy
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples" / "chapter"
SAYS = {
    "1_mountain.py": "at rest in a local minimum at −1 after",
    "2_error.py": "-0.0799999999",
    "3_shares.py": "[0.0369 0.0246 0.0062 0.0123]",
    "4_matrices.py": "who.T @ e         [0.052 0.044 0.016 0.02 ]",
    "5_slope.py": "gradients are right: 20 compared",
    "6_course.py": "raw error through updated weights              this is what yours does",
    "7_rules.py": "feedback alignment: loss 0.2837 → 0.04544",
    "errata.py": "it sums to 1.286",
}


def test_every_example_is_run_here():
    assert {path.name for path in FOLDER.glob("*.py")} == set(SAYS)


@pytest.mark.parametrize("name", SAYS)
def test_example_runs_and_says(name, capsys):
    runpy.run_path(str(FOLDER / name), run_name="__main__")
    assert SAYS[name] in " ".join(capsys.readouterr().out.split("\n"))
