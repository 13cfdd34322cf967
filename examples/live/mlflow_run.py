"""A training in MLflow: a follower logs each epoch, and the record of the live page at the end.

    pip install mlflow
    python examples/live/mlflow_run.py

MLflow keeps what it is told here, or where MLFLOW_TRACKING_URI says.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import clearprop as cp
from clearprop.training.following import FollowedRun, Follower
from clearprop.training.watch import EpochReport

try:
    import mlflow
except ImportError:
    print("skipped: this example needs MLflow, which is not installed: pip install mlflow")
    sys.exit(0)


class MlflowRun(Follower):
    """Logs each epoch to the active MLflow run, and passes it on to a live page."""

    def __init__(self, page: cp.LivePage) -> None:
        self.page = page

    def begins(self, run: FollowedRun) -> None:
        """Log what is trained."""
        self.page.begins(run)
        mlflow.log_params(
            {
                "network": str(run.task.network),
                "optimizer": str(run.task.optimizer),
                "rows": run.rows.count,
                "batch size": run.batch_size,
            }
        )

    def __call__(self, report: EpochReport) -> object:
        """Log an epoch; the page may end the training, or change the learning rate."""
        measured = {"loss": report.loss, "learning rate": report.learning_rate, **report.metrics}
        mlflow.log_metrics(measured, step=report.epoch)
        return self.page(report)

    def ends(self, run: FollowedRun, reason: str) -> None:
        """Log why the training ended, and the page with all that it shows."""
        self.page.ends(run, reason)
        mlflow.set_tag("ended", reason)
        mlflow.log_artifacts(str(self.page.page.parent), "live")


def main() -> None:
    """Train on two moons."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, np.pi, 200)
    moon = rng.integers(0, 2, 200)
    x = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    x = np.where(moon[:, None], [1.0, 0.5] - x, x) + rng.normal(0, 0.1, (200, 2))
    net = cp.Chain(cp.Dense(2, 16), cp.Tanh(), cp.Dense(16, 1))
    with tempfile.TemporaryDirectory() as folder, mlflow.start_run():
        result = cp.train(
            net, cp.BinaryCrossEntropy(), net.init(rng), x, moon,
            optimizer=cp.Adam(0.01), epochs=30, validation_fraction=0.2, seed=0,
            on_epoch=MlflowRun(cp.LivePage(Path(folder), display=False)),
        )  # fmt: skip
    print(f"{len(result.history)} epochs are logged; look at them with: mlflow ui")


if __name__ == "__main__":
    main()
