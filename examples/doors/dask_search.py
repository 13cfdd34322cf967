"""A search whose fits run on Dask's workers: pip install distributed.

`Client()` starts workers on this machine; with a scheduler's address it is a cluster. The scores
are those of a search without Dask.
"""

import joblib
from dask.distributed import Client
from sklearn.datasets import load_wine
from sklearn.model_selection import GridSearchCV

import clearprop as cp

X, y = load_wine(return_X_y=True, as_frame=True)


def search():
    """Return a search over the epochs of a table estimator's networks."""
    model = cp.TableClassifier("fast", random_state=0, n_jobs=1)
    return GridSearchCV(model, {"max_epochs": [5, 20]}, cv=3)


def main():
    """Search with Dask and without."""
    here = search().fit(X, y)
    workers = Client(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with workers, joblib.parallel_config("dask"):
        there = search().fit(X, y)
    same = (here.cv_results_["mean_test_score"] == there.cv_results_["mean_test_score"]).all()
    print(f"best {there.best_params_}, accuracy {there.best_score_:.3f}")
    print(f"the same scores as without Dask: {same}")


if __name__ == "__main__":  # the workers import this file
    main()
