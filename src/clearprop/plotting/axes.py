"""Helpers of all figures: axes of matplotlib, imported late, two hues, no frame."""

from __future__ import annotations

from typing import Any

BLUE, ORANGE, GREY = "#2f78bd", "#c4690f", "#5b6068"
"""The report's: training and weights are blue, validation and biases orange."""


def axes_of(ax: Any) -> Any:
    """Return the axes to draw on, those of a new figure where none are given.

    Raises
    ------
    ModuleNotFoundError
        When matplotlib is not installed, with the command that installs it.
    """
    try:
        from matplotlib import pyplot
    except ImportError as error:
        message = "figures need matplotlib: pip install 'clearprop[plot]'"
        raise ModuleNotFoundError(message, name="matplotlib") from error
    return pyplot.subplots(layout="constrained")[1] if ax is None else ax


def quiet(ax: Any) -> None:
    """Hide the top and right spines."""
    ax.spines[["top", "right"]].set_visible(False)
