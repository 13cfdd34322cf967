"""
How sure is a number?
=====================

A predicted number alone does not say how far off it may be. ``predict_interval`` gives a lower
and an upper bound that hold the stated part of new rows.
"""

# %%
# Diabetes: ten columns, and a disease's progress after a year. Few rows, much noise.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.model_selection import train_test_split

import clearprop as cp

X, y = load_diabetes(return_X_y=True, as_frame=True, scaled=False)
X, X_test, y, y_test = train_test_split(X, y, random_state=0)
model = cp.TableRegressor(random_state=0).fit(X, y)
print(f"R² on test rows: {model.score(X_test, y_test):.2f}")

# %%
# Nine in ten test rows should lie within. Count them.

low, high = model.predict_interval(X_test, coverage=0.9).T
inside = (low <= y_test) & (y_test <= high)
print(f"{inside.mean():.1%} of {len(y_test)} test rows lie within")

# %%
# Rows in the order of their prediction. The misses are drawn in orange.

order = np.argsort(model.predict(X_test))
place = np.arange(len(order))
fig, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
ax.fill_between(place, low[order], high[order], alpha=0.2, label="90 % interval", linewidth=0)
ax.plot(place, model.predict(X_test)[order], label="prediction")
for held, color, name in [(inside, "0.3", "within"), (~inside, "tab:orange", "outside")]:
    kept = held.to_numpy()[order]
    ax.scatter(place[kept], y_test.to_numpy()[order][kept], s=12, color=color, label=name, zorder=3)
ax.set(xlabel="test rows, by prediction", ylabel="progression")
ax.legend(ncols=4, frameon=False, loc="upper center", bbox_to_anchor=(0.5, 1.15))
ax.spines[["top", "right"]].set_visible(False)

# %%
# More coverage costs width.

for coverage in (0.5, 0.8, 0.9, 0.95):
    bounds = model.predict_interval(X_test, coverage=coverage)
    print(f"{coverage:.0%}: prediction ± {(bounds[0, 1] - bounds[0, 0]) / 2:.0f}")
