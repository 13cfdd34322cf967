"""
What a prediction rests on
==========================

Three questions: which columns matter for all rows, which way does one column push, and why did
one row get this answer? The last two are answered by exact derivatives.
"""

# %%
# Breast cancer: thirty measurements of cells, benign or malignant. Five columns are enough here.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_breast_cancer
from sklearn.inspection import permutation_importance
from sklearn.model_selection import train_test_split

import clearprop as cp

columns = ["mean radius", "mean texture", "mean smoothness", "mean concavity", "mean symmetry"]
bunch = load_breast_cancer(as_frame=True)
X, y = bunch.data[columns], bunch.target_names[bunch.target]
X, X_test, y, y_test = train_test_split(X, y, random_state=0)
model = cp.TableClassifier(preset="fast", random_state=0).fit(X, y)
print(f"right: {model.score(X_test, y_test):.1%} of the test rows")

# %%
# For all rows: shuffle a column among the rows, and see how far the accuracy falls.

shuffled = permutation_importance(model, X_test, y_test, n_repeats=10, random_state=0)
order = np.argsort(shuffled.importances_mean)
fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.boxplot(
    shuffled.importances[order].T, orientation="horizontal", tick_labels=np.array(columns)[order]
)
ax.set_xlabel("accuracy lost when the column is shuffled")
ax.spines[["top", "right"]].set_visible(False)

# %%
# For each row: the derivative of the output by the cell, by the chain rule through coding and
# network. Above zero, a larger cell makes the second class, malignant, more probable.

gradients = model.column_gradients(X_test)
column = columns.index("mean radius")
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.axhline(0, color="0.8")
ax.scatter(X_test["mean radius"], gradients[:, column], s=12)
ax.set(xlabel="mean radius", ylabel="∂ output / ∂ mean radius")
ax.spines[["top", "right"]].set_visible(False)

# %%
# For one row: the cell, the numbers it became, and what each of them does to the output.

print(model.why(X_test, "mean radius", row=0))
