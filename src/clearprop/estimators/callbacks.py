"""scikit-learn's callbacks (SLEP 23): notified at start and end of the fit and of each epoch."""

from __future__ import annotations

from typing import Any

OF_CALLBACKS = ("_callback", "_skl_")
"""scikit-learn takes callbacks down by attributes that begin so: a fit that fails leaves them."""


class FitCallbacks:
    """The callback contexts of one fit: one for the fit, and inside it one for each epoch."""

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self.estimator = estimator
        self.arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self.fit = estimator._init_callback_context(max_subtasks=estimator.max_iter)
        self.fit.call_on_fit_task_begin(**self.arguments)
        self.epoch: Any = None

    def begin_epoch(self) -> None:
        """Notify the callbacks that an epoch begins."""
        self.epoch = self.fit.subcontext(task_name="epoch")
        self.epoch.call_on_fit_task_begin(**self.arguments)

    def end_epoch(self) -> bool:
        """Notify the callbacks that the epoch has ended; return whether one asks to stop."""
        if self.epoch is None:  # SciPy reports an iteration only at its end
            self.begin_epoch()
        stop = self.epoch.call_on_fit_task_end(
            **self.arguments, reconstruction_attributes=self._fitted
        )
        self.epoch = None
        return bool(stop)

    def end_fit(self) -> None:
        """Notify the callbacks that the fit has ended."""
        self.fit.call_on_fit_task_end(**self.arguments, reconstruction_attributes=self._fitted)

    def _fitted(self) -> dict[str, Any]:
        """Return the attributes that a copy of the estimator needs to predict."""
        return {"coefs_": self.estimator.coefs_, "intercepts_": self.estimator.intercepts_}
