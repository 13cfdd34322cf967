"""MLPClassifier: a network whose outputs are the probabilities of classes."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
    unique_labels,
)

from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy, Loss
from clearprop.engines import Jax
from clearprop.estimators.base import BaseMLP
from clearprop.estimators.decorators import available_if, fit_context
from clearprop.estimators.docs import documented
from clearprop.estimators.exclusive import exclusive_fit
from clearprop.estimators.weights import check_class_weight


@documented
class MLPClassifier(ClassifierMixin, BaseMLP):
    """A classifier of dense layers that replaces scikit-learn's MLPClassifier and does more.

    It minimises the cross-entropy of a softmax over the classes; for two classes, and for each
    label of multi-label targets, that of a logistic output. The same `random_state` gives the same
    weights as scikit-learn, for all of its settings except mini-batches of weighted rows:
    scikit-learn divides each mini-batch by its own sum of weights, so that weights have no effect
    between mini-batches.

    Parameters
    ----------
    {parameters}
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, from 0; they are multiplied by `sample_weight`. "balanced" gives
        all classes the same total weight.
    loss : "log_loss" or Loss, default="log_loss"
        The loss to minimise, for instance ``clearprop.CrossEntropy(label_smoothing=0.1)``.
    {engine}

    Attributes
    ----------
    classes_ : ndarray or list of ndarray
        The classes, in the order of the outputs.
    {attributes}

    Examples
    --------
    >>> from clearprop import MLPClassifier
    >>> from sklearn.datasets import load_digits
    >>> X, y = load_digits(return_X_y=True)
    >>> clf = MLPClassifier((32,), dropout=0.1, learning_rate_init=0.01, early_stopping=True,
    ...                     random_state=0)
    >>> clf = clf.fit(X[:1500] / 16, y[:1500])
    >>> clf.score(X[1500:] / 16, y[1500:]) > 0.9
    True
    """

    _stored_as: ClassVar[str] = "MLPClassifier"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseMLP._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
        "loss": [StrOptions({"log_loss"}), Loss],
    }
    _target_checks: ClassVar[dict[str, Any]] = {}

    def __init__(
        self,
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
        class_weight: Any = None,
        dropout: Any = 0.0,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        scoring: Any = None,
        engine: str | Jax = "auto",
        checkpoint: Any = None,
        resume: bool = False,
        loss: Any = "log_loss",
    ) -> None:
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
        self.class_weight = class_weight
        self.loss = loss

    @available_if(lambda estimator: estimator._solver_takes_steps)
    @fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> MLPClassifier:
        """Run one epoch over X and y, starting from the state of the last call.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Classes.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of the rows, from 0.
        classes : array-like, default=None
            All classes that any call will see; required in the first call.

        Returns
        -------
        self : object
            The fitted estimator.
        """
        if _check_partial_fit_first_call(self, classes):
            known = y if type_of_target(y).startswith("multilabel") else classes
            self._label_binarizer = LabelBinarizer().fit(known)
        with exclusive_fit(self):
            return self._fit(X, y, sample_weight, None, incremental=True)

    def predict(self, X: Any) -> np.ndarray:
        """Return the most probable class of each row, or all labels above probability 0.5.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Classes.
        """
        return self._predicted(self._outputs_to_predict(X))

    def predict_proba(self, X: Any) -> np.ndarray:
        """Return the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Rows sum to one; for multi-label targets each column is a probability of its own.
        """
        p = self._linked(self._outputs_to_predict(X))
        return np.hstack([1 - p, p]) if p.shape[1] == 1 else p

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Return the logarithm of each probability.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        log_probabilities : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`.
        """
        with np.errstate(divide="ignore"):  # a probability that underflowed to 0 gives -inf
            return np.log(self.predict_proba(X))

    def _check_targets(self, y: Any, incremental: bool) -> np.ndarray:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        keeps_classes = hasattr(self, "classes_") and (self.warm_start or incremental)
        if not keeps_classes:
            self._label_binarizer = LabelBinarizer().fit(y)
            self.classes_ = self._label_binarizer.classes_
        else:
            self._refuse_other_classes(y, exactly=self.warm_start and not incremental)
        return np.asarray(self._label_binarizer.transform(y)).astype(bool)

    def _refuse_other_classes(self, y: Any, exactly: bool) -> None:
        classes = unique_labels(y)
        if exactly and set(classes) != set(self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {classes}"
            )
        if len(np.setdiff1d(classes, self.classes_, assume_unique=True)):
            raise ValueError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {classes}."
            )

    def _weigh(self, y: Any, sample_weight: Any, incremental: bool) -> Any:
        if self.class_weight is None:
            return sample_weight
        check_class_weight(self.class_weight)
        if incremental and isinstance(self.class_weight, str):
            raise ValueError(
                "class_weight='balanced' needs all rows, which partial_fit does not see; compute "
                "it with sklearn.utils.class_weight.compute_class_weight and pass a dict"
            )
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        weights = compute_sample_weight(self.class_weight, y)
        return weights if sample_weight is None else weights * sample_weight

    def _labels(self, t: np.ndarray) -> Any:
        return self._label_binarizer.inverse_transform(t)

    def _as_split(self, t: np.ndarray) -> np.ndarray:
        return t.astype(bool)

    def _stratifies(self) -> bool:
        return bool(self.n_outputs_ == 1)

    def _scaled_targets(self, y: Any) -> None:
        return None

    def _loss_object(self) -> Loss:
        if isinstance(self.loss, Loss):
            return self.loss
        multiclass = self._label_binarizer.y_type_ == "multiclass"
        return CrossEntropy() if multiclass else BinaryCrossEntropy()

    def _predicted(self, outputs: np.ndarray) -> Any:
        p = self._linked(outputs)
        return self._label_binarizer.inverse_transform(p.ravel() if self.n_outputs_ == 1 else p)

    def _score(self, outputs: np.ndarray, y: Any, sample_weight: Any = None) -> float:
        if not np.isfinite(outputs).all():
            return float("nan")
        return float(accuracy_score(y, self._predicted(outputs), sample_weight=sample_weight))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
