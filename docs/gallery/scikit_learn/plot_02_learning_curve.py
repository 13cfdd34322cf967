"""
Would more rows help?
=====================

A learning curve fits the same network to more and more rows. Where the curve of the held-out
rows still rises, more rows help; where both curves have met, they do not.
"""

# %%
# Written digits, and a network of 32 hidden units.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits
from sklearn.model_selection import LearningCurveDisplay
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import clearprop as cp

X, y = load_digits(return_X_y=True)
pipe = make_pipeline(
    MinMaxScaler(), cp.MLPClassifier((32,), learning_rate_init=0.01, random_state=0)
)

# %%
# scikit-learn's own display, as it is.

fig, ax = plt.subplots(figsize=(6, 3.5), layout="constrained")
shown = LearningCurveDisplay.from_estimator(
    pipe, X, y, train_sizes=[100, 200, 400, 800, 1300], cv=4, shuffle=True, random_state=0, ax=ax
)
ax.set_xscale("log")
ax.set_xticks(shown.train_sizes, [str(size) for size in shown.train_sizes], minor=False)
ax.minorticks_off()

# %%
# In numbers: errors on held-out rows fall with each doubling, so more digits would help.

for size, scores in zip(shown.train_sizes, shown.test_scores, strict=True):
    print(f"{size:5} rows: {1 - scores.mean():6.2%} wrong")
