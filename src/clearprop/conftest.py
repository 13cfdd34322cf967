"""For pytest: which examples of docstrings need an optional package; without it they are skipped.

``pytest --doctest-modules --pyargs clearprop`` runs the examples of an installed clearprop.
"""

from __future__ import annotations

from collections.abc import Generator
from importlib.util import find_spec
from pathlib import Path

import pytest

NEEDS = {
    "clearprop.cli": ("typer", "cli"),
    "clearprop.data.dates.dates_among": ("pandas", "cli"),
    "clearprop.data.dates.formats_of": ("pandas", "cli"),
    "clearprop.data.doubts.stand_ins": ("pandas", "cli"),
    "clearprop.data.encoder.TableEncoder": ("pandas", "cli"),
    "clearprop.data.stream.Stream": ("pyarrow", "stream"),
    "clearprop.descent.formula.formula": ("sympy", "sympy"),
    "clearprop.doors.onnx_model.to_onnx": ("onnx", "onnx"),
    "clearprop.engines.jax": ("jax", "jax"),
    "clearprop.explaining.widget": ("anywidget", "notebook"),
    "clearprop.plotting": ("matplotlib", "plot"),
    "clearprop.readings.jax": ("jax", "jax"),
    "clearprop.readings.jax_shards": ("jax", "jax"),
    "clearprop.tables.classifier.TableClassifier": ("pandas", "cli"),
    "clearprop.tables.regressor.TableRegressor": ("pandas", "cli"),
}
"""The package that a room, a module or one docstring needs, and the extra that installs it."""


def reason_to_skip(name: str) -> str | None:
    """Return which package is missing that the object of this dotted name needs, or None."""
    for needy, (package, extra) in NEEDS.items():
        if f"{name}.".startswith(f"{needy}.") and find_spec(package) is None:
            return f"{needy} needs {package}: pip install 'clearprop[{extra}]'"
    return None


class _Skipped(pytest.File):
    """A module that is not imported, because its package is missing."""

    def collect(self) -> list[pytest.Item]:
        module = self.path.relative_to(Path(__file__).parents[1]).with_suffix("")
        pytest.skip(reason_to_skip(".".join(module.parts)) or "")


def pytest_configure(config: pytest.Config) -> None:
    """Compare examples as the project's own tests do, whose settings are not installed."""
    config.addinivalue_line("doctest_optionflags", "NORMALIZE_WHITESPACE")


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Skip a module that needs a missing package, before it is imported."""
    collectors = yield
    module = file_path.relative_to(Path(__file__).parents[1]).with_suffix("")
    if collectors and reason_to_skip(".".join(module.parts)):
        return [_Skipped.from_parent(parent, path=file_path)]
    return collectors


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip a docstring that needs a missing package."""
    for item in items:
        if reason := reason_to_skip(item.name):
            item.add_marker(pytest.mark.skip(reason=reason))
