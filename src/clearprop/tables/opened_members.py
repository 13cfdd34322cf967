"""A fitted table estimator opened: its members, a step of one, and what a column does to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from clearprop.engines import get_engine
from clearprop.estimators.opened import words_of
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.opened import Step, explain
from clearprop.tables.column_origin import (
    ColumnOrigin,
    column_gradients,
    input_gradients,
    origin_of,
)
from clearprop.tables.columns import columns_of
from clearprop.tables.recipe import WITHOUT_PIECES
from clearprop.tables.step_cells import cells_of
from clearprop.tables.task import Member, network_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from clearprop.definitions.losses import Loss
    from clearprop.definitions.optimizers import Optimizer
    from clearprop.tables.inputs import TableInputs
    from clearprop.tables.recipe import Recipe


class OpenedMembers(ABC):
    """What a fitted table estimator says of its networks."""

    inputs_: TableInputs
    members_: list[Member]
    _recipe: Recipe

    @abstractmethod
    def _columns_of(self, y: Any) -> NDArray[Any]:
        """Return targets of new rows as networks see them, (N, K)."""

    @abstractmethod
    def _predicted_by(self, outputs: NDArray[Any]) -> NDArray[Any]:
        """Return the predictions of one member for its raw outputs (N, K)."""

    @abstractmethod
    def _loss_object(self) -> Loss:
        """Return the loss that the members minimise."""

    def member_predictions(self, X: Any) -> NDArray[Any]:
        """Return what each member alone predicts: where they differ, the mean is less certain.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.

        Returns
        -------
        predictions : ndarray of shape (n_members, n_samples) or (n_members, n_samples, n_outputs)
            As ``predict`` gives them.
        """
        return np.stack([self._predicted_by(o) for o in self._member_outputs(self.encode(X))])

    def column_gradients(self, X: Any) -> NDArray[np.float64]:
        """Return the exact derivative of the members' mean raw output by each column of numbers.

        ∂o_k/∂x_j = Σ_i ∂o_k/∂input_i · ∂input_i/∂x_j, over the inputs i that column j becomes. A
        raw output is a log-odds for classes, and for squared error the prediction itself; it is in
        its own unit for a unit of the column.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.

        Returns
        -------
        gradients : ndarray of shape (n_samples, n_columns) or (n_samples, n_outputs, n_columns)
            In the order of ``inputs_.columns``. NaN for columns that are no numbers, and where a
            number is missing. At the edge of a piece it is the derivative towards larger numbers.
        """
        columns, encoded = self._read(X)
        found = column_gradients(self.inputs_, columns, self._mean_gradients(encoded))
        return found[:, 0] if found.shape[1] == 1 else found

    def why(self, X: Any, column: str, row: int = 0, member: int | None = None) -> ColumnOrigin:
        """Return what a cell of the raw table becomes, and what follows from it for the output.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.
        column : str
            The column's name.
        row : int, default=0
            Which row of X.
        member : int, optional
            Whose output; None for the mean of all.

        Returns
        -------
        origin : ColumnOrigin
            Prints as a table: the inputs that the cell becomes, and the derivatives of the output.

        Raises
        ------
        DataError
            If no input comes from a column of that name.
        """
        columns, encoded = self._read(X)
        members = range(len(self.members_)) if member is None else [member]
        gradients = self._mean_gradients(encoded[[row]], members)[0]
        return origin_of(
            self.inputs_, columns, column, row, encoded[[row]], gradients,
            self._names_of_outputs(),
        )  # fmt: skip

    def _mean_gradients(
        self, encoded: Any, members: Sequence[int] | range | None = None
    ) -> NDArray[np.float64]:
        """Return the mean over members of ∂output/∂input, (N, K, D), in the target's unit."""
        if hasattr(encoded, "toarray"):
            encoded = encoded.toarray()
        members = range(len(self.members_)) if members is None else members
        total: Any = 0.0
        for k in members:
            found = input_gradients(
                self.network(k), self.members_[k].params, self._seen_by(k, encoded)
            )
            whole = np.zeros((*found.shape[:2], encoded.shape[1]))
            seen = self.members_[k].inputs == WITHOUT_PIECES
            whole[:, :, self.inputs_.without_pieces() if seen else slice(None)] = found
            total = total + whole
        return np.asarray(total / len(members) * self._unit_of_outputs()[:, None])

    @abstractmethod
    def _names_of_outputs(self) -> tuple[str, ...]:
        """Return what each raw output is (K,)."""

    def _unit_of_outputs(self) -> NDArray[np.float64]:
        """Return what one of each raw output is in the unit it is told in (K,)."""
        return np.ones(1)

    def explain(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        member: int = 0,
        row_names: Sequence[str] | None = None,
    ) -> Step:
        """Return a training step of one member on these rows, with the origin of every number.

        The step starts from the member's weights, with the optimizer's first state and its
        highest learning rate: what training would do next if it began again from here.

        Parameters
        ----------
        X : {DataFrame, array-like, sparse matrix} of shape (n_samples, n_features)
            A table with the columns of training.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights of the rows.
        member : int, default=0
            Which of ``members_``.
        row_names : sequence of str, optional
            Names of the rows.

        Returns
        -------
        step : Step
            See :func:`clearprop.explain`; its inputs have the names of ``inputs_.input_names``.
        """
        columns, encoded = self._read(X)
        if hasattr(encoded, "toarray"):
            encoded = encoded.toarray()
        found = self.members_[member]
        names = self._seen_by(member, np.array([self.inputs_.input_names], dtype=object))[0]
        encoded = self._seen_by(member, encoded)
        step = explain(
            self.network(member), self._loss_object(), found.params, encoded, self._columns_of(y),
            optimizer=self.member_optimizer(member),
            sample_weight=sample_weight,
        )  # fmt: skip
        labels = StepLabels(
            rows=tuple(row_names or (f"row {place}" for place in range(len(encoded)))),
            columns=tuple(names),
            cells=cells_of(self.inputs_, columns, len(encoded), self._seen_places(member)),
            classes=tuple(map(str, getattr(self, "classes_", ()))),
            targets=tuple(words_of(y)),
            predictions=tuple(words_of(self._predicted_by(self._outputs_of(member, encoded)))),
        )
        return replace(step, labels=labels)

    @property
    def member_loss(self) -> Loss:
        """The loss that the members minimise."""
        return self._loss_object()

    def member_optimizer(self, member: int) -> Optimizer:
        """Return the optimizer that trained a member, with the highest learning rate."""
        return self._recipe.optimizer(self.members_[member].inputs)

    def network(self, member: int = 0) -> Any:
        """Return the network of a member, of the layers that :func:`clearprop.explain` takes."""
        check_is_fitted(self)
        found = self.members_[member]
        first = next(iter(found.params.values()))
        last = list(found.params.values())[-1]
        return network_of(self._recipe, found.inputs, first["W"].shape[0], last["W"].shape[1])

    def encode(self, X: Any) -> Any:
        """Return the inputs (n_samples, D) that the networks see for the rows of a raw table.

        Their names are ``inputs_.input_names``.
        """
        return self._read(X)[1]

    def _read(self, X: Any) -> tuple[Mapping[str, Any], Any]:
        """Return the columns of a raw table and the inputs (n_samples, D) that they become."""
        check_is_fitted(self)
        table = columns_of(self, X, reset=False)
        return table.columns, self.inputs_.encode(table.columns, table.rows)[0]

    def _member_outputs(self, encoded: Any) -> list[NDArray[np.float32]]:
        """Return the raw outputs (N, K) of each member for inputs of :meth:`encode`."""
        seen: dict[str, Any] = {}
        for k, member in enumerate(self.members_):
            if member.inputs not in seen:
                seen[member.inputs] = self._seen_by(k, encoded)
        return [self._outputs_of(k, seen[one.inputs]) for k, one in enumerate(self.members_)]

    def _outputs_of(self, member: int, seen: Any) -> NDArray[np.float32]:
        """Return the raw outputs (N, K) of a member for the inputs that it sees."""
        network, params = self.network(member), self.members_[member].params
        return np.asarray(get_engine("auto").outputs(network, params, None, seen))

    def _seen_by(self, member: int, encoded: Any) -> Any:
        """Return those of the inputs that a member sees."""
        return encoded[:, self._seen_places(member)]

    def _seen_places(self, member: int) -> NDArray[np.intp] | slice:
        seen = self.members_[member].inputs == WITHOUT_PIECES
        return self.inputs_.without_pieces() if seen else slice(None)
