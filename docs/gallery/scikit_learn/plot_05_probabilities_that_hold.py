"""
Do the probabilities hold?
==========================

Of the rows that are given a probability of 0.8, eight in ten should be right. A network trained
too long is too sure of itself. The table estimator learns a temperature from rows that its
networks held out.
"""

# %%
# Classes that overlap, and one label in eight turned over.

import matplotlib.pyplot as plt
from sklearn.calibration import CalibrationDisplay
from sklearn.datasets import make_classification
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import clearprop as cp

X, y = make_classification(1600, 8, n_informative=5, flip_y=0.25, class_sep=0.8, random_state=0)
X, X_test, y, y_test = train_test_split(X, y, test_size=0.5, random_state=0)
models = {
    "one network, trained to the end": cp.MLPClassifier(
        (64,), learning_rate_init=0.01, max_iter=1000, random_state=0
    ),
    "the table estimator": cp.TableClassifier("fast", random_state=0),
}

# %%
# On the dotted line the promise is kept.

fig, ax = plt.subplots(figsize=(5, 4), layout="constrained")
for name, model in models.items():
    model.fit(X, y)
    CalibrationDisplay.from_estimator(model, X_test, y_test, n_bins=8, name=name, ax=ax)

# %%
# Log loss punishes what is sure and wrong.

for name, model in models.items():
    p = model.predict_proba(X_test)
    print(f"{name}: right {model.score(X_test, y_test):.1%}, log loss {log_loss(y_test, p):.3f}")
