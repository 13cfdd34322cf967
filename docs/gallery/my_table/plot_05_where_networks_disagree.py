"""
Rows on which the networks disagree
===================================

A table model is the mean of several networks. Where they say different things, the answer is a
guess, and the row is one to look at.
"""

# %%
# Irises by two measurements, so that everything can be drawn.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris
from sklearn.inspection import DecisionBoundaryDisplay

import clearprop as cp

X, y = load_iris(return_X_y=True, as_frame=True)
X = X[["petal length (cm)", "petal width (cm)"]]
model = cp.TableClassifier(random_state=0).fit(X, y)
print(model)

# %%
# What each network alone says, one line a network. The part that contradicts the mean of all is a
# row's doubt.

alone = model.member_predictions(X)
together = model.predict(X)
doubt = (alone != together).mean(axis=0)
print(alone.shape)
for row in np.argsort(-doubt)[:4]:
    print(f"row {row}: class {y[row]}, taken for {together[row]}; the networks say {alone[:, row]}")

# %%
# The larger a disc, the more the networks differ. They differ where two kinds meet.

fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
regions = DecisionBoundaryDisplay.from_estimator(
    model, X, response_method="predict", alpha=0.25, ax=ax
)
colours = np.array(regions.multiclass_colors_)[y]
ax.scatter(*X.to_numpy().T, c=colours, s=8 + 500 * doubt, edgecolor="black", linewidth=0.4)
ax.set_title("the networks differ between versicolor and virginica")

# %%
# A network can be asked for itself: the training step that network 2 would take on the row in
# question.

row = [int(np.argmax(doubt))]
print("\n".join(str(model.explain(X.iloc[row], y.iloc[row], member=2)).splitlines()[:6]))
