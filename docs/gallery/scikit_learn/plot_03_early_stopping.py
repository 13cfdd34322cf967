"""
Stop in time
============

On noisy rows the training loss falls for ever, and the loss of new rows rises again. Early
stopping keeps the weights of the best epoch.
"""

# %%
# Few rows of diabetes and a large network: it can learn the noise by heart.

import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import scale

import clearprop as cp

X, y = load_diabetes(return_X_y=True)
X, X_test, y, y_test = train_test_split(scale(X), scale(y), random_state=0)
settings = {"hidden_layer_sizes": (64, 64), "learning_rate_init": 0.003, "random_state": 0}
heedless = cp.MLPRegressor(**settings, max_iter=1000).fit(X, y)
stopped = cp.MLPRegressor(**settings, early_stopping="validation_loss").fit(X, y)

# %%
# Both curves of the stopped one. The kept epoch is marked.

fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
cp.LossCurveDisplay.from_estimator(stopped, ax=ax)

# %%
# On rows that neither has seen:

print(f"to the end:   R² {heedless.score(X_test, y_test):.2f} with {heedless.n_iter_} epochs")
print(f"stopped:      R² {stopped.score(X_test, y_test):.2f} with {stopped.n_iter_} epochs")

# %%
# ``cp.train`` takes the rule as an object, and any of your metrics as its monitor. ``history``
# holds the curves.

import numpy as np

net = cp.Chain(cp.Dense(10, 64), cp.ReLU(), cp.Dense(64, 1))
result = cp.train(
    net,
    cp.SquaredError(),
    net.init(np.random.default_rng(0)),
    X,
    y,
    validation_data=(X_test, y_test),
    metrics={"median miss": lambda t, p: float(np.median(np.abs(t - p[:, 0])))},
    early_stopping=cp.EarlyStopping("median miss", patience=15),
    epochs=200,
    seed=0,
)
history = result.history
print(result)
print(isinstance(history, cp.History), len(history), "epochs; the best was", history.best_epoch)
