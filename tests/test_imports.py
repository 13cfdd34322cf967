"""Who may import whom, and what `import clearprop` costs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp

SOURCE = Path(cp.__file__).parent

# A part may import the parts on its own line and above.
RANKS = (
    ("layer", "initializers", "noise", "readings", "atomicfile", "digits", "plaintext"),
    ("layers", "modelfile"),
    ("targets", "losses", "optimizers", "schedules"),
    ("parameters", "backprop"),
    ("checking", "engines"),
    ("history", "stopping", "watch", "loop", "lbfgs", "result", "restarts"),
    ("training", "explaining", "view"),
    ("credit",),
    ("descent",),
    ("data",),
    ("chapter",),
    ("figures",),
    ("estimators", "saving", "reporting", "plotting"),
    ("cli",),
)
RANK = {part: rank for rank, parts in enumerate(RANKS) for part in parts}

# Parts that know nothing of networks: all that they import of the package.
ALONE = {"atomicfile": set(), "modelfile": {"atomicfile"}, "data": set()}


def imports_of(tree):
    """Yield the full name of every import that is carried out, wherever in the file it stands."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            yield from (name for branch in node.orelse for name in imports_of(branch))
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"relative import of {node.module}"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        else:
            yield from imports_of(node)


def parts():
    """Yield every module's part of the package and what it imports."""
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        if inside.name != "__main__.py" and inside != Path("__init__.py"):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield inside, inside.with_suffix("").parts[0], list(imports_of(tree))


MODULES = list(parts())


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module[0].as_posix())
def test_imports_point_one_way(module):
    path, part, imported = module
    assert part in RANK, f"{path} has no rank: give {part!r} its line in RANKS"
    for name in imported:
        package, _, rest = name.partition(".")
        if package != "clearprop":
            continue
        # The package itself, with all its public names, is for the parts around it.
        other = rest.split(".")[0] if rest.split(".")[0] in RANK else "training"
        assert RANK[other] <= RANK[part], f"{path} imports {name}"
        if part in ALONE:
            assert other in ALONE[part] | {part}, f"{path} imports {name}"


def test_layers_and_losses_know_nothing_of_numpy():
    """Their mathematics is for any reader."""
    for path, part, imported in MODULES:
        if part in ("layers", "layer") or path == Path("losses.py"):
            foreign = [name for name in imported if name.split(".")[0] in ("numpy", "scipy", "jax")]
            assert foreign == [], f"{path} imports {foreign}"


def test_only_estimators_and_the_outer_parts_import_scikit_learn_and_pandas():
    outer = ("estimators", "saving", "reporting", "plotting", "data", "cli")
    for path, part, imported in MODULES:
        packages = {name.split(".")[0] for name in imported}
        if part not in outer:
            assert not packages & {"sklearn", "pandas", "rich", "typer"}, path


def in_a_new_process(program):
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_import_loads_numpy_and_nothing_else_that_is_large():
    program = "import sys, json, clearprop; print(json.dumps(sorted(sys.modules)))"
    loaded = {name.split(".")[0] for name in in_a_new_process(program)}
    assert {"clearprop", "numpy"} <= loaded
    large = ["scipy", "sklearn", "pandas", "numba", "jax", "typer", "rich", "safetensors"]
    large += ["sympy", "matplotlib", "PIL", "anywidget", "ipywidgets", "traitlets"]
    assert [name for name in large if name in loaded] == []


def test_estimators_are_there_when_first_asked_for():
    program = (
        "import sys, json, clearprop as cp; before = 'sklearn' in sys.modules;"
        "from clearprop import MLPClassifier; cp.MLPRegressor;"
        "print(json.dumps([before, 'sklearn' in sys.modules, 'MLPClassifier' in dir(cp)]))"
    )
    assert in_a_new_process(program) == [False, True, True]
    with pytest.raises(AttributeError, match="module 'clearprop' has no attribute 'MLP'"):
        _ = cp.MLP


def test_every_public_name_is_there():
    for name in cp.__all__:
        assert getattr(cp, name) is not None
    assert len(set(cp.__all__)) == len(cp.__all__)


# A promise in seconds, the only test that keeps a watch: of the processor's time, which neighbours
# lengthen little, the best of several runs, each measuring within a process of its own.
def test_import_costs_little_over_numpy():
    program = (
        "import time, json; import numpy; start = time.process_time(); import clearprop;"
        "print(json.dumps(time.process_time() - start))"
    )
    assert min(in_a_new_process(program) for _ in range(5)) < 0.15
