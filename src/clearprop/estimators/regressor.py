"""MLPRegressor: a network whose outputs are numbers."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions

from clearprop.definitions.losses import Loss, Poisson
from clearprop.engines import Jax
from clearprop.estimators.base import BaseMLP
from clearprop.estimators.decorators import available_if, fit_context
from clearprop.estimators.docs import documented
from clearprop.estimators.exclusive import exclusive_fit
from clearprop.estimators.options import REGRESSION_LOSSES


@documented
class MLPRegressor(RegressorMixin, BaseMLP):
    """A regressor of dense layers that replaces scikit-learn's MLPRegressor and does more.

    The same `random_state` gives the same weights as scikit-learn, for all of its settings except
    mini-batches of weighted rows (see MLPClassifier), and "lbfgs" with several outputs, where
    scikit-learn's value and gradient belong to different functions.

    Parameters
    ----------
    loss : str or Loss, default="squared_error"
        The loss to minimise: "squared_error", "poisson", and in addition to scikit-learn
        "absolute_error", "huber" (threshold 1), "quantile" (the median), or a Loss such as
        ``clearprop.Quantile(0.9)``.
    {parameters}
    {engine}

    Attributes
    ----------
    {attributes}

    Examples
    --------
    >>> from clearprop import MLPRegressor, Quantile
    >>> import numpy as np
    >>> x = np.linspace(-1, 1, 200).reshape(-1, 1)
    >>> y = np.sin(3 * x[:, 0])
    >>> net = MLPRegressor(hidden_layer_sizes=(20,), activation="tanh", solver="lbfgs",
    ...                    alpha=0, random_state=0).fit(x, y)
    >>> net.score(x, y) > 0.999
    True
    """

    _stored_as: ClassVar[str] = "MLPRegressor"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMLP._parameter_constraints,
        "loss": [StrOptions(set(REGRESSION_LOSSES)), Loss],
    }
    _target_checks: ClassVar[dict[str, Any]] = {"y_numeric": True}

    def __init__(
        self,
        loss: Any = "squared_error",
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool | str = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        dropout: Any = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        scoring: Any = None,
        engine: str | Jax = "auto",
        checkpoint: Any = None,
        resume: bool = False,
    ) -> None:
        self.loss = loss
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.dropout = dropout
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.scoring = scoring
        self.engine = engine
        self.checkpoint = checkpoint
        self.resume = resume

    @available_if(lambda estimator: estimator._solver_takes_steps)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Run one epoch over X and y, starting from the state of the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, from 0.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        with exclusive_fit(self):
            return self._fit(X, y, sample_weight, None, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the prediction for each row.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.
        """
        return self._predicted(self._outputs_to_predict(X))

    def _check_targets(self, y: Any, incremental: bool) -> np.ndarray:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return np.asarray(y)

    def _weigh(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        return sample_weight

    def _labels(self, t: np.ndarray) -> Any:
        return t

    def _as_split(self, t: np.ndarray) -> np.ndarray:
        return t

    def _stratifies(self) -> bool:
        return False

    def _scaled_targets(self, y: Any) -> Any:
        return None if isinstance(self._loss_object(), Poisson) else y

    def _loss_object(self) -> Loss:
        return self.loss if isinstance(self.loss, Loss) else REGRESSION_LOSSES[self.loss]()

    def _predicted(self, outputs: np.ndarray) -> np.ndarray:
        y = self._linked(outputs)
        return y.ravel() if y.shape[1] == 1 else y

    def _score(self, outputs: np.ndarray, y: Any, sample_weight: Any = None) -> float:
        predicted = self._predicted(outputs)
        if not np.isfinite(predicted).all():
            return float("nan")
        return float(r2_score(y, predicted, sample_weight=sample_weight))
