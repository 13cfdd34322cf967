"""
Watch each epoch
================

Callbacks are scikit-learn's own. ``EpochRecorder`` keeps what a report needs: the gradient's
norm in each layer, the score, the learning rate.
"""

# %%
# Digits, two hidden layers, a recorder.

import matplotlib.pyplot as plt
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X / 16
recorder = cp.EpochRecorder()
clf = cp.MLPClassifier((32, 32), learning_rate_init=0.01, random_state=0)
clf.set_callbacks(recorder).fit(X[::2], y[::2])

# %%
# The gradient's norm shrinks as the errors do, in all layers alike.

fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
for name, norms in recorder.gradient_norms.items():
    ax.semilogy(range(1, len(norms) + 1), norms, label=name)
ax.set(xlabel="epoch", ylabel="gradient norm")
ax.legend(frameon=False)
ax.spines[["top", "right"]].set_visible(False)

# %%
# How large the gradient's entries are at the end, weights and biases apart.

fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
cp.GradientFlowDisplay.from_estimator(clf, X[::2], y[::2], ax=ax)

# %%
# What a hidden unit has become: its weights, drawn as the picture that it looks for.

fig, axes = plt.subplots(2, 8, figsize=(6, 1.7), layout="constrained")
for unit, ax in enumerate(axes.flat):
    ax.imshow(clf.coefs_[0][:, unit].reshape(8, 8), cmap="RdBu", vmin=-1, vmax=1)
    ax.set_axis_off()

# %%
# The report has all of it on one page, test rows included.

print(cp.report(clf, X[1::2], y[1::2], recorder=recorder, measured_on="test", image_shape=(8, 8)))
