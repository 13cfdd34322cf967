"""What `clearprop train` was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from clearprop.writing.numbers import shown

if TYPE_CHECKING:
    from pathlib import Path

    from clearprop.data.dataset import Task
    from clearprop.engines.choice import EngineChoice
    from clearprop.training.checkpoint import Checkpoint

VALIDATION_FRACTION = 0.1
FEWEST_VALIDATION_ROWS = 5
"""With fewer, the validation loss says too little to stop by."""

LEARNING_RATES = {"adam": 0.003, "sgd": 0.05}
MANY_ROWS = 10_000
"""With more rows an epoch is many steps, and a third of the learning rate is better."""

PATIENCE = 10


@dataclass(frozen=True)
class TrainSettings:
    """The arguments of the command, checked; None is what clearprop finds best.

    Attributes
    ----------
    one_network
        Why one network is trained, as the arguments say it ("because of --epochs"); "" where a
        table estimator was asked for; None where the data decide, see
        :mod:`clearprop.tables.choice`.
    hidden, activation, solver, epochs, batch_size, learning_rate, alpha, weight_decay, dropout, \
early_stopping, engine
        Of one network.
    preset
        Of a table estimator.
    keep
        Columns that a table estimator would leave out.
    time_limit
        Seconds after which training ends.
    checkpoint, resume
        The folder that training is saved in while it runs and how often, and whether to go on from
        there.
    reading
        The options of :func:`clearprop.data.read` that were given.
    """

    source: str
    target: str | None = None
    task: Task | None = None
    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    solver: str = "adam"
    epochs: int = 200
    batch_size: int | None = None
    learning_rate: float | None = None
    alpha: float = 1e-4
    weight_decay: float = 0.0
    dropout: float = 0.0
    class_weight: str | None = None
    early_stopping: bool = True
    engine: EngineChoice = "auto"
    test: Path | None = None
    test_fraction: float = 0.2
    seed: int = 0
    one_network: str | None = None
    preset: str = "default"
    keep: tuple[str, ...] = ()
    time_limit: float | None = None
    checkpoint: Checkpoint | None = None
    resume: bool = False
    reading: Mapping[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> bool:
        """Whether the solver takes steps on batches of rows."""
        return self.solver in LEARNING_RATES

    def network_checkpoint(self) -> Checkpoint | None:
        """Return the file that one network is saved in while it trains."""
        return None if self.checkpoint is None else self.checkpoint.inside("network.checkpoint")

    def batch_for(self, rows: int) -> int:
        """Return the batch size: a tenth of few rows, so that an epoch is several steps."""
        return min(self.batch_size or min(200, max(16, rows // 10)), rows)

    def rate_for(self, rows: int) -> float:
        """Return the learning rate of adam or sgd."""
        if self.learning_rate is not None:
            return self.learning_rate
        return LEARNING_RATES[self.solver] / (3 if rows > MANY_ROWS else 1)

    def how(self, rows: int) -> str:
        """Return in a few words how this number of rows is trained on."""
        if not self.steps:
            return f"lbfgs on all rows, up to {self.epochs} iterations"
        return f"{self.solver}, η {shown(self.rate_for(rows))}, batches of {self.batch_for(rows)}"

    def record(self) -> dict[str, Any]:
        """Return what the file of one network keeps beside the estimator's own parameters."""
        limit = {} if self.time_limit is None else {"time_limit": self.time_limit}
        early = {"epochs": self.epochs, "early_stopping": self.early_stopping}
        return {**early, **self.record_of_rows(), **limit}

    def record_of_rows(self) -> dict[str, Any]:
        """Return what a model file keeps on which rows were held out."""
        return {
            "test": None if self.test is None else self.test.name,
            "test_fraction": self.test_fraction if self.test is None else None,
            "seed": self.seed,
        }
