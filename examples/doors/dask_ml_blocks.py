"""Training on the blocks of a Dask array, and predicting them: pip install dask-ml.

`Incremental` calls `partial_fit` with one block after the other. HyperbandSearchCV of dask-ml
2025.1 fails with Dask 2026.8, for scikit-learn's estimators too; `dask_search.py` searches.
"""

import dask.array as da
import numpy as np
from dask_ml.wrappers import Incremental, ParallelPostFit
from sklearn.datasets import load_digits

import clearprop as cp

X, y = load_digits(return_X_y=True)
X = X / 16.0
BLOCK = 200


def network():
    """Return a network that has learnt nothing yet."""
    return cp.MLPClassifier((32,), learning_rate_init=0.01, random_state=0)


def main():
    """Train on blocks, with dask-ml and without; predict them."""
    blocks, targets = da.from_array(X, chunks=(BLOCK, X.shape[1])), da.from_array(y, chunks=BLOCK)
    there = Incremental(network(), shuffle_blocks=False)
    here = network()
    for _ in range(10):
        there.partial_fit(blocks, targets, classes=np.arange(10))
        for start in range(0, len(X), BLOCK):
            rows = slice(start, start + BLOCK)
            here.partial_fit(X[rows], y[rows], classes=np.arange(10))
    same = np.array_equal(here.predict_proba(X), there.estimator_.predict_proba(X))
    print(f"the same network as without dask-ml: {same}")
    predicted = ParallelPostFit(here).predict(blocks)
    accuracy = (predicted == targets).mean().compute()
    print(f"{predicted.numblocks[0]} blocks, accuracy {accuracy:.3f}")


if __name__ == "__main__":
    main()
