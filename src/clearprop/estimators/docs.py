"""The parts of the documentation that both estimators share."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T", bound=type)

PARAMETERS = """\
    hidden_layer_sizes : array-like of int, default=(100,)
        The number of units of each hidden layer; an empty tuple gives a linear model.
    activation : str, Activation, or a list with one for each hidden layer, default="relu"
        "identity", "logistic", "tanh", "relu", and in addition to scikit-learn "leaky_relu",
        "elu", "selu", "gelu", "silu", "softplus", "mish".
    solver : {"lbfgs", "sgd", "adam"}, default="adam"
        The optimizer. Adam has the form that scikit-learn computes, see
        ``clearprop.Adam(epsilon_hat=True)``.
    alpha : float, default=0.0001
        Strength of the L2 penalty: alpha / 2 Σ W² / (the batch's rows, or the sum of their
        weights) is added to the loss.
    batch_size : int or "auto", default="auto"
        Rows in a mini-batch; "auto" is min(200, n_samples). "lbfgs" uses all rows at once.
    learning_rate : {"constant", "invscaling", "adaptive"}, default="constant"
        The schedule of "sgd": constant; proportional to (rows seen + 1)^-power_t; or divided by 5
        each time that training stops improving, down to 1e-6.
    learning_rate_init : float, default=0.001
        The initial learning rate of "sgd" and "adam".
    power_t : float, default=0.5
        The exponent of "invscaling".
    max_iter : int, default=200
        The largest number of epochs; for "lbfgs", of iterations.
    shuffle : bool, default=True
        Whether to shuffle the rows before each epoch.
    random_state : int, RandomState instance, default=None
        The seed of initial weights, validation split, order of rows and dropout.
    tol : float, default=1e-4
        An epoch that improves loss or score by less does not count as an improvement. "lbfgs"
        stops when no component of the gradient is larger.
    verbose : bool, default=False
        Whether to print the loss of each epoch.
    warm_start : bool, default=False
        Whether `fit` starts from the weights of the last fit.
    momentum : float, default=0.9
        The momentum of "sgd".
    nesterovs_momentum : bool, default=True
        Whether "sgd" uses Nesterov's momentum.
    early_stopping : bool or "validation_loss", default=False
        If True, set validation rows aside, stop when the score on them no longer improves, and
        keep the best weights. "validation_loss", in addition to scikit-learn, does the same with
        the loss. "lbfgs" ignores it with a warning.
    validation_fraction : float, default=0.1
        The fraction of the rows to set aside.
    beta_1, beta_2, epsilon : float, default=0.9, 0.999, 1e-8
        Parameters of "adam".
    n_iter_no_change : int, default=10
        The number of epochs without improvement after which training stops.
    max_fun : int, default=15000
        The largest number of loss evaluations of "lbfgs".
    dropout : float or a list with one for each hidden layer, default=0.0
        The probability that a hidden activation is dropped in training.
    weight_decay : float, default=0.0
        Decoupled weight decay: each step subtracts learning rate × weight_decay × W from the
        weights. It turns "adam" into AdamW.
    clip_norm : float, default=None
        The largest norm of the gradient; longer gradients are scaled down to it.
    scoring : str or callable, default=None
        The score of the validation rows, by its name in scikit-learn. The default is accuracy or
        R²."""

ENGINE = """\
    engine : {"auto", "compiled", "numpy", "jax"} or Jax, default="auto"
        What computes: compiled kernels, or NumPy, the reference. "auto" trains with the compiled
        kernels if they know every part of the network, else with NumPy and a warning, and
        predicts with the faster of the two. "compiled" raises an error where "auto" warns. "jax"
        runs on JAX's CPU, GPU or TPU and needs ``clearprop[jax]``; ``clearprop.Jax`` has its
        settings.
    checkpoint : path-like or Checkpoint, default=None
        A file that `fit` saves itself to, while it runs, at the end and after Ctrl-C. Not for
        `partial_fit`. It is no part of the model, nor is `resume`.
    resume : bool, default=False
        Go on with the fit that the file holds, to the bits of the uninterrupted one; start anew
        where there is no file yet. `random_state` must be the same integer. Without it a file
        that exists is an error."""

ATTRIBUTES = """\
    loss_ : float
        The loss of the last epoch, with penalty.
    best_loss_ : float or None
        The lowest loss; with `early_stopping="validation_loss"`, the lowest validation loss. None
        if early stopping monitors a score.
    loss_curve_ : list of float
        The loss of each epoch: the mean over its batches, each with the weights before its step.
    validation_scores_, validation_loss_curve_ : list of float or None
        Score and loss on the validation rows after each epoch, if there are validation rows.
    best_validation_score_ : float or None
        The highest score, with `early_stopping=True`.
    learning_rate_ : float
        The learning rate of the next step.
    t_ : int
        The number of rows seen in training by "sgd" or "adam".
    coefs_, intercepts_ : list of ndarray
        Weights (inputs, units) and biases (units,) of each layer. They may be set before
        `partial_fit` or a warm start, which then start from them.
    n_features_in_, feature_names_in_ : int, ndarray of str
        The number of inputs, and their names if X had names.
    n_iter_, n_layers_, n_outputs_ : int
        The numbers of epochs run, of layers with the input, and of outputs.
    engine_report_ : tuple of str
        Which form the compiled engine's products took and why, a sentence each:
        `docs/zeros.md`. Empty with NumPy, with "lbfgs", and in a loaded model.
    health_ : Health
        What is wrong with the last fit, a sequence of findings: `docs/health.md`. It is computed
        when asked for; a loaded or copied estimator has none.
    incident_ : Incident or None
        The first jump of the last fit's loss, or what was not finite; ``incident_.explain()``
        opens the step in which it began.
    out_activation_ : str
        The link from raw outputs to predictions."""


def documented(cls: T) -> T:
    """Insert the shared parts into a class's docstring."""
    cls.__doc__ = (
        (cls.__doc__ or "")
        .replace("    {parameters}", PARAMETERS)
        .replace("    {engine}", ENGINE)
        .replace("    {attributes}", ATTRIBUTES)
    )
    return cls
