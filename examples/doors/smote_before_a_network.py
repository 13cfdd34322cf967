"""Rows of a rare class made before a network trains: pip install imbalanced-learn.

imbalanced-learn's pipeline resamples in `fit` alone; what is predicted or scored is left as it is.
Without it ``class_weight="balanced"`` does nearly the same. For a table estimator that is the
better way: it holds rows out while it trains, and made rows would stand on both sides.
"""

import warnings

from imblearn.over_sampling import SMOTE
from imblearn.pipeline import make_pipeline
from sklearn.datasets import make_classification
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import StandardScaler

import clearprop as cp

X, y = make_classification(1000, 10, weights=[0.95], class_sep=0.8, random_state=0)


def network(**settings):
    """Return a small network."""
    return cp.MLPClassifier((16,), max_iter=60, random_state=0, **settings)


def scored(model):
    """Return the mean of five balanced accuracies."""
    return cross_val_score(model, X, y, scoring="balanced_accuracy").mean()


def main():
    """Score four ways to treat a class of one row in twenty."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are asked for
    ways = {
        "as they are": make_pipeline(StandardScaler(), network()),
        "SMOTE": make_pipeline(StandardScaler(), SMOTE(random_state=0), network()),
        "class weights": make_pipeline(StandardScaler(), network(class_weight="balanced")),
        "a table estimator, class weights": cp.TableClassifier(
            "fast", class_weight="balanced", random_state=0
        ),
    }
    for way, model in ways.items():
        print(f"{way}: balanced accuracy {scored(model):.3f}")


if __name__ == "__main__":
    main()
