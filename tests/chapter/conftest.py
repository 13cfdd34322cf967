"""Every item, computed once."""

from functools import cache

import pytest

from clearprop import chapter

computed = cache(chapter.item)


@pytest.fixture(params=chapter.NAMES)
def any_item(request):
    """Each item in turn."""
    return computed(request.param)


@pytest.fixture
def item():
    """An item by its name."""
    return computed
