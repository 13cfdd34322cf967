"""Tests in parts: one runs with the fast tests, the others with the slow ones."""

from typing import Any

import pytest


def in_parts(count: int) -> Any:
    """Give a test its `part`, 1 to `count`, one after another; all but the first are slow."""
    others = [pytest.param(part, marks=pytest.mark.slow) for part in range(2, count + 1)]
    return pytest.mark.parametrize("part", [1, *others])
