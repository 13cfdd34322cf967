"""scikit-learn: MLPClassifier and MLPRegressor, continued from given weights by a warm start."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier, MLPRegressor

from cases import MOMENTUM, Case
from contenders.base import AbsentError, Contender


class ScikitLearn(Contender):
    """What it cannot do: layer normalization, and a softmax over two classes."""

    takes_sparse = True

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        if case.layer_norm:
            raise AbsentError("no layer norm")
        super().__init__(case, variant, threads)
        estimator = MLPRegressor if case.loss == "numbers" else MLPClassifier
        self.model = estimator(
            hidden_layer_sizes=case.widths[1:-1],
            activation=case.activation,
            solver=case.optimizer,
            alpha=0.0,
            batch_size=case.batch,
            learning_rate_init=case.learning_rate,
            momentum=MOMENTUM,
            nesterovs_momentum=False,
            shuffle=case.shuffle,
            random_state=0,
            tol=0.0,
            n_iter_no_change=np.inf,
            max_iter=1,
            warm_start=True,
        )
        if case.loss == "labels":
            self.t = self.t.astype(int)
        self.train(1)  # makes the attributes that `reset` sets
        self.reset()

    def reset(self) -> None:
        arrays = self.case.start()
        self.model.coefs_, self.model.intercepts_ = arrays[::2], arrays[1::2]

    def train(self, epochs: int) -> None:
        self.model.max_iter = epochs
        t = self.t.ravel() if self.case.loss == "numbers" else self.t
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are the point
            self.model.fit(self.x, t)

    def weights(self) -> list[np.ndarray]:
        pairs = zip(self.model.coefs_, self.model.intercepts_, strict=True)
        return [array for pair in pairs for array in pair]


CONTENDER = ScikitLearn
