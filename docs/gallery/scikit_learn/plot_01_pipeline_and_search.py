"""
A pipeline, a search, and the boundary it found
===============================================

``MLPClassifier`` replaces scikit-learn's: the constructor, the attributes and the numbers are
the same. So pipelines, searches and displays work as they are.
"""

# %%
# Two moons, and a network behind a scaler.

import matplotlib.pyplot as plt
from sklearn.datasets import make_moons
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp

X, y = make_moons(200, noise=0.25, random_state=0)
pipe = make_pipeline(StandardScaler(), cp.MLPClassifier(max_iter=1000, random_state=0))

# %%
# How many units, and how strong a penalty? Nothing here knows that the network is not
# scikit-learn's.

grid = {
    "mlpclassifier__hidden_layer_sizes": [(2,), (16,), (16, 16)],
    "mlpclassifier__alpha": [1e-4, 1.0],
}
search = GridSearchCV(pipe, grid | {"mlpclassifier__learning_rate_init": [0.01]}, cv=3).fit(X, y)
for parameters, score in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    units, alpha = (
        parameters["mlpclassifier__hidden_layer_sizes"],
        parameters["mlpclassifier__alpha"],
    )
    print(f"{units!s:9} alpha {alpha:<6g} {score:.3f}")

# %%
# Two units bend the boundary once, the best network follows the moons.

fig, axes = plt.subplots(1, 2, figsize=(8, 3.4), layout="constrained", sharey=True)
small = pipe.set_params(
    mlpclassifier__hidden_layer_sizes=(2,), mlpclassifier__learning_rate_init=0.01
).fit(X, y)
for ax, model, name in zip(
    axes, (small, search.best_estimator_), ("two units", "the best"), strict=True
):
    DecisionBoundaryDisplay.from_estimator(
        model,
        X,
        response_method="predict_proba",
        class_of_interest=1,
        cmap="RdBu",
        alpha=0.6,
        ax=ax,
    )
    ax.scatter(*X.T, c=y, cmap="RdBu", edgecolor="black", linewidth=0.4, s=20)
    ax.set_title(f"{name}: {model.score(X, y):.1%} of these rows")
