"""Every item, computed once."""

from functools import cache

import pytest

from clearprop import chapter
from clearprop.chapter import rules

computed = cache(chapter.item)

LONG = "7"
"""The item that trains all rules at all rates: its tests are slow."""


@pytest.fixture(
    params=[pytest.param(name, marks=[pytest.mark.slow] * (name == LONG)) for name in chapter.NAMES]
)
def any_item(request):
    """Each item in turn."""
    return computed(request.param)


@cache
def shortened():
    """Return the long item with every rule trained at one rate."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rules, "RATES", (1.0,))
        return chapter.item(LONG)


@pytest.fixture
def items():
    """All items, the long one shortened."""
    return [shortened() if name == LONG else computed(name) for name in chapter.NAMES]


@pytest.fixture
def item():
    """An item by its name."""
    return computed
