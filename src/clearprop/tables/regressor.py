"""TableRegressor: quantities from a raw table, by the mean of several small networks."""

from __future__ import annotations

from numbers import Real
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, check_is_fitted

from clearprop.definitions.losses import Loss, Quantile
from clearprop.estimators.options import REGRESSION_LOSSES
from clearprop.readings import numpy as xp
from clearprop.tables.arguments import documented
from clearprop.tables.base import BaseTable, TableTargets
from clearprop.tables.targets import check_size, quantities_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.engines.choice import EngineChoice
    from clearprop.tables.streamed.encoder import TargetScale
    from clearprop.tables.streamed.statistics import TableStatistics
    from clearprop.tables.task import Member, MemberTask

POSITIVE = ("poisson",)
"""Losses whose targets are counts: they are not standardised."""


@documented
class TableRegressor(RegressorMixin, BaseTable):
    """A regressor of raw tables: several small networks over coded columns, averaged.

    Columns are coded as by :class:`TableClassifier`. Targets are standardised. A few members hold
    rows out and say for how many epochs the others train on all rows. The predictions of the
    members are averaged, and stay within the range of the training targets.

    Parameters
    ----------
    {parameters}
    loss : {"squared_error", "absolute_error", "huber", "quantile", "poisson"}, \
default="squared_error"
        The loss to minimise, in units of the target's standard deviation; "poisson" is for
        counts, and predicts their expectation.
    quantile : float, default=0.5
        The level of the "quantile" loss.

    Attributes
    ----------
    inputs_ : TableInputs
        What each column becomes; ``inputs_.describe()`` says it in sentences.
    findings_ : tuple of Finding
        Columns that may give the target away; ``str`` of one is a sentence. Those that decide it
        alone are warned of, too.
    members_ : list of Member
        The trained networks.
    health_ : Health
        What is wrong with their training, and columns that decide the target: `docs/health.md`.
    target_mean_, target_sd_ : ndarray of shape (n_outputs,)
        Of the training targets: a network's output times the second plus the first is a quantity.
    residuals_ : ndarray of shape (n_held_out, n_outputs)
        The absolute errors of rows that a member held out, in increasing order.
    ended_ : str
        "done", "time" (the limit), "interrupted" (Ctrl-C) or "callback".

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from clearprop import TableRegressor
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"x": rng.uniform(-2, 2, 200), "kind": rng.choice(["a", "b"], 200)})
    >>> y = np.where(table["kind"] == "a", table["x"] ** 2, -table["x"])
    >>> model = TableRegressor(preset="fast", random_state=0).fit(table, y)
    >>> model.score(table, y) > 0.95
    True
    """

    _stored_as: ClassVar[str] = "TableRegressor"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseTable._parameter_constraints,
        "loss": [StrOptions(set(REGRESSION_LOSSES))],
        "quantile": [Interval(Real, 0, 1, closed="neither")],
    }

    def __init__(
        self,
        preset: str = "default",
        *,
        members: int | None = None,
        hidden_layer_sizes: Any = None,
        extra_layers: int = 1,
        activation: str = "silu",
        learning_rate_init: float = 0.008,
        weight_decay: float = 0.1,
        plain_weight_decay: float = 0.02,
        beta_2: float = 0.99,
        rise: float = 0.1,
        row_budget: int | None = None,
        min_epochs: int = 10,
        max_epochs: int | None = None,
        steps_per_epoch: int = 64,
        min_batch: int = 16,
        max_batch: int = 256,
        bins: int = 16,
        max_inputs: int = 256,
        lack_of_fit: float = 6.0,
        max_one_hot: int | None = None,
        min_category_rows: int = 3,
        target_smoothing: float = 10.0,
        max_words: int = 2000,
        text_length: float = 5.0,
        ignore: Any = None,
        keep: Any = None,
        time_limit: float | None = None,
        n_jobs: int | None = None,
        engine: EngineChoice = "auto",
        checkpoint: Any = None,
        resume: bool = False,
        verbose: bool = False,
        random_state: Any = None,
        loss: str = "squared_error",
        quantile: float = 0.5,
    ) -> None:
        self.preset = preset
        self.members = members
        self.hidden_layer_sizes = hidden_layer_sizes
        self.extra_layers = extra_layers
        self.activation = activation
        self.learning_rate_init = learning_rate_init
        self.weight_decay = weight_decay
        self.plain_weight_decay = plain_weight_decay
        self.beta_2 = beta_2
        self.rise = rise
        self.row_budget = row_budget
        self.min_epochs = min_epochs
        self.max_epochs = max_epochs
        self.steps_per_epoch = steps_per_epoch
        self.min_batch = min_batch
        self.max_batch = max_batch
        self.bins = bins
        self.max_inputs = max_inputs
        self.lack_of_fit = lack_of_fit
        self.max_one_hot = max_one_hot
        self.min_category_rows = min_category_rows
        self.target_smoothing = target_smoothing
        self.max_words = max_words
        self.text_length = text_length
        self.ignore = ignore
        self.keep = keep
        self.time_limit = time_limit
        self.n_jobs = n_jobs
        self.engine = engine
        self.checkpoint = checkpoint
        self.resume = resume
        self.verbose = verbose
        self.random_state = random_state
        self.loss = loss
        self.quantile = quantile

    def predict(self, X: Any) -> NDArray[np.float64]:
        """Return a quantity for each row.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            In the unit of the targets.
        """
        return self._mean_quantities(self.encode(X))

    def _mean_quantities(self, encoded: Any) -> NDArray[np.float64]:
        """Return the predictions (N,) or (N, K) for inputs of :meth:`encode`."""
        found = [self._quantities(outputs) for outputs in self._member_outputs(encoded)]
        mean = np.clip(np.mean(found, axis=0), *self.target_range_)
        return np.asarray(mean[:, 0] if self._single else mean)

    def predict_interval(self, X: Any, coverage: float = 0.9) -> NDArray[np.float64]:
        """Return, for each row, an interval that holds the target with probability `coverage`.

        The interval is the prediction ± q, where q is the ⌈(M + 1) coverage⌉-th smallest absolute
        error of the M rows that members held out (split conformal prediction). The promise holds
        for rows drawn as the training rows were. It is not too narrow: the mean of all members
        errs less than the member that held the rows out.
        Source: Lei, G'Sell, Rinaldo, Tibshirani and Wasserman 2018, section 2.2.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.
        coverage : float, default=0.9
            Between 0 and 1.

        Returns
        -------
        interval : ndarray of shape (n_samples, 2) or (n_samples, 2, n_outputs)
            Lower and upper end, in the unit of the targets.

        Raises
        ------
        ValueError
            If too few rows were held out for this coverage.
        """
        half = self._half_interval(coverage)
        prediction = self.predict(X)
        return np.stack([prediction - half, prediction + half], axis=1)

    def _half_interval(self, coverage: float) -> Any:
        """Return half the length of the intervals: a number, or (K,) for several targets."""
        check_is_fitted(self)
        if not 0 < coverage < 1:
            raise ValueError(f"coverage must lie between 0 and 1, got {coverage}")
        held_out = len(self.residuals_)
        place = int(np.ceil((held_out + 1) * coverage))
        if place > held_out:
            raise ValueError(
                f"{held_out} rows were held out: too few for a coverage of {coverage}. The most "
                f"is {held_out / (held_out + 1):.4g}"
            )
        half = self.residuals_[place - 1]
        return half[0] if self._single else half

    def _quantities(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Return the predictions (N, K) of one member's raw outputs, in the unit of the targets."""
        linked = np.asarray(self._loss_object().link(xp, outputs), np.float64)
        return linked * self.target_sd_ + self.target_mean_

    def _names_of_outputs(self) -> tuple[str, ...]:
        what = "the logarithm of the prediction" if self.loss in POSITIVE else "the prediction"
        if self._single:
            return (what,)
        return tuple(f"{what} of target {k}" for k in range(len(self.target_sd_)))

    def _unit_of_outputs(self) -> NDArray[np.float64]:
        return self.target_sd_

    def _predicted_by(self, outputs: NDArray[Any]) -> NDArray[Any]:
        found = self._quantities(outputs)
        return found[:, 0] if self._single else found

    def _check_y(self, y: Any) -> NDArray[Any]:
        y = quantities_of(y)
        y = check_array(y, ensure_2d=False, dtype=np.float64, input_name="y")
        check_size(y)
        if y.ndim == 2 and y.shape[1] == 1:
            import warnings

            from sklearn.exceptions import DataConversionWarning

            warnings.warn(
                "A column-vector y was passed when a 1d array was expected. Please change the "
                "shape of y to (n_samples, ), for example using ravel().",
                DataConversionWarning,
                stacklevel=5,
            )
            y = y[:, 0]
        self._single = y.ndim == 1
        if self.loss in POSITIVE and (y < 0).any():
            row = int(np.argwhere(y < 0)[0][0])
            raise ValueError(f"loss='poisson' is for counts: the target of row {row} is negative")
        return np.asarray(y)

    def _seen_target(self, y: NDArray[Any], columns: NDArray[Any]) -> tuple[Any, Any]:
        return y.reshape(len(y), -1), None

    def _weigh(self, y: NDArray[Any], sample_weight: Any) -> Any:
        return sample_weight

    def _targets(self, y: NDArray[Any], weights: Any) -> TableTargets:
        columns = y.reshape(len(y), -1)
        mean = np.average(columns, axis=0, weights=weights)
        spread = np.average((columns - mean) ** 2, axis=0, weights=weights)
        prior = self._scaled_by(mean, spread, columns.min(axis=0), columns.max(axis=0))
        return self._scaled(y, prior)

    def _scaled_by(
        self, mean: NDArray[Any], variance: NDArray[Any], least: NDArray[Any], most: NDArray[Any]
    ) -> NDArray[Any] | None:
        """Learn how targets are scaled from what they are (K,); return the prior of the network."""
        self.target_range_ = least, most
        self.target_mean_, self.target_sd_ = np.zeros(len(mean)), np.ones(len(mean))
        if self.loss in POSITIVE:
            return np.asarray(np.log(np.maximum(mean, 1e-6)))
        self.target_mean_ = mean
        self.target_sd_ = np.where(variance > 0, np.sqrt(variance), 1.0)
        return None

    def _scaled(self, y: NDArray[Any], prior: NDArray[Any] | None) -> TableTargets:
        columns = y.reshape(len(y), -1)
        ranks = np.argsort(np.argsort(columns[:, 0], kind="stable"), kind="stable")
        scaled = self._columns_of(y)
        return TableTargets(scaled, ranks * 10 // len(y), self._loss_object(), prior, False)

    def _streamed_targets(self, found: TableStatistics) -> tuple[TableTargets, TargetScale]:
        from clearprop.tables.streamed.encoder import TargetScale

        known, weighed = found.target.moments, found.target.weighed
        assert known is not None
        y = self._check_y(found.sample.y)
        self._check_y(known.least if y.ndim == 1 else known.least[None])  # of counts
        variance = weighed.squares / weighed.count
        prior = self._scaled_by(weighed.mean, variance, known.least, known.most)
        mean, sd = self.target_mean_, self.target_sd_
        overall = (known.mean - mean) / sd
        spread = np.sqrt(known.squares / known.count) / sd + 1e-9
        scale = TargetScale(range(len(mean)), mean, sd, overall, spread)
        return self._scaled(y, prior), scale

    def _columns_of(self, y: Any) -> NDArray[Any]:
        columns = np.asarray(y, np.float64).reshape(len(y), -1)
        return np.asarray((columns - self.target_mean_) / self.target_sd_, np.float32)

    def _loss_object(self) -> Loss:
        if self.loss == "quantile":
            return Quantile(self.quantile)
        return REGRESSION_LOSSES[self.loss]()

    def _after_training(self, task: MemberTask, y: NDArray[Any]) -> None:
        rows, outputs = self._held_out(task)
        wanted = y.reshape(len(y), -1)[rows]
        self.residuals_ = np.sort(np.abs(wanted - self._quantities(outputs)), axis=0)

    def _of_members(self, members: list[Member]) -> dict[str, Any]:
        return {"members_": members, "residuals_": np.zeros((0, len(self.target_sd_)))}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
