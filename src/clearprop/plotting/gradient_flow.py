"""How large the gradient is in each layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.recorder import gradients, passed, rows_of
from clearprop.plotting.axes import BLUE, ORANGE, axes_of, quiet

KINDS = {"weights": BLUE, "biases": ORANGE}


class GradientFlowDisplay:
    """How large the gradient's entries are, layer by layer, weights and biases apart.

    For each, on a logarithmic scale: the median as a dot, the middle half as a thick line, and
    nine in ten as a thin one, of the entries that are not zero; how many are is written beside
    it. Entries that shrink from layer to layer, towards the inputs, are a gradient that vanishes;
    a layer of zeros is one that does not learn.

    The gradient is that of the rows' mean loss, without penalty, dropout or clipping.

    Parameters
    ----------
    layers : sequence of str
        The layers' names, first to last.
    weights, biases : sequence of ndarray
        The gradient of each layer's weights, and of its biases.

    Attributes
    ----------
    ax_, figure_ : matplotlib Axes, Figure
        What was drawn on.
    medians_ : dict of str to matplotlib Line2D
        The dots of "weights" and of "biases".

    Examples
    --------
    >>> import matplotlib; matplotlib.use("agg")
    >>> from sklearn.datasets import load_iris
    >>> from clearprop import GradientFlowDisplay, MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> clf = MLPClassifier((), solver="lbfgs", alpha=0.1, random_state=0).fit(X, y)
    >>> display = GradientFlowDisplay.from_estimator(clf, X, y)
    >>> [text.get_text() for text in display.ax_.get_yticklabels()]
    ['dense1']
    """

    def __init__(
        self, *, layers: Sequence[str], weights: Sequence[Any], biases: Sequence[Any]
    ) -> None:
        self.layers = layers
        self.weights = weights
        self.biases = biases

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        sample_weight: Any = None,
        ax: Any = None,
        **options: Any,
    ) -> GradientFlowDisplay:
        """Draw the gradient of a fitted classifier or regressor on some rows.

        Parameters
        ----------
        estimator : MLPClassifier or MLPRegressor
            A fitted one.
        X, y : array-like
            The rows and their targets.
        sample_weight : array-like, optional
            Weights of the rows.
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        **options
            For :meth:`plot`.
        """
        check_is_fitted(estimator)
        found = gradients(passed(estimator, *rows_of(estimator, X, y, sample_weight)))
        parts = list(found.values())
        display = cls(
            layers=list(found),
            weights=[part[0] for part in parts],
            biases=[part[1] for part in parts],
        )
        return display.plot(ax, **options)

    def plot(
        self, ax: Any = None, *, line_kw: Mapping[str, Any] | None = None
    ) -> GradientFlowDisplay:
        """Draw the gradient, the layer next to the inputs on top.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; a new figure by default.
        line_kw : dict, optional
            For matplotlib's ``plot`` of the dots.

        Returns
        -------
        self : GradientFlowDisplay
            With `ax_`, `figure_` and `medians_`.
        """
        ax = axes_of(ax)
        self.ax_, self.figure_ = ax, ax.figure
        self.medians_ = {}
        for shift, (kind, color) in zip((-0.12, 0.12), KINDS.items(), strict=True):
            places = np.arange(len(self.layers)) + shift
            middles = []
            for place, values in zip(places, getattr(self, kind), strict=True):
                middles.append(_spread(ax, place, np.abs(np.ravel(values)), color))
            style = {"color": color, "linestyle": "none", "marker": "o", "label": kind}
            (self.medians_[kind],) = ax.plot(middles, places, **{**style, **(line_kw or {})})
        ax.set_xscale("log")
        ax.set_yticks(range(len(self.layers)), self.layers)
        ax.set_ylim(len(self.layers) - 0.5, -0.5)
        ax.set_xlabel("size of the gradient's entries")
        ax.legend(frameon=False)
        quiet(ax)
        return self


def _spread(ax: Any, place: float, sizes: np.ndarray, color: str) -> float:
    """Draw how the entries that are not zero are spread; return their median."""
    known = sizes[np.isfinite(sizes) & (sizes > 0)]
    zeros = float(np.mean(sizes == 0))
    edge = 0.0
    middle = float("nan")
    if known.size:
        low, left, middle, right, edge = np.quantile(known, [0.05, 0.25, 0.5, 0.75, 0.95])
        ax.plot([low, edge], [place, place], color=color, linewidth=1)
        ax.plot([left, right], [place, place], color=color, linewidth=4, solid_capstyle="butt")
    if zeros:
        text = "all zero" if zeros == 1 else f"{zeros:.0%} zero"
        where = {"xy": (edge, place)} if edge else {"xy": (0.5, place)}
        system = "data" if edge else ax.get_yaxis_transform()
        ax.annotate(
            text, **where, xycoords=system, xytext=(6, 0), textcoords="offset points",
            va="center", color=color, fontsize="small",
        )  # fmt: skip
    return float(middle)
