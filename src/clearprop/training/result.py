"""What `train` returns: a trained network and the record of its training."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from clearprop.backprop import as_inputs
from clearprop.definitions.layer import Layer
from clearprop.definitions.losses import Loss
from clearprop.definitions.parameters import Layout
from clearprop.engines import EngineChoice, get_engine
from clearprop.engines.base import NotFinite
from clearprop.health.record import TrainingRecord
from clearprop.readings import numpy as xp
from clearprop.training.flight import Incident
from clearprop.training.history import History
from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from clearprop.health.checks import Health
    from clearprop.health.vitals import Vitals


@dataclass(frozen=True)
class TrainingResult:
    """A trained network: its parameters, its state, and the record of its training.

    Attributes
    ----------
    params : dict
        Arrays by name, nested as the network is.
    state : Any
        Running statistics of BatchNorm; None for networks without.
    history : History
        Loss, metrics, learning rate and seconds of each epoch.
    reason : str
        Why training ended:

        - "epochs": all epochs are done (iterations, for L-BFGS);
        - "stopped improving": early stopping;
        - "callback": `on_epoch` returned True;
        - "interrupted": Ctrl-C, after at least one whole epoch;
        - "not finite": a number was infinite or NaN, see `failure`;
        - "converged" (L-BFGS): the gradient or the last decrease is within the tolerance;
        - "evaluations" (L-BFGS): `max_evaluations` are used up;
        - "no descent" (L-BFGS): rounding, or an error in a layer's own derivative, prevents any
          further decrease along the search direction.
    failure : NotFinite or None
        What was not finite, where and in which step.
    engine_report : tuple of str
        Which form the compiled engine's products took and why, a sentence each:
        `docs/zeros.md`. Empty for other engines, and for L-BFGS.
    restored : bool
        Whether the weights are those of the best epoch rather than the last.
    restarts : tuple of TrainingResult
        The runs, best first, if `train` was asked for several. This one has the numbers of the
        first of them; its `reason` is "interrupted" if Ctrl-C ended the restarts.
    incident : Incident or None
        The first jump of the loss, or what was not finite. ``incident.explain()`` opens the step
        in which it began. None after L-BFGS.
    vitals : tuple of Vitals
        The numbers of each layer after every so many epochs, if `train` was asked for them.
    """

    network: Layer
    loss: Loss
    params: dict[str, Any]
    state: Any
    history: History
    reason: str
    failure: NotFinite | None = None
    engine: EngineChoice = "auto"
    engine_report: tuple[str, ...] = ()
    restored: bool = False
    restarts: tuple[TrainingResult, ...] = ()
    incident: Incident | None = None
    vitals: tuple[Vitals, ...] = field(default=(), repr=False)
    record: TrainingRecord | None = field(default=None, repr=False)

    @cached_property
    def health(self) -> Health:
        """What is wrong with the training: a sequence of findings, empty if nothing is.

        It is computed when first asked for, from a few rows and positions that were kept:
        ``docs/health.md`` has the checks.
        """
        from clearprop.health.checks import Health, examined  # not needed to train

        return Health(()) if self.record is None else examined(self.record)

    @property
    def final_loss(self) -> float:
        """The loss by which restarts are ranked: of the epoch whose weights are kept.

        The validation loss if there is one, otherwise the training loss. Infinity if a number was
        not finite.
        """
        history = self.history
        losses = history.metrics.get("validation_loss", history.loss)
        if not losses or self.failure is not None:
            return float("inf")
        return losses[history.best_epoch - 1 if self.restored else -1]

    def outputs(self, x: Any) -> np.ndarray:
        """Return the raw outputs for `x`, shape (N, K)."""
        dtype = Layout.of(self.params).pack(self.params).dtype
        inputs = as_inputs(x, dtype)
        self.network.output_width(inputs.shape[1])  # raises where the width is wrong
        return get_engine(self.engine).outputs(self.network, self.params, self.state, inputs)

    def predict(self, x: Any) -> np.ndarray:
        """Return the loss's link of the outputs: probabilities, counts or values, (N, K)."""
        return np.asarray(self.loss.link(xp, self.outputs(x)))

    def __str__(self) -> str:
        epochs, last = len(self.history), self.history.loss[-1:] or [float("nan")]
        lines = [f"{epochs} epochs, loss {shown(last[0], 6)}, ended: {self.reason}"]
        for epoch, factor in self.history.rate_factors.items():
            lines.append(f"learning rate changed by hand: × {shown(factor)} from epoch {epoch} on")
        if self.failure is not None:
            lines.append(str(self.failure))
        if self.restarts:
            cut = sum(run.reason == "interrupted" for run in self.restarts)
            told = f"the best of {len(self.restarts)} restarts"
            lines.append(f"{told}, {cut} of them interrupted" if cut else told)
        return "\n".join(lines)
