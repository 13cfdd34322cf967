"""Optuna looks for a network's sizes, and ends the trainings that fall behind: pip install optuna.

A callback of scikit-learn's protocol reports the validation score of each epoch. Where it returns
True the fit ends, and the trial is pruned.
"""

import sys
import warnings

import optuna
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from clearprop import MLPClassifier

X, y = load_digits(return_X_y=True)
X_train, X_valid, y_train, y_valid = train_test_split(X / 16, y, random_state=0, stratify=y)


class PruneByScore:
    """Report the validation score of each epoch; end the fit where the trial is behind."""

    def __init__(self, trial):
        self.trial = trial

    def setup(self, estimator, context):
        """Nothing to set up."""

    def teardown(self, estimator, context):
        """Nothing to take down."""

    def on_fit_task_begin(self, estimator, context):
        """An epoch begins."""

    def on_fit_task_end(self, estimator, context):
        """Return whether the fit is to end."""
        if context.task_name != "epoch":
            return False
        scores = estimator.validation_scores_
        self.trial.report(scores[-1], len(scores))
        return self.trial.should_prune()


def score_of(trial):
    """Return the best validation accuracy of one trial."""
    model = MLPClassifier(
        hidden_layer_sizes=(trial.suggest_int("units", 8, 64, log=True),),
        learning_rate_init=trial.suggest_float("rate", 1e-4, 3e-1, log=True),
        dropout=trial.suggest_float("dropout", 0.0, 0.5),
        max_iter=30,
        tol=0.0,
        n_iter_no_change=30,
        random_state=0,
    )
    model.set_callbacks(PruneByScore(trial))
    model.fit(X_train, y_train, validation_data=(X_valid, y_valid))
    if trial.should_prune():
        raise optuna.TrialPruned
    return max(model.validation_scores_)


def main(trials):
    """Search, and print what was found."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are asked for
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    study = optuna.create_study(
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=3, n_warmup_steps=3),
    )
    study.optimize(score_of, n_trials=trials)
    pruned = [trial for trial in study.trials if trial.state == optuna.trial.TrialState.PRUNED]
    print(f"{len(study.trials)} trials, {len(pruned)} pruned")
    print(f"best validation accuracy {study.best_value:.3f} with {study.best_params}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
