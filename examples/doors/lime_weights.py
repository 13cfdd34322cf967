"""LIME fits a linear model around one row: pip install lime.

Of a network without hidden layers it finds the network's own weights, times the columns' standard
deviations. It needs nothing but a function that predicts from an array of numbers.
"""

import warnings

import numpy as np
from lime.lime_tabular import LimeTabularExplainer
from sklearn.datasets import load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp


def main():
    """Explain a row of a linear network, and one of a network with a hidden layer."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are asked for
    X, y = load_diabetes(return_X_y=True)
    y = (y - y.mean()) / y.std()
    linear = cp.MLPRegressor(hidden_layer_sizes=(), solver="lbfgs", alpha=0.0, random_state=0)
    linear.fit(X, y)
    lime = LimeTabularExplainer(X, "regression", discretize_continuous=False, random_state=0)
    explained = lime.explain_instance(X[3], linear.predict, num_features=X.shape[1])
    found = np.array([weight for _, weight in sorted(explained.as_map()[1])])
    weights = linear.coefs_[0][:, 0] * X.std(axis=0)
    print(f"linear: LIME's weights differ by {np.abs(found / weights - 1).max():.1e} of each")

    wine = load_wine()
    net = make_pipeline(StandardScaler(), cp.MLPClassifier((16,), max_iter=200, random_state=0))
    net.fit(wine.data, wine.target)
    lime = LimeTabularExplainer(
        wine.data, feature_names=wine.feature_names, class_names=wine.target_names, random_state=0
    )
    explained = lime.explain_instance(wine.data[3], net.predict_proba, labels=[0], num_features=3)
    for condition, weight in explained.as_list(0):
        print(f"{wine.target_names[0]}: {condition}: {weight:+.2f}")


if __name__ == "__main__":
    main()
