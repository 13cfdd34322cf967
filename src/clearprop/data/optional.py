"""Packages that only some readers need."""

from __future__ import annotations

import importlib


def require(package: str, purpose: str) -> None:
    """Check that an optional package is installed.

    Parameters
    ----------
    package
        The name it is imported by.
    purpose
        What needs it, as the subject of a sentence.

    Raises
    ------
    ModuleNotFoundError
        When it is not, with the command that installs it.
    """
    try:
        importlib.import_module(package)
    except ImportError as error:
        message = f"{purpose} needs {package}: pip install 'clearprop[cli]'"
        raise ModuleNotFoundError(message, name=package) from error
