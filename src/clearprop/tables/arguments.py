"""The constructor's arguments that both table estimators share: constraints and documentation."""

from __future__ import annotations

import os
from numbers import Integral, Real
from typing import Any, TypeVar

from sklearn.utils._param_validation import Interval, StrOptions

from clearprop.engines import ENGINE_NAMES, Jax
from clearprop.estimators.options import ACTIVATIONS
from clearprop.tables.recipe import PRESETS
from clearprop.training.checkpoint import Checkpoint

T = TypeVar("T", bound=type)


MOST_EXTRA_LAYERS = 1000


def _count(least: int, most: int | None = None) -> Interval:
    return Interval(Integral, least, most, closed="left" if most is None else "both")


CONSTRAINTS: dict[str, list[Any]] = {
    "preset": [StrOptions(set(PRESETS))],
    "members": [None, _count(1)],
    "hidden_layer_sizes": [None, "array-like", _count(1)],
    "extra_layers": [_count(0, MOST_EXTRA_LAYERS)],
    "activation": [StrOptions(set(ACTIVATIONS))],
    "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
    "weight_decay": [Interval(Real, 0, None, closed="left")],
    "plain_weight_decay": [Interval(Real, 0, None, closed="left")],
    "beta_2": [Interval(Real, 0, 1, closed="left")],
    "rise": [Interval(Real, 0, 1, closed="neither")],
    "row_budget": [None, _count(1)],
    "min_epochs": [_count(1)],
    "max_epochs": [None, _count(1)],
    "steps_per_epoch": [_count(1)],
    "min_batch": [_count(1)],
    "max_batch": [_count(1)],
    "bins": [_count(0)],
    "max_inputs": [_count(0)],
    "lack_of_fit": [Interval(Real, 0, None, closed="both")],
    "max_one_hot": [None, _count(1)],
    "min_category_rows": [_count(1)],
    "target_smoothing": [Interval(Real, 0, None, closed="left")],
    "max_words": [_count(1)],
    "text_length": [Interval(Real, 0, None, closed="neither")],
    "ignore": [None, "array-like"],
    "keep": [None, "array-like"],
    "time_limit": [None, Interval(Real, 0, None, closed="neither")],
    "n_jobs": [None, Integral],
    "engine": [StrOptions(set(ENGINE_NAMES)), Jax],
    "checkpoint": [None, str, os.PathLike, Checkpoint],
    "resume": ["boolean"],
    "verbose": ["verbose"],
    "random_state": ["random_state"],
}

PARAMETERS = """\
    preset : {"fast", "default", "strong"}, default="default"
        How much a fit may cost: "fast" two fifths of "default", "strong" twice as much. It decides
        the arguments that are None.
    members : int, optional
        How many networks are averaged. Below 1,500 rows 8 for classes and 6 for numbers; 4 and 3
        for "fast", 16 for "strong". From there on half as many. Averaging is worth more than any
        other part of the recipe.
    hidden_layer_sizes : array-like of int, optional
        Units of the hidden layers: (64, 64), for "fast" (32, 32).
    extra_layers : int, default=1
        How many hidden layers more, as wide as the last, networks have that see no pieces of
        codes.
    activation : str, default="silu"
        The hidden layers' function, as for :class:`MLPClassifier`.
    learning_rate_init : float, default=0.008
        The highest learning rate of AdamW. It rises over the first part of the steps, and falls
        to 0 after it.
    weight_decay : float, default=0.1
        AdamW's weight decay.
    plain_weight_decay : float, default=0.02
        The same for networks that see no pieces of codes.
    beta_2 : float, default=0.99
        AdamW's decay of squared gradients: few steps need a shorter memory than 0.999.
    rise : float, default=0.1
        The part of all steps over which the learning rate rises.
    row_budget : int, optional
        How many rows a member sees in all: the epochs are row_budget / n_samples, from
        `min_epochs` to `max_epochs`. 400,000 for classes, 240,000 for numbers; 200,000 for "fast",
        500,000 for "strong".
    min_epochs : int, default=10
        The fewest epochs.
    max_epochs : int, optional
        The most epochs: 45 for classes, 60 for numbers; 32 and 40 for "fast", 60 for "strong".
    steps_per_epoch : int, default=64
        A batch has n_samples / steps_per_epoch rows, rounded to a power of two, from
        `min_batch` to `max_batch`.
    min_batch : int, default=16
        The fewest rows in a batch.
    max_batch : int, default=256
        The most rows in a batch.
    bins : int, default=16
        The most pieces in the piecewise-linear code of a column of numbers; 0 for no codes.
    max_inputs : int, default=256
        Columns have fewer pieces where all inputs together would be more than this; a column of
        categories counts as 41 at most.
    lack_of_fit : float, default=6
        From this F statistic of the lack of fit on a column of numbers has more inputs. Where the
        target depends on the very number, and half of the rows have a number that repeats, each of
        these has one; otherwise there are 64 hats beside the pieces. ``np.inf`` for none.
    max_one_hot : int, optional
        The most categories, or repeated numbers, of a column that have an input of their own: 300,
        fewer where these would be more than 100,000,000 numbers, but at least 40. Where there are
        more categories, each of the others gives the smoothed mean of its target.
    min_category_rows : int, default=3
        Categories of fewer rows share one input, repeated numbers of fewer rows have none.
    target_smoothing : float, default=10
        How many rows the overall mean counts as, in a category's mean of the target.
    max_words : int, default=2000
        The most words of a column of text that have an input.
    text_length : float, default=5
        The Euclidean length of a text's inputs.
    ignore : array-like of str, optional
        Columns to leave out.
    keep : array-like of str, optional
        Columns to keep that would be left out: identifiers, which then are read as text, and
        copies of an earlier column.
    time_limit : float, optional
        Seconds after which no training goes on: the members that are done are kept.
    n_jobs : int, optional
        How many members train at a time; all processors unless given.
    engine : {"auto", "compiled", "numpy", "jax"} or Jax, default="auto"
        What trains the members, as for :class:`MLPClassifier`. By several processes,
        ``Jax(hosts=...)``, they are trained one after another. It is no part of the model.
    checkpoint : path-like or Checkpoint, optional
        A folder in which each network is saved while it trains. It is no part of the model, nor is
        `resume`.
    resume : bool, default=False
        Go on with the networks that the folder holds, to the bits of the uninterrupted fit.
        `random_state` must be the same integer. Without it a network that is there is an error.
    verbose : bool, default=False
        Whether to show a progress bar, on standard error.
    random_state : int, RandomState instance, optional
        Seed of everything random. The same seed gives the same model."""


def documented(cls: T) -> T:
    """Put the shared documentation of the arguments into the class's docstring."""
    assert cls.__doc__ is not None
    cls.__doc__ = cls.__doc__.replace("    {parameters}", PARAMETERS)
    return cls
