"""What a type checker knows of the public names: their types, and that there are no others."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp

SOURCE = Path(cp.__file__)

SCRIPT = '''\
"""A user's script that makes and uses most of what clearprop gives."""

from typing import assert_type

import numpy as np

import clearprop as cp
from clearprop import MLPClassifier, load

X = np.zeros((4, 2))
y = np.array([0, 1, 0, 1])
clf = MLPClassifier(hidden_layer_sizes=(8,), max_iter=5)
assert_type(clf.fit(X, y), MLPClassifier)
assert_type(clf.partial_fit(X, y), MLPClassifier)
probabilities: np.ndarray = clf.predict_proba(X)
clf.save("model.clearprop")
model = load("model.clearprop")
print(model.predict(X), cp.MLPRegressor().fit(X, X[:, 0]).predict(X))

walk = cp.descend(cp.landscapes.island, start=0.3, optimizer=cp.SGD(0.1))
assert_type(walk, cp.Walk)
assert_type(cp.descend(cp.landscapes.formula("x**2"), starts=3), cp.Walks)
print(walk.positions[-1], walk.ending)

net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
params = net.init(np.random.default_rng(0))
step = cp.explain(net, cp.SquaredError(), params, X, X[:, :1], optimizer=cp.SGD(0.1))
print(step["dense1.dW"], step.why("dense1.dW[0,0]").to_latex())
result = cp.train(net, cp.SquaredError(), params, X, X[:, :1], epochs=2)
print(result.final_loss)
page: str = cp.report(clf, X, y).to_html()
'''

WRONG = """\
import clearprop as cp

cp.nonsense
cp.MLPClassifier(hidden_layers=(8,))
cp.load(3)
cp.explain("net")
cp.report(curves=1)
cp.descend("island")
cp.descend(cp.landscapes.island).nonsense
cp.landscapes.nonsense
cp.TableModel(1)
"""


def checked(script, tmp_path):
    """Return what mypy --strict says of a script, one line for each error."""
    pytest.importorskip("mypy", reason="needs mypy: pip install 'clearprop[lint]'")
    path = tmp_path / "script.py"
    path.write_text(script, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--no-error-summary",
         "--config-file=", f"--cache-dir={tmp_path / 'cache'}", str(path)],
        capture_output=True, text=True, cwd=tmp_path, check=False,
        env={**os.environ, "MYPYPATH": str(SOURCE.parents[1])},
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_typed_script_of_a_user_passes_and_a_wrong_one_does_not(tmp_path):
    assert checked(SCRIPT, tmp_path) == []
    found = checked(WRONG, tmp_path)
    lines = {int(line.split(":")[1]) for line in found if ": error:" in line}
    assert sorted(lines) == list(range(3, WRONG.count("\n") + 1)), "\n".join(found)


def test_type_checkers_are_told_of_every_name_that_is_loaded_later():
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"))
    (told,) = [node for node in tree.body if isinstance(node, ast.If)]
    assert ast.unparse(told.test) == "TYPE_CHECKING"
    names = {
        alias.name: node.module
        for node in told.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert names == cp._LATER
