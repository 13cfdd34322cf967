"""The goals for speed: how many of our steps should fit into one of theirs."""

from __future__ import annotations

from cases import Case

PYTORCH = {
    "4-16-3": 50.0,
    "30-64-2": 20.0,
    "64-100-10": 4.0,
    "784-128-10": 2.0,
    "784-512-512-10": 1.3,
}
JAX = {"6-24-4": 4.0}
SCIKIT_LEARN = 3.0
MATRIX_PRODUCTS = 0.8
MATRIX_PRODUCTS_FROM = 784 * 128  # weights of the smallest network that this goal is for
BUSY_NEIGHBOUR = 2.5


def goal(case: Case, contender: str) -> float | None:
    """Return the least ratio of the contender's time to ours, if there is a goal."""
    if case.optimizer != "adam":
        return None
    if contender == "torch":
        return PYTORCH.get(case.name)
    if contender == "jax":
        return JAX.get(case.name)
    if contender == "scikit-learn":
        return SCIKIT_LEARN
    if contender == "matrix-products" and weights(case) >= MATRIX_PRODUCTS_FROM:
        return MATRIX_PRODUCTS
    return None


def weights(case: Case) -> int:
    """Return the number of weights, biases not counted."""
    return sum(inputs * outputs for inputs, outputs in case.layers)
