"""A search whose fits run on Ray's workers: pip install ray.

`ray.init()` starts workers on this machine, or joins a cluster. The scores are those of a search
without Ray.
"""

import joblib
import ray
from ray.util.joblib import register_ray
from sklearn.datasets import load_iris
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp

X, y = load_iris(return_X_y=True)


def search():
    """Return a search over the penalty of a network."""
    net = cp.MLPClassifier((8,), solver="lbfgs", max_iter=1000, random_state=0)
    penalties = {"mlpclassifier__alpha": [0.01, 0.1, 1.0]}
    return GridSearchCV(make_pipeline(StandardScaler(), net), penalties, cv=3)


def main():
    """Search with Ray and without."""
    here = search().fit(X, y)
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)
    register_ray()
    with joblib.parallel_config("ray"):
        there = search().fit(X, y)
    ray.shutdown()
    same = (here.cv_results_["mean_test_score"] == there.cv_results_["mean_test_score"]).all()
    print(f"best {there.best_params_}, accuracy {there.best_score_:.3f}")
    print(f"the same scores as without Ray: {same}")


if __name__ == "__main__":
    main()
