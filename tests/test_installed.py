"""The docstrings' examples where nothing is installed but what clearprop always needs."""

import subprocess
import sys
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from clearprop.conftest import NEEDS

EXTRAS = tomllib.loads(
    (Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8")
)["project"]["optional-dependencies"]  # fmt: skip
USERS = ("cli", "jax", "notebook", "onnx", "plot", "stream", "sympy")
NAMES = {one.partition(">")[0] for extra in USERS for one in EXTRAS[extra]}
IMPORTED = {"pillow": "PIL"}

BARE = """
import sys
from importlib.machinery import PathFinder

class Bare(PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        return None if name in {hidden} else super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = Bare
import pytest

options = "-q -rs -p no:cacheprovider --doctest-modules --pyargs"
sys.exit(pytest.main([*options.split(), "clearprop"]))
"""


@pytest.mark.slow
def test_every_example_passes_or_says_which_package_it_needs(tmp_path):
    hidden = sorted(IMPORTED.get(name, name) for name in NAMES)
    done = subprocess.run(
        [sys.executable, "-c", BARE.format(hidden=hidden)],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert [name for name in NEEDS if f"{name} needs " not in done.stdout] == []


@pytest.mark.parametrize("name", NEEDS)
def test_what_is_skipped_is_there_and_its_extra_installs_the_package(name):
    package, extra = NEEDS[name]
    assert package in {one.partition(">")[0] for one in EXTRAS[extra]}
    module, _, last = name.rpartition(".")
    pytest.importorskip(package)
    found = import_module(module)
    assert hasattr(found, last) or import_module(name)
