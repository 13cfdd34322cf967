"""Every item, computed once."""

from functools import cache

import pytest

from clearprop import chapter

computed = cache(chapter.item)


LONG = "7"
"""The item that trains all rules at all rates: its tests are slow."""


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.slow] * (name == LONG)) for name in chapter.NAMES]
)
def any_item(request):
    """Each item in turn."""
    return computed(request.param)


@pytest.fixture
def item():
    """An item by its name."""
    return computed
