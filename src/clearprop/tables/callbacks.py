"""scikit-learn's callbacks (SLEP 23) in a table's fit: told of each member and of its epochs."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.estimators.followed import followers_of
from clearprop.tables.recipe import WITHOUT_PIECES
from clearprop.tables.task import Member, MemberTask, Watcher

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True)
class MemberTraining:
    """A member while it is trained, as callbacks see it in ``estimator.training_``.

    Attributes
    ----------
    inputs
        Which inputs it sees, "all" or "without pieces".
    rows_held_out
        How many rows a probe holds out; 0 for other members.
    epochs
        For how many epochs it trains at most.
    loss_curve
        The training loss of each epoch so far.
    held_out_curve
        The monitored loss of the held-out rows after each epoch so far; of a probe.
    """

    inputs: str
    rows_held_out: int
    epochs: int
    loss_curve: list[float] = field(default_factory=list)
    held_out_curve: list[float] = field(default_factory=list)


class MemberCallbacks:
    """The callback contexts of one fit: the fit's, in it one a member, in that one an epoch.

    Members train in threads; hooks are called by one of them at a time.

    Parameters
    ----------
    estimator
        The table estimator; its attribute ``training_`` is made here.
    arguments
        X, y and metadata, as hooks may ask for them.
    task
        What the members are trained on.
    watcher
        Where a callback ends the fit.
    """

    def __init__(
        self, estimator: Any, arguments: Mapping[str, Any], task: MemberTask, watcher: Watcher
    ) -> None:
        self.estimator, self.watcher = estimator, watcher
        self.arguments = {"estimator": estimator, **arguments}
        self.lock = Lock()
        self.followers = followers_of(estimator)
        estimator.training_ = {}
        self.fit = estimator._init_callback_context(
            max_subtasks=task.most_members, sequential_subtasks=False
        )
        self.fit.call_on_fit_task_begin(**self.arguments)

    def member_begins(self, place: int, training: MemberTraining) -> OneMember:
        """Notify the callbacks that a member begins."""
        with self.lock:
            self.estimator.training_[place] = training
            context = self.fit.subcontext("member", task_id=place, max_subtasks=training.epochs)
            context.call_on_fit_task_begin(**self.arguments)
        return OneMember(self, training, context)

    def names_of(self, inputs: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the names of the inputs that some members see, and of the classes."""
        names = np.array([str(one) for one in self.estimator.inputs_.input_names], object)
        seen = self.estimator.inputs_.without_pieces() if inputs == WITHOUT_PIECES else slice(None)
        classes = getattr(self.estimator, "classes_", ())
        return tuple(names[seen]), tuple(map(str, classes)) if np.ndim(classes) == 1 else ()

    def fit_ends(self) -> None:
        """Notify the callbacks that the fit has ended."""
        del self.estimator.training_
        self.fit.call_on_fit_task_end(**self.arguments, reconstruction_attributes=dict)


class OneMember:
    """Notifies callbacks of one member's epochs and of its end."""

    def __init__(self, told: MemberCallbacks, training: MemberTraining, context: Any) -> None:
        self.told, self.training, self.context = told, training, context

    def epoch_ends(self, loss: float, held_out: float | None, so_far: Callable[[], Member]) -> bool:
        """Notify the callbacks of an epoch that has ended; return whether one ends the member.

        Parameters
        ----------
        loss, held_out
            The training loss, and the monitored loss of the held-out rows, of a probe.
        so_far
            Returns the member as it is; called only for a callback that asks for it.
        """
        told, training = self.told, self.training
        with told.lock:
            training.loss_curve.append(loss)
            if held_out is not None:
                training.held_out_curve.append(held_out)
            epoch = self.context.subcontext("epoch")
            epoch.call_on_fit_task_begin(**told.arguments)
            return bool(
                epoch.call_on_fit_task_end(
                    **told.arguments,
                    reconstruction_attributes=lambda: told.estimator._of_members([so_far()]),
                )
            )

    def ends(self, member: Member | None) -> None:
        """Notify the callbacks that the member has ended; one of them may end the fit."""
        told = self.told
        attributes = None if member is None else told.estimator._of_members([member])
        with told.lock:
            told.watcher.told_to_end |= bool(
                self.context.call_on_fit_task_end(
                    **told.arguments, reconstruction_attributes=attributes
                )
            )
