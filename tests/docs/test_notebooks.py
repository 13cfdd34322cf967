"""The chapter's notebooks are those of their sources, run, and judge their exercises."""

import contextlib
import importlib.util
import io
import json
from pathlib import Path

import pytest

from clearprop import chapter

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"
NAMES = [path.stem for path in sorted(FOLDER.glob("*.ipynb"))]
TURN = "# your turn"

SOLUTIONS = {
    "1_mountain": "def slope(x):\n    return 4 * x**3 - 6 * x + 1",
    "2_error": 'answers = {1: "0.08**2 / 2", 2: "0.5**2 / 2", 3: 0.0641, 4: -0.04, 5: 0.25}',
    "3_shares": "mine = [[-0.048, -0.032, -0.008, -0.016]]",
    "4_matrices": (
        "def hidden_errors(who, e):\n"
        "    units = range(who.shape[1])\n"
        "    return np.array([sum(who[j, i] * e[j] for j in range(2)) for i in units])"
    ),
    "5_slope": "def gradient(o, t, h):\n    return h.T @ (-(t - o) * o * (1 - o))",
    "6_course": (
        "def train(wih, who, x, t, rate):\n"
        "    h = 1 / (1 + np.exp(-wih @ x))\n"
        "    o = 1 / (1 + np.exp(-who @ h))\n"
        "    delta = (t - o) * o * (1 - o)\n"
        "    inner = (who.T @ delta) * h * (1 - h)\n"
        "    return wih + rate * np.outer(inner, x), who + rate * np.outer(delta, h)"
    ),
    "7_rules": (
        "class MyRule(cp.credit.CreditRule):\n"
        "    def send_back(self, here):\n"
        "        return here.delta @ here.W.T"
    ),
    "errata": "def derivative(o, t, h):\n    return -h.T @ ((t - o) * o * (1 - o))",
}
SAYS = {
    "1_mountain": ("not yet: gradient is not the slope", "right: at rest"),
    "2_error": ("total 1 of 5", "total 5 of 5"),
    "3_shares": ("WRONG", "right: the one quantity"),
    "4_matrices": ("WRONG", "right: the one quantity"),
    "5_slope": ("WRONG", "right: the one quantity"),
    "6_course": ("cause: raw error sent back", "right: all 2 quantities"),
    "7_rules": ("MyRule 5.046 1.000 1.604", "MyRule 1.000 1.000 1.000"),
    "errata": ("WRONG", "right: the one quantity"),
}


def make():
    spec = importlib.util.spec_from_file_location("make_notebooks", FOLDER / "make.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cells_of(name):
    book = json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code"]


def said_by(cells):
    """Return what the last cell prints, its spaces made single."""
    names = {}
    for cell in cells:
        told = io.StringIO()
        with contextlib.redirect_stdout(told):
            exec(compile(cell, "a cell", "exec"), names)
    return " ".join(told.getvalue().split())


def test_there_is_one_for_each_item():
    assert [name.split("_")[0] for name in NAMES] == list(chapter.NAMES)
    assert set(NAMES) == set(SOLUTIONS) == set(SAYS)


def test_each_is_in_the_list_of_the_chapters_page():
    page = (FOLDER.parent / "chapter.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"(notebooks/{name}.ipynb)" in page


@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_is_that_of_its_source(name):
    source = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    text = (FOLDER / f"{name}.ipynb").read_text(encoding="utf-8")
    assert text == make().text_of(source), "run python docs/notebooks/make.py"
    pytest.importorskip("nbformat").validate(json.loads(text))


@pytest.mark.parametrize("name", NAMES)
def test_the_exercise_is_judged(name, monkeypatch):
    plt = pytest.importorskip("matplotlib.pyplot")
    monkeypatch.setattr(plt, "show", lambda: plt.close("all"))
    cells = cells_of(name)
    wrong, right = SAYS[name]
    assert wrong in said_by(cells)
    solved = [SOLUTIONS[name] if cell.startswith(TURN) else cell for cell in cells]
    assert solved != cells
    assert right in said_by(solved)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_notebook_runs_in_a_kernel(name, tmp_path):
    nbclient, nbformat = pytest.importorskip("nbclient"), pytest.importorskip("nbformat")
    book = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    nbclient.NotebookClient(
        book, timeout=120, resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    # What a cell prints may come in several pieces.
    printed = [
        output.text
        for output in book.cells[-1].get("outputs", [])
        if output.output_type == "stream"
    ]
    assert SAYS[name][0] in " ".join("".join(printed).split())
