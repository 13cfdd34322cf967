"""MLflow keeps a training's curves and its model: pip install mlflow skops.

A callback of scikit-learn's protocol logs each epoch. The model is logged by skops, which opens no
pickle: its types are trusted by name.
"""

import sys
import warnings
from pathlib import Path

import mlflow
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning

import clearprop as cp

X, y = load_iris(return_X_y=True)
X = (X - X.mean(axis=0)) / X.std(axis=0)


class LogEpochs:
    """Log the loss of each epoch."""

    def setup(self, estimator, context):
        """Nothing to set up."""

    def teardown(self, estimator, context):
        """Nothing to take down."""

    def on_fit_task_begin(self, estimator, context):
        """An epoch begins."""

    def on_fit_task_end(self, estimator, context):
        """Log the epoch that has ended."""
        if context.task_name == "epoch":
            mlflow.log_metric("loss", estimator.loss_curve_[-1], step=len(estimator.loss_curve_))


def main(folder):
    """Train, log, load again and compare."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are asked for
    mlflow.set_tracking_uri(f"sqlite:///{Path(folder).resolve()}/mlflow.db")
    mlflow.set_experiment(
        experiment_id=mlflow.create_experiment(
            "irises", artifact_location=(Path(folder) / "artifacts").resolve().as_uri()
        )
    )
    model = cp.MLPClassifier((8,), max_iter=40, tol=0.0, n_iter_no_change=40, random_state=0)
    with mlflow.start_run() as run:
        mlflow.log_params({"units": 8, "rate": model.learning_rate_init})
        model.set_callbacks(LogEpochs()).fit(X, y)
        mlflow.log_metric("accuracy", model.score(X, y))
        model.set_callbacks()  # a callback is no part of a model
        logged = mlflow.sklearn.log_model(
            model,
            name="model",
            serialization_format="skops",
            skops_trusted_types=list(cp.TRUSTED_TYPES),
            pip_requirements=["clearprop"],
        )
    again = mlflow.sklearn.load_model(logged.model_uri)
    curve = mlflow.MlflowClient().get_metric_history(run.info.run_id, "loss")
    print(f"{len(curve)} epochs logged, the last with loss {curve[-1].value:.4f}")
    print(
        f"loaded again, the same predictions: {bool((again.predict(X) == model.predict(X)).all())}"
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else ".")
