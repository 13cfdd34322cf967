"""
A column that knows too much
============================

A column written down after the target was known makes a model look perfect and useless. Such
columns are named while the model is fitted.
"""

# %%
# Whether a tumour is malignant, with a column that the hospital added later: days until the
# operation.

import warnings

import numpy as np
from sklearn.datasets import load_breast_cancer

import clearprop as cp

X, y = load_breast_cancer(return_X_y=True, as_frame=True)
malignant = y == 0
X = X[["mean texture", "mean symmetry"]].copy()
X["days to operation"] = np.where(malignant, np.random.default_rng(0).integers(3, 30, len(X)), 0)

# %%
# The warning is a ``LeakWarning``, so that a script can turn it into an error.

with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always", cp.LeakWarning)
    leaky = cp.TableClassifier("fast", random_state=0).fit(X, y)
for warning in caught:
    print(warning.message)

# %%
# The findings stay with the model, as data.

for finding in leaky.findings_:
    print(finding.is_leak, "-", finding)

# %%
# Leave the column out, and see what the others are really worth.

from sklearn.model_selection import cross_val_score

honest = cp.TableClassifier("fast", ignore=["days to operation"], random_state=0)
print(f"accuracy without it: {cross_val_score(honest, X, y, cv=3).mean():.3f}")
print(f"always benign:       {np.mean(y):.3f}")
