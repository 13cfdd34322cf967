"""Who may import whom, and what `import clearprop` costs."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp

SOURCE = Path(cp.__file__).parent

# Every room, the lowest first. A room imports rooms before it, and nothing else of the package.
ORDER = (
    "conftest",
    "starting",
    "version",
    "writing",
    "files",
    "definitions",
    "readings",
    "derivatives",
    "backprop",
    "checking",
    "engines",
    "view",
    "explaining",
    "health",
    "training",
    "credit",
    "descent",
    "learning",
    "data",
    "estimators",
    "tables",
    "live",
    "plotting",
    "reporting",
    "chapter",
    "doors",
    "saving",
    "cli",
)
PLACE = {room: place for place, room in enumerate(ORDER)}

# Rooms that know nothing of networks: all that they import of the package.
ALONE = {
    "files": {"writing"},
    "view": {"files", "writing"},
    "data": {"files", "writing"},
}


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


def modules():
    """Yield every module's dotted name, its room, and what it imports, lazily or not."""
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE).with_suffix("")
        if inside.name != "__main__" and inside != Path("__init__"):
            parts = [part for part in inside.parts if part != "__init__"]
            tree = ast.parse(path.read_text(encoding="utf-8"))
            yield ".".join(["clearprop", *parts]), parts[0], list(imports_of(tree))


MODULES = list(modules())
NAMES = {name for name, _, _ in MODULES}


def room_of(name):
    """Return the room of a name of the package."""
    return name.split(".")[1] if "." in name else "__init__"


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module[0])
def test_imports_point_one_way(module):
    name, room, imported = module
    assert room in PLACE, f"{name} stands in no room: give {room!r} its place in ORDER"
    for other in (room_of(one) for one in imported if one.split(".")[0] == "clearprop"):
        assert other in PLACE, f"{name} imports the package itself: import from the room instead"
        assert PLACE[other] < PLACE[room] or other == room, f"{name} imports {other}"
        if room in ALONE:
            assert other in ALONE[room] | {room}, f"{name} imports {other}"


def test_no_modules_import_each_other_in_a_circle():
    """Within a room too, lazily or not: what remains after taking leaves away is a circle."""
    graph = {
        name: {module_of(one) for one in imported if module_of(one) not in (None, name)}
        for name, _, imported in MODULES
    }
    while leaves := {name for name, others in graph.items() if not others & graph.keys()}:
        graph = {name: others for name, others in graph.items() if name not in leaves}
    assert graph == {}


def module_of(name):
    """Return the module that an imported name is, or is in; None for another package's."""
    while name and name not in NAMES:
        name = name.rpartition(".")[0]
    return name or None


def test_rooms_ask_a_fitted_estimator_through_one_door():
    """What is private to an estimator is used in its own room; others go through `inside`."""
    private = {f"_{name}" for name in ("network", "loss_object", "outputs", "linked", "predicted")}
    private |= {"_check_inputs", "_check_targets", "_given_validation", "_weigh", "_position"}
    private |= {"_label_binarizer", "_stopping_state"}
    for path in SOURCE.rglob("*.py"):
        if path.relative_to(SOURCE).parts[0] == "estimators":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in private:
                assert ast.unparse(node.value) == "self", f"{path}:{node.lineno} {node.attr}"


def test_layers_and_losses_know_nothing_of_numpy():
    """Their mathematics is for any reader."""
    inside = "clearprop.definitions"
    for name, _, imported in MODULES:
        if name.startswith((f"{inside}.layer", f"{inside}.losses", f"{inside}.penalty")):
            foreign = [name for name in imported if name.split(".")[0] in ("numpy", "scipy", "jax")]
            assert foreign == [], f"{name} imports {foreign}"


def test_only_estimators_and_the_outer_parts_import_scikit_learn_and_pandas():
    outer = ("estimators", "tables", "saving", "reporting", "plotting", "data", "doors", "cli")
    for name, room, imported in MODULES:
        packages = {one.split(".")[0] for one in imported}
        if room not in outer:
            assert not packages & {"sklearn", "pandas", "rich", "typer"}, name


OPTIONAL = {"pandas", "pyarrow", "rich", "typer", "matplotlib", "PIL", "sympy", "anywidget"}
OPTIONAL |= {"onnx", "onnxruntime", "torch", "keras", "jax", "polars", "skops", "fsspec"}

JAX_MODULES = {("readings", "jax.py")}
JAX_MODULES |= {
    ("jax", f"{name}.py")
    for name in ("epoch", "full_batch", "noise", "partition", "prediction", "products", "running")
}
JAX_MODULES |= {("jax", f"{name}.py") for name in ("running_sharded", "sharded", "step", "trusted")}
JAX_MODULES |= {("jax", f"{name}.py") for name in ("optimizer_parts", "processes", "side_by_side")}
"""Modules whose first lines import JAX: the engine imports them once JAX is loaded."""


def test_what_an_extra_installs_is_imported_only_when_it_is_needed():
    """Without extras the package imports: `cp.load` and the estimators need no pandas."""
    for path in sorted(SOURCE.rglob("*.py")):
        inside = path.relative_to(SOURCE)
        if inside.parts[0] == "cli":  # it is an extra itself
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = [alias.name for alias in node.names]
                names = [node.module] if isinstance(node, ast.ImportFrom) else names
                wanted = {name.split(".")[0] for name in names} & OPTIONAL
                if wanted == {"jax"} and inside.parts[-2:] in JAX_MODULES:
                    continue
                assert not wanted, f"{path}: {names}"


def test_modules_that_import_jax_are_imported_only_when_jax_is_needed():
    """At the top of a module only by each other."""
    names = {".".join(("clearprop", "engines", *parts))[:-3] for parts in JAX_MODULES}
    names = {name.replace("engines.readings", "readings") for name in names}
    assert names <= NAMES
    for name, _, _ in MODULES:
        path = SOURCE.joinpath(*name.split(".")[1:]).with_suffix(".py")
        if name in names or not path.is_file():
            continue
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ImportFrom):
                wanted = {f"{node.module}.{alias.name}" for alias in node.names}
                assert not ({node.module} | wanted) & names, f"{name} imports {node.module}"


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


def test_import_costs_little_over_numpy():
    program = (
        "import sys, json; import numpy; before = set(sys.modules); import clearprop;"
        "new = set(sys.modules) - before;"
        "print(json.dumps([len(new), sum(name.startswith('clearprop') for name in new)]))"
    )
    modules, ours = in_a_new_process(program)
    assert ours <= 90  # 80 are 0.1 s with their bytecode, most of it reading files
    assert modules - ours <= 60
