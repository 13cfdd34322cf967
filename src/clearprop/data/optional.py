"""Packages that only some readers need."""

from __future__ import annotations

import importlib


def require(package: str, purpose: str, extra: str = "cli") -> None:
    """Check that an optional package is installed.

    Parameters
    ----------
    package
        The name it is imported by.
    purpose
        What needs it, as the subject of a sentence.
    extra
        The extra of clearprop that installs it.

    Raises
    ------
    ModuleNotFoundError
        When it is not, with the command that installs it.
    """
    try:
        importlib.import_module(package)
    except ImportError as error:
        message = f"{purpose} needs {package}: pip install 'clearprop[{extra}]'"
        raise ModuleNotFoundError(message, name=package) from error
