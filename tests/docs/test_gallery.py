"""The gallery uses every public name, writes nothing of its own, and runs without a warning."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp

PYTHONPATH = os.pathsep.join(path for path in sys.path if path)
GALLERY = Path(__file__).parents[2] / "docs" / "gallery"
EXAMPLES = sorted(GALLERY.glob("*/plot_*.py"))
NAMES = {f"{path.parent.name}/{path.name}": path for path in EXAMPLES}
SECTIONS = {folder.name: sorted(folder.glob("plot_*.py")) for folder in sorted(GALLERY.glob("*/"))}


def used_of(tree: ast.Module) -> set[str]:
    """Return which names of `cp` a program uses."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "cp"
    }


def test_names_are_found_in_a_program():
    assert used_of(ast.parse("import clearprop as cp\ncp.train(cp.Dense(1, 2)).fit")) == {
        "train",
        "Dense",
    }


def test_every_public_name_is_used():
    used = set().union(*(used_of(ast.parse(path.read_text(encoding="utf-8"))) for path in EXAMPLES))
    assert set(cp.__all__) - used == set()


def test_no_name_is_used_that_is_not_public():
    for name, path in NAMES.items():
        unknown = used_of(ast.parse(path.read_text(encoding="utf-8"))) - set(cp.__all__)
        assert not unknown, f"{name}: {unknown}"


def test_every_section_has_a_header_and_examples():
    for folder in [folder for folder in GALLERY.iterdir() if folder.is_dir()]:
        title, line, *_ = (folder / "GALLERY_HEADER.rst").read_text(encoding="utf-8").splitlines()
        assert line == "-" * len(title)
        assert list(folder.glob("plot_*.py")), folder.name


@pytest.mark.parametrize("name", NAMES)
def test_an_example_has_a_title_some_sentences_and_cells(name):
    source = NAMES[name].read_text(encoding="utf-8")
    title, line, *told = ast.get_docstring(ast.parse(source)).splitlines()
    assert line == "=" * len(title)
    assert len(re.findall(r"[.?](\s|$)", " ".join(told))) >= 2
    cells = source.split("\n# %%\n")[1:]
    assert len(cells) >= 3
    assert all(cell.startswith("# ") for cell in cells if not cell.startswith("\n")), "say why"


ONE_AFTER_ANOTHER = """
import contextlib, io, os, runpy, sys
import matplotlib.pyplot as plt
for path in sys.argv[1:]:
    print(path, file=sys.stderr)
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        runpy.run_path(path, run_name="__main__")
    assert told.getvalue() or plt.get_fignums(), "it shows nothing"
    assert os.listdir() == os.listdir(os.environ["TMPDIR"]) == [], "it leaves files behind"
    plt.close("all")
"""


@pytest.mark.slow
@pytest.mark.parametrize("section", SECTIONS)
def test_examples_run_without_a_warning_and_leave_nothing_behind(section, tmp_path):
    pytest.importorskip("matplotlib")
    for name in ("temporary", "here"):
        (tmp_path / name).mkdir()
    settings = {
        "MPLBACKEND": "Agg",
        "TMPDIR": f"{tmp_path / 'temporary'}",
        "PYTHONPATH": PYTHONPATH,
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", ONE_AFTER_ANOTHER, *map(str, SECTIONS[section])],
        cwd=tmp_path / "here",
        env=os.environ | settings,
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
