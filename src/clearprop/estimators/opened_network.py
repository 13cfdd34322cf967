"""A fitted estimator opened: its activations, its next step, and the page on which it learns."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.estimators.network import hidden_outputs, to_tree
from clearprop.explaining.opened import Step
from clearprop.learning.lesson import Lesson
from clearprop.readings import numpy as xp


class OpenedNetwork(ABC):
    """What a fitted estimator shows of its network."""

    coefs_: list[np.ndarray]
    intercepts_: list[np.ndarray]

    @abstractmethod
    def _network(self) -> Any:
        """Return the fitted network."""

    @abstractmethod
    def _check_inputs(self, X: Any) -> Any:
        """Return validated rows."""

    def hidden_activations(self, X: Any) -> list[np.ndarray]:
        """Return each hidden layer's activations for X, first layer first.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        activations : list of ndarray of shape (n_samples, layer size)
            One array for each hidden layer, without dropout.
        """
        check_is_fitted(self)
        X = self._check_inputs(X)
        network = self._network()
        tree = to_tree(network, self.coefs_, self.intercepts_)
        wanted, found = hidden_outputs(network), []
        for name, layer in network.children.items():
            X, _ = layer.forward(xp, tree.get(name, {}), X)
            if name in wanted:
                found.append(X)
        return found

    def explain(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        row_names: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> Step:
        """Return the next training step on these rows, with the origin of every number.

        The step is the one that training would take next if these rows were the batch: it starts
        from the weights, the optimizer's state, the learning rate and the penalty of the fitted
        estimator. The estimator does not change. Every call draws the same dropout masks.

        Parameters
        ----------
        X : {array-like, sparse matrix} of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows. They are multiplied by the class weights if those are a dict;
            "balanced" class weights depend on all training rows and are left out.
        row_names : sequence of str, optional
            Names of the rows.
        image_shape : (int, int), optional
            Height and width, if each row is an image.

        Returns
        -------
        step : Step
            See :func:`clearprop.explain`. With the solver "lbfgs" it ends with the gradients,
            because SciPy makes the update.
        """
        from clearprop.estimators.opened import next_step

        check_is_fitted(self)
        return next_step(self, X, y, sample_weight, row_names, image_shape)

    def learn(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        from_fitted: bool = False,
        inputs: Sequence[str] | None = None,
        image_shape: tuple[int, int] | None = None,
    ) -> Lesson:
        """Return the page on which this estimator's network trains live, step by step.

        Parameters
        ----------
        X, y
            Rows as `fit` takes them, best standardised; of many rows the page has a part.
        sample_weight : array-like of shape (n_samples,), optional
            How much each row counts.
        from_fitted : bool
            Whether to begin with the fitted weights instead of newly drawn ones.
        inputs : sequence of str, optional
            Names of the columns of X.
        image_shape : (int, int), optional
            Height and width, if each row is an image.

        Returns
        -------
        lesson : Lesson
            See :func:`clearprop.learn`.
        """
        from clearprop.estimators.lesson import lesson_of

        check_is_fitted(self)
        return lesson_of(self, X, y, sample_weight, from_fitted, inputs, image_shape)
