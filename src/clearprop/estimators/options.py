"""Names that the estimators accept, and the objects they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from clearprop.definitions import layers, losses, optimizers, schedules
from clearprop.definitions.layers import Activation

ACTIVATIONS: Mapping[str, Callable[[], Activation]] = {
    "identity": layers.Identity,
    "logistic": layers.Sigmoid,
    "tanh": layers.Tanh,
    "relu": layers.ReLU,
    "leaky_relu": layers.LeakyReLU,
    "elu": layers.ELU,
    "selu": layers.SELU,
    "gelu": layers.GELU,
    "silu": layers.SiLU,
    "softplus": layers.Softplus,
    "mish": layers.Mish,
}

REGRESSION_LOSSES: Mapping[str, Callable[[], losses.Loss]] = {
    "squared_error": losses.SquaredError,
    "poisson": losses.Poisson,
    "absolute_error": losses.AbsoluteError,
    "huber": losses.Huber,
    "quantile": losses.Quantile,
}


def out_activation(loss: losses.Loss) -> str:
    """Return scikit-learn's name of the loss's link."""
    return {"": "identity", "sigmoid": "logistic"}.get(loss.link_name, loss.link_name)


SCHEDULES: Mapping[str, Callable[[Any], schedules.Schedule]] = {
    "constant": lambda estimator: schedules.Constant(),
    "invscaling": lambda estimator: schedules.InverseScaling(estimator.power_t),
    "adaptive": lambda estimator: schedules.Adaptive(),
}


def _sgd(estimator: Any) -> optimizers.Optimizer:
    return optimizers.SGD(
        estimator.learning_rate_init, estimator.momentum, estimator.nesterovs_momentum
    )


def _adam(estimator: Any) -> optimizers.Optimizer:
    return optimizers.Adam(
        estimator.learning_rate_init,
        estimator.beta_1,
        estimator.beta_2,
        estimator.epsilon,
        epsilon_hat=True,
    )


STOCHASTIC_SOLVERS: Mapping[str, Callable[[Any], optimizers.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
}


def optimizer_of(estimator: Any) -> optimizers.Optimizer:
    """Return the optimizer for an estimator's solver and weight decay."""
    optimizer = STOCHASTIC_SOLVERS[estimator.solver](estimator)
    if not estimator.weight_decay:
        return optimizer
    return optimizers.WeightDecay(optimizer, estimator.weight_decay)


def schedule_of(estimator: Any) -> schedules.Schedule:
    """Return the learning-rate schedule; as in scikit-learn, only "sgd" uses `learning_rate`."""
    name = estimator.learning_rate if estimator.solver == "sgd" else "constant"
    return SCHEDULES[name](estimator)


def hidden_sizes(value: Any) -> list[int]:
    """Return `hidden_layer_sizes` as a list; raise unless all are whole numbers above 0."""
    sizes = list(value) if hasattr(value, "__iter__") else [value]
    whole = all(hasattr(size, "__index__") and not isinstance(size, bool) for size in sizes)
    if not whole:
        raise ValueError(f"hidden_layer_sizes must be whole numbers, got {sizes}.")
    if any(size <= 0 for size in sizes):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {sizes}.")
    return sizes


def per_hidden_layer(name: str, value: Any, count: int) -> list[Any]:
    """Return a list with one entry for each hidden layer, from one value or a list of them."""
    if not isinstance(value, (list, tuple)):
        return [value] * count
    if len(value) != count:
        raise ValueError(
            f"{name} must be one value or one for each of the {count} hidden layers, "
            f"got {len(value)}: {value!r}"
        )
    return list(value)


def activation_of(value: Any) -> Activation:
    """Return the activation for a name; return an Activation unchanged."""
    if isinstance(value, Activation):
        return value
    if not isinstance(value, str) or value not in ACTIVATIONS:
        raise ValueError(
            f"activation must be among {sorted(ACTIVATIONS)} or an Activation, got {value!r}"
        )
    return ACTIVATIONS[value]()
