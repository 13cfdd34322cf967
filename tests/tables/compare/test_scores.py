"""Scores beside scikit-learn's own, and on rows that lack a class."""

import math

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss, roc_auc_score

from clearprop.tables.compare.scores import class_scores, number_scores


def drawn(classes, rows=60, seed=0):
    rng = np.random.default_rng(seed)
    codes = rng.integers(classes, size=rows)
    probabilities = rng.dirichlet(np.ones(classes), rows)
    return codes, probabilities


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_scores_are_those_of_scikit_learn(classes):
    codes, probabilities = drawn(classes)
    predicted = probabilities.argmax(axis=1)
    found = class_scores(codes, probabilities)
    area = (
        roc_auc_score(codes, probabilities[:, 1])
        if classes == 2
        else roc_auc_score(codes, probabilities, multi_class="ovr")
    )
    assert found == pytest.approx(
        {
            "error": (predicted != codes).mean(),
            "log_loss": log_loss(codes, probabilities),
            "auc": area,
            "balanced_accuracy": balanced_accuracy_score(codes, predicted),
        }
    )


def test_a_class_without_rows_does_not_count():
    codes, probabilities = drawn(3)
    found = class_scores(codes[codes < 2], probabilities[codes < 2])
    assert all(math.isfinite(value) for value in found.values())
    alone = class_scores(codes[codes == 1], probabilities[codes == 1])
    assert math.isnan(alone["auc"])
    assert alone["balanced_accuracy"] == pytest.approx(1 - alone["error"])


def test_scores_of_numbers():
    found = number_scores(np.array([1.0, 2.0, 5.0]), np.array([1.0, 4.0, 4.0]))
    assert found == pytest.approx({"rmse": math.sqrt(5 / 3), "mae": 1.0, "r2": 1 - 5 / (26 / 3)})
    assert math.isnan(number_scores(np.array([1.0]), np.array([2.0]))["r2"])
