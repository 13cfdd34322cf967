"""scikit-learn's decorators of methods, which have no types of their own, with types."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])

if TYPE_CHECKING:

    def fit_context(*, prefer_skip_nested_validation: bool) -> Callable[[Method], Method]:
        """Return a decorator that validates an estimator's parameters before the method runs."""

    def available_if(check: Callable[[Any], Any]) -> Callable[[Method], Method]:
        """Return a decorator: the method exists where `check` of the estimator is true."""
else:
    from sklearn.base import _fit_context as fit_context
    from sklearn.utils.metaestimators import available_if

__all__ = ["available_if", "fit_context"]
