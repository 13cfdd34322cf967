"""The parts of the two estimators' documentation that are the same, written once."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T", bound=type)

PARAMETERS = """\
    hidden_layer_sizes : array-like of int, default=(100,)
        The units of each hidden layer; an empty tuple for a linear model.
    activation : str, Activation, or a list of one for each hidden layer, default="relu"
        "identity", "logistic", "tanh", "relu", and beyond scikit-learn "leaky_relu", "elu",
        "selu", "gelu", "silu", "softplus", "mish".
    solver : {"lbfgs", "sgd", "adam"}, default="adam"
        Adam is in the form scikit-learn computes, see ``clearprop.Adam(epsilon_hat=True)``.
    alpha : float, default=0.0001
        L2: the loss gains alpha / 2 Σ W² / (the batch's rows, or their weights' sum).
    batch_size : int or "auto", default="auto"
        Rows in a mini-batch; "auto" is min(200, n_samples). "lbfgs" takes all rows at once.
    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        For "sgd": constant; (rows seen + 1)^-power_t; or divided by 5 whenever training stops
        improving, down to 1e-6.
    learning_rate_init : float, default=0.001
        For "sgd" and "adam".
    power_t : float, default=0.5
        For "invscaling".
    max_iter : int, default=200
        Epochs, for "lbfgs" iterations.
    shuffle : bool, default=True
        Whether each epoch goes through the rows in a new order.
    random_state : int, RandomState instance, default=None
        For starting weights, the validation split, the order of rows and dropout.
    tol : float, default=1e-4
        The improvement of loss or score below which an epoch counts as none; for "lbfgs" the
        largest component of the gradient at the end.
    verbose : bool, default=False
        Whether to print the loss of each epoch.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the last fit.
    momentum : float, default=0.9
        For "sgd".
    nesterovs_momentum : bool, default=True
        For "sgd": whether momentum looks ahead.
    early_stopping : bool or "validation_loss", default=False
        Whether to set rows aside, stop when the score on them stops improving, and return the
        best weights; beyond scikit-learn, when the loss on them does. Not for "lbfgs", which
        says so.
    validation_fraction : float, default=0.1
        The part of the rows that is set aside.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        For "adam".
    n_iter_no_change : int, default=10
        Epochs without improvement after which training stops.
    max_fun : int, default=15000
        For "lbfgs": most evaluations of the loss.
    dropout : float or a list of one for each hidden layer, default=0.0
        The probability that a hidden activation is dropped in training.
    weight_decay : float, default=0.0
        Every weight shrinks by this times the learning rate each step: "adam" becomes AdamW.
    clip_norm : float, default=None
        The longest gradient that is not shortened.
    scoring : str or callable, default=None
        The score of the validation rows, as scikit-learn names scores; accuracy or R² by
        default."""

ATTRIBUTES = """\
    loss_ : float
        The loss of the last epoch, penalty included.
    best_loss_ : float or None
        The lowest; with `early_stopping="validation_loss"` on the validation rows. None where a
        score is watched.
    loss_curve_ : list of float
        The loss of each epoch, the mean over its batches as they were met.
    validation_scores_, validation_loss_curve_ : list of float or None
        Score and loss on the validation rows after each epoch, where there are any.
    best_validation_score_ : float or None
        The highest, with `early_stopping=True`.
    learning_rate_ : float
        The learning rate the next step would take.
    t_ : int
        Rows seen in training by "sgd" or "adam".
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, units) and biases (units,) of each layer. May be set before
        `partial_fit` or a warm start to begin there.
    n_features_in_, feature_names_in_ : int, ndarray of str
        Of the inputs.
    n_iter_, n_layers_, n_outputs_ : int
        Epochs run, layers including the input, outputs.
    out_activation_ : str
        The link from raw outputs to predictions."""


def documented(cls: T) -> T:
    """Fill the shared parts into a class's docstring."""
    cls.__doc__ = (
        (cls.__doc__ or "")
        .replace("    {parameters}", PARAMETERS)
        .replace("    {attributes}", ATTRIBUTES)
    )
    return cls
