import pytest

import clearprop as cp
from tests.browser import opening


@pytest.fixture
def opened(browser, tmp_path):
    """Give what opens the page of a lesson."""
    save = lambda lesson, path: lesson.to_html(path)  # noqa: E731
    with opening(browser, tmp_path, save, wait=".agreement") as open_:
        yield open_


@pytest.fixture(scope="module")
def toys():
    return cp.learn()
