"""The loss over the epochs of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.stopping import kept_epoch
from clearprop.plotting.axes import BLUE, GREY, ORANGE, axes_of, quiet
from clearprop.training.history import History


class LossCurveDisplay:
    """The training loss, the validation loss where there is one, and the epoch that was kept.

    Made by :meth:`from_estimator` or :meth:`from_history`, as scikit-learn's Displays are. The
    training loss has the L2 penalty in it, the validation loss has not.

    Parameters
    ----------
    loss : sequence of float
        The training loss of each epoch.
    validation_loss : sequence of float, optional
        The validation loss after each epoch.
    kept_epoch : int, optional
        The epoch, from 1, whose weights were kept.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes, Figure
        What was drawn on.
    lines_ : list of matplotlib Line2D
        Training loss, then validation loss.
    kept_line_ : matplotlib Line2D or None
        Where the kept epoch is.

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from clearprop import LossCurveDisplay, MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPClassifier((), solver="lbfgs", alpha=0.1, random_state=0).fit(X, y)
    >>> display = LossCurveDisplay.from_estimator(clf)
    >>> display.ax_.get_xlabel()
    'iteration'
    """

    def __init__(
        self,
        *,
        loss: Sequence[float],
        validation_loss: Sequence[float] | None = None,
        kept_epoch: int | None = None,
        unit: str = "epoch",
    ) -> None:
        self.loss = loss
        self.validation_loss = validation_loss
        self.kept_epoch = kept_epoch
        self.unit = unit

    @classmethod
    def from_estimator(cls, estimator: Any, *, ax: Any = None, **options: Any) -> LossCurveDisplay:
        """Draw the losses of a fitted classifier or regressor.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            A fitted one; its validation loss is drawn where it has one.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        **options
            For :meth:`plot`.
        """
        check_is_fitted(estimator)
        unit = "iteration" if estimator.solver == "lbfgs" else "epoch"
        display = cls(
            loss=estimator.loss_curve_,
            validation_loss=estimator.validation_loss_curve_,
            kept_epoch=kept_epoch(estimator),
            unit=unit,
        )
        return display.plot(ax, **options)

    @classmethod
    def from_history(cls, history: History, *, ax: Any = None, **options: Any) -> LossCurveDisplay:
        """Draw the losses that :func:`clearprop.train` recorded.

        Parameters
        ----------
        history : History
            Of a :class:`~clearprop.TrainingResult`.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        **options
            For :meth:`plot`.
        """
        display = cls(
            loss=history.loss,
            validation_loss=history.metrics.get("validation_loss"),
            kept_epoch=history.best_epoch or None,
        )
        return display.plot(ax, **options)

    def plot(
        self,
        ax: Any = None,
        *,
        log: bool = True,
        line_kw: Mapping[str, Any] | None = None,
        validation_line_kw: Mapping[str, Any] | None = None,
    ) -> LossCurveDisplay:
        """Draw the losses.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        log : bool
            Whether the loss has a logarithmic scale; it has none where a loss is not above zero.
        line_kw, validation_line_kw : dict, optional
            For matplotlib's ``plot``.

        Returns
        -------
        self : LossCurveDisplay
            With `ax_`, `figure_` and `lines_`.
        """
        ax = axes_of(ax)
        self.ax_, self.figure_ = ax, ax.figure
        styles: list[tuple[str, Sequence[float] | None, dict[str, Any]]] = [
            ("training", self.loss, {"color": BLUE, **(line_kw or {})}),
            (
                "validation",
                self.validation_loss,
                {"color": ORANGE, "linestyle": "--", **(validation_line_kw or {})},
            ),
        ]
        self.lines_ = [
            ax.plot(range(1, len(values) + 1), values, **{"label": name, **style})[0]
            for name, values, style in styles
            if values is not None
        ]
        self.kept_line_ = None
        if self.kept_epoch is not None:
            label = f"kept: {self.unit} {self.kept_epoch}"
            self.kept_line_ = ax.axvline(
                self.kept_epoch, color=GREY, linewidth=1, linestyle=":", label=label
            )
        drawn = [*self.loss, *(self.validation_loss or [])]
        if log and all(value > 0 for value in drawn if np.isfinite(value)):
            ax.set_yscale("log")
        ax.set(xlabel=self.unit, ylabel="loss")
        ax.legend(frameon=False)
        quiet(ax)
        return self
