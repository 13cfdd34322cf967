"""JAX loaded, or one sentence that says why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clearprop.engines.choice import Jax

OLDEST = (0, 10)

COMPUTES_WRONG = {
    "0.10.2": "its CPU compiler gives wrong numbers, https://github.com/jax-ml/jax/issues/39103"
}
"""Versions of JAX that may not be used, and why."""


class MissingJaxError(ImportError):
    """Raised where the JAX engine is asked for and JAX is not there, or may not be used."""


def load_jax(how: Jax) -> None:
    """Make sure that there is a JAX whose numbers are right, joined with other processes.

    Raises
    ------
    MissingJaxError
        If JAX is not installed, is too old or computes wrong.
    """
    _import_jax()
    from clearprop.engines.jax.processes import join

    join(how)
    _check_numbers()


@cache
def _import_jax() -> None:
    try:
        jax = import_module("jax")
    except ImportError as error:
        raise MissingJaxError(
            f"engine='jax' needs JAX ({error}): pip install \"clearprop[jax]\""
        ) from None
    check_version(jax.__version__)


@cache
def _check_numbers() -> None:
    from clearprop.engines.jax.trusted import check_numbers

    check_numbers()


def check_version(version: str) -> None:
    """Raise MissingJaxError for a version of JAX that may not be used."""
    release = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if version in COMPUTES_WRONG:
        problem = f"may not be used: {COMPUTES_WRONG[version]}"
    elif release < OLDEST:
        problem = "is too old"
    else:
        return
    raise MissingJaxError(
        f"the installed JAX {version} {problem}. Install another: "
        'pip install --upgrade "clearprop[jax]"'
    )


@contextmanager
def named_tracing_errors() -> Iterator[None]:
    """Raise TypeError, in the definitions' own words, where JAX cannot trace one of them."""
    from jax.errors import ConcretizationTypeError, TracerArrayConversionError

    try:
        yield
    except (ConcretizationTypeError, TracerArrayConversionError) as error:
        raise TypeError(
            "the JAX engine runs only layers, losses and optimizers that are written with xp and "
            "that branch on no array's values; engine='numpy' runs any. JAX says: "
            f"{str(error).splitlines()[0]}"
        ) from error
