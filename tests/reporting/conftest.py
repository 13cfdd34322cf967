"""The same headless Chromium that the view's tests have."""

from tests.view.conftest import browser

__all__ = ["browser"]
