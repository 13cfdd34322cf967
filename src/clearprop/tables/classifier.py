"""TableClassifier: classes from a raw table, by the mean of several small networks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.multiclass import check_classification_targets, type_of_target
from sklearn.utils.validation import check_array

from clearprop.definitions.losses import BinaryCrossEntropy, CrossEntropy, Loss
from clearprop.estimators.weights import check_class_weight
from clearprop.readings import numpy as xp
from clearprop.tables.arguments import documented
from clearprop.tables.base import BaseTable, TableTargets
from clearprop.tables.calibration import PRIOR_ROWS, best_temperature, logits_of, softmax
from clearprop.tables.targets import labels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.engines.choice import EngineChoice
    from clearprop.tables.streamed.encoder import TargetScale
    from clearprop.tables.streamed.statistics import TableStatistics
    from clearprop.tables.task import Member, MemberTask

MULTILABEL = "multilabel-indicator"


@documented
class TableClassifier(ClassifierMixin, BaseTable):
    """A classifier of raw tables: several small networks over coded columns, averaged.

    Numbers become a squashed value and a piecewise-linear code, categories an input each, dates
    the numbers of a calendar, texts the weights of their words; missing values have an input of
    their own. A few members hold rows out: they choose between inputs with and without the
    codes, and the number of epochs for the members that train on all rows. The probabilities of
    the members, after one common temperature, are averaged.

    Parameters
    ----------
    {parameters}
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, from 0; they are multiplied by `sample_weight`.

    Attributes
    ----------
    classes_ : ndarray
        The classes, in the order of the probabilities.
    inputs_ : TableInputs
        What each column becomes; ``inputs_.describe()`` says it in sentences.
    findings_ : tuple of Finding
        Columns that may give the target away; ``str`` of one is a sentence. Those that decide it
        alone are warned of, too.
    members_ : list of Member
        The trained networks.
    health_ : Health
        What is wrong with their training, and columns that decide the target: `docs/health.md`.
    temperature_ : float
        What the logits are divided by.
    ended_ : str
        "done", "time" (the limit), "interrupted" (Ctrl-C) or "callback".

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from clearprop import TableClassifier
    >>> rng = np.random.default_rng(0)
    >>> table = pd.DataFrame({"size": rng.normal(size=120), "shop": rng.choice(["a", "b"], 120)})
    >>> y = np.where((table["size"] > 0) & (table["shop"] == "a"), "yes", "no")
    >>> model = TableClassifier(preset="fast", random_state=0).fit(table, y)
    >>> model.score(table, y) > 0.9
    True
    """

    _stored_as: ClassVar[str] = "TableClassifier"
    _parameter_constraints: ClassVar[dict[str, list[Any]]] = {
        **BaseTable._parameter_constraints,
        "class_weight": [dict, list, StrOptions({"balanced"}), None],
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
        class_weight: Any = None,
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
        self.class_weight = class_weight

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the most probable class of each row, or all labels above probability 0.5.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
            Classes.
        """
        return self._most_probable(self.predict_proba(X))

    def _most_probable(self, p: NDArray[Any]) -> NDArray[Any]:
        if not self._is_single_label:
            return np.asarray(p > 0.5).astype(int)
        return np.asarray(self.classes_[p.argmax(axis=1)])

    def predict_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the probability of each class, in the order of `classes_`.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.

        Returns
        -------
        probabilities : ndarray of shape (n_samples, n_classes)
            Rows sum to one; for multi-label targets each column is a probability of its own.
        """
        return self._mean_probabilities(self.encode(X))

    def _mean_probabilities(self, encoded: Any) -> NDArray[np.float64]:
        """Return the probabilities (N, classes) for inputs of :meth:`encode`."""
        found = [self._probabilities(output) for output in self._member_outputs(encoded)]
        return np.asarray(np.mean(found, axis=0))

    def predict_log_proba(self, X: Any) -> NDArray[np.float64]:
        """Return the logarithm of each probability, (n_samples, n_classes)."""
        with np.errstate(divide="ignore"):  # a probability that underflowed to 0 gives -inf
            return np.log(self.predict_proba(X))

    def _probabilities(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return the probabilities (N, classes) of one member's raw outputs, after temperature."""
        linked = np.asarray(self._loss_object().link(xp, outputs))
        if not self._is_single_label:
            return linked.astype(np.float64)
        return softmax(logits_of(linked) / self.temperature_)

    @property
    def _is_single_label(self) -> bool:  # type: ignore[override]
        return bool(self._binarizer.y_type_ != MULTILABEL)

    def _names_of_outputs(self) -> tuple[str, ...]:
        if not self._is_single_label:
            return tuple(f"the log-odds of label {label}" for label in self.classes_)
        if len(self.classes_) == 2:
            return (f"the log-odds of {self.classes_[1]}, before the temperature",)
        return tuple(f"the score of {name} before the softmax" for name in self.classes_)

    def _predicted_by(self, outputs: NDArray[Any]) -> NDArray[Any]:
        return self._most_probable(self._probabilities(outputs))

    def _check_y(self, y: Any) -> NDArray[Any]:
        y = labels_of(y)
        if type_of_target(y, input_name="y", raise_unknown=True) == MULTILABEL:
            y = check_array(y, accept_sparse=True, dtype=None)
            y = y.toarray() if hasattr(y, "toarray") else y
        else:
            y = column_or_1d(y, warn=True)
        check_classification_targets(y)
        self._binarizer = LabelBinarizer().fit(y)
        self.classes_ = self._binarizer.classes_
        if self._is_single_label and len(self.classes_) < 2:
            raise ValueError(
                f"y has one class only, {self.classes_[0]!s:.60}: a classifier needs two or more"
            )
        return np.asarray(y)

    def _seen_target(self, y: NDArray[Any], columns: NDArray[Any]) -> tuple[Any, Any]:
        if not self._is_single_label:
            return columns, None
        return np.searchsorted(self.classes_, y), self.classes_

    def _streamed_targets(self, found: TableStatistics) -> tuple[TableTargets, TargetScale]:
        from clearprop.tables.streamed.encoder import TargetScale

        counts = found.target.classes
        assert counts is not None
        # Of labels that all differ scikit-learn says that they look like numbers.
        self._check_y(np.tile(np.asarray(counts.index), 4))
        first = 1 if self._uses_sigmoid else 0
        parts, weighed = (
            np.asarray(each.reindex(self.classes_) / each.sum(), np.float64)[first:]
            for each in (counts, found.target.weighed)
        )
        targets = replace(self._targets(found.sample.y, None), prior=self._prior(weighed))
        spread = np.sqrt(parts * (1 - parts)) + 1e-9
        names = self.classes_[1:] if self._uses_sigmoid else self.classes_
        ones = np.ones(len(parts))
        return targets, TargetScale(list(names), 0 * ones, ones, parts, spread)

    def _weigh(self, y: NDArray[Any], sample_weight: Any) -> Any:
        if self.class_weight is None:
            return sample_weight
        check_class_weight(self.class_weight)
        weights = compute_sample_weight(self.class_weight, y)
        return weights if sample_weight is None else weights * sample_weight

    def _targets(self, y: NDArray[Any], weights: Any) -> TableTargets:
        columns = np.asarray(self._binarizer.transform(y), np.float32)
        prior = self._prior(np.average(columns, axis=0, weights=weights))
        strata = columns.argmax(axis=1) if columns.shape[1] > 1 else columns[:, 0]
        return TableTargets(columns, strata, self._loss_object(), prior, classifies=True)

    def _prior(self, mean: NDArray[Any]) -> NDArray[Any]:
        """Return the raw outputs (K,) that predict these parts of the classes or labels."""
        p = np.clip(mean, 0.01, 0.99) if self._uses_sigmoid else np.clip(mean, 1e-3, 1)
        return np.asarray(np.log(p / (1 - p)) if self._uses_sigmoid else np.log(p))

    def _columns_of(self, y: Any) -> NDArray[Any]:
        unknown = np.setdiff1d(np.unique(y), self.classes_)
        if self._is_single_label and unknown.size:
            raise ValueError(f"y has the class {unknown[0]!s:.60}, which training did not have")
        return np.asarray(self._binarizer.transform(y), np.float32)

    @property
    def _uses_sigmoid(self) -> bool:
        return not self._is_single_label or len(self.classes_) == 2

    def _loss_object(self) -> Loss:
        return BinaryCrossEntropy() if self._uses_sigmoid else CrossEntropy()

    def _after_training(self, task: MemberTask, y: NDArray[Any]) -> None:
        self.temperature_ = 1.0
        rows, outputs = self._held_out(task)
        if not len(rows) or not self._is_single_label:
            return
        linked = np.asarray(self._loss_object().link(xp, outputs))
        classes = np.searchsorted(self.classes_, y[rows])
        weights = None if task.weights is None else task.weights[rows]
        beta = best_temperature(logits_of(linked), classes, 1.0, 30, weights, PRIOR_ROWS)[1]
        self.temperature_ = 1 / beta

    def _of_members(self, members: list[Member]) -> dict[str, Any]:
        return {"members_": members, "temperature_": 1.0}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
