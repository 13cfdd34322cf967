"""Packages of which only `make doors` has all: tests are skipped elsewhere, with a clear word."""

import importlib
import os
import warnings

import pytest

ALL_ARE_THERE = "CLEARPROP_DOORS"
"""Set by `make doors`: nothing may be skipped there."""


def needed(name):
    """Return a package, or skip the test or the module that asks."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what a package does while it is imported is its own
            return importlib.import_module(name)
    except ImportError:
        if os.environ.get(ALL_ARE_THERE):
            raise
        pytest.skip(f"needs {name}: make doors", allow_module_level=True)
