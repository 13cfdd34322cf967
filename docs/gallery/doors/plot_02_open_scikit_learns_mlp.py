"""
Open a network of scikit-learn
==============================

scikit-learn trains a network and keeps its gradients to itself. ``open_model`` makes the same
function of it with every number open.
"""

# %%
# Their network, as it is.

import numpy as np
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier

import clearprop as cp

X, y = load_iris(return_X_y=True)
theirs = MLPClassifier((8,), solver="lbfgs", alpha=1.0, max_iter=2000, random_state=0).fit(X, y)
opened = cp.open_model(theirs)
print(isinstance(opened, cp.OpenedModel), opened)
print(f"largest difference: {np.abs(opened.predict(X) - theirs.predict_proba(X)).max():.0e}")

# %%
# The training step that it would take on one row, and proof that its gradients are right.

step = opened.explain(X[70:71], y[70:71], optimizer=cp.SGD(0.1))
print(step.why("dense2.dW[0,1]"))
print(str(opened.check_gradients(X[::10], y[::10])).splitlines()[0])

# %%
# Which input would change the answer? The gradient of the loss by the inputs, in units of each
# column's spread.

print((step["dense1.dx"] * X.std(axis=0)).round(4))

# %%
# Train on from its weights, with another optimizer.

print(opened.train(X, y, optimizer=cp.Adam(0.001), epochs=20, seed=0))

# %%
# Lists of weights come in as well. What there is no layer for is named, and not guessed.

W1, W2 = np.ones((2, 3)), np.ones((3, 1))
print(cp.open_model([(W1, np.zeros(3)), (W2, np.zeros(1))], activation="tanh"))
try:
    cp.open_model(object())
except (cp.UnknownLayerError, TypeError) as refused:
    print(type(refused).__name__, "-", refused)
