"""open_model: someone's trained model as a clearprop network."""

from __future__ import annotations

from typing import Any

from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.utils.validation import check_is_fitted

from clearprop.definitions.losses import Loss, Poisson
from clearprop.definitions.parameters import Layout
from clearprop.doors.open_keras import is_keras, keras_parts
from clearprop.doors.open_torch import is_torch, torch_parts
from clearprop.doors.open_weights import sklearn_parts, weight_parts
from clearprop.doors.opened import OpenedModel, assembled
from clearprop.estimators.base import BaseMLP
from clearprop.estimators.inside import fitted_network


def open_model(model: Any, *, loss: Loss | None = None, activation: Any = "relu") -> OpenedModel:
    """Return someone's model as a clearprop network: to explain, check, view, predict, train on.

    The layers are read from the object itself, and the weights are copied; no file and no pickle
    is opened. A softmax or a sigmoid at the end becomes the link of its loss, CrossEntropy or
    BinaryCrossEntropy, so that predictions are those of the original.

    Parameters
    ----------
    model : object
        A fitted MLPClassifier or MLPRegressor of scikit-learn or of clearprop; a PyTorch
        ``nn.Sequential``; a ``keras.Sequential``; or a list of weights, ``[(W, b), ...]`` or
        ``[W, b, W, b, ...]`` with W (I, O) and b (O,).
    loss : Loss, optional
        Of the network; without it by the end of the model, and SquaredError where that says
        nothing. A PyTorch module that ends in logits asks for ``loss=cp.CrossEntropy()``: then
        ``predict`` gives probabilities, and ``outputs`` what the module gives.
    activation : str or Layer or list of them, default="relu"
        For a list of weights only: what stands between the layers.

    Returns
    -------
    opened : OpenedModel
        ``network``, ``params``, ``loss`` and ``state`` for every function of clearprop; its own
        ``predict``, ``explain``, ``train`` and ``check_gradients``.

    Raises
    ------
    TypeError
        If a layer is not known; the message names it and its place.
    ValueError
        If weights do not fit each other.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> W1, b1 = np.array([[1.0, -1.0]]), np.zeros(2)
    >>> opened = cp.open_model([(W1, b1), (np.ones((2, 1)), np.array([0.5]))])
    >>> print(opened)
    a list of weights: 1 → 2 relu → 1
    >>> opened.predict([[-3.0], [2.0]]).ravel()
    array([3.5, 2.5])
    >>> opened.explain([[2.0]], [[3.0]])["dense2.dW"].ravel()
    array([-1.,  0.])
    """
    if isinstance(model, MLPClassifier | MLPRegressor):
        check_is_fitted(model)
        if model.out_activation_ == "exp" and loss is None:
            loss = Poisson()
        return assembled(sklearn_parts(model), loss, f"scikit-learn's {type(model).__name__}")
    if isinstance(model, BaseMLP):
        check_is_fitted(model)
        own = fitted_network(model)
        params = Layout.of(own.params).unpack(Layout.of(own.params).pack(own.params))
        source = f"clearprop's {type(model).__name__}"
        return OpenedModel(own.network, params, loss or own.loss, None, source)
    if is_torch(model):
        return assembled(torch_parts(model), loss, f"PyTorch {type(model).__name__}")
    if is_keras(model):
        return assembled(keras_parts(model), loss, f"Keras {type(model).__name__}")
    if isinstance(model, list | tuple):
        return assembled(weight_parts(model, activation), loss, "a list of weights")
    raise TypeError(
        "a model to open is a fitted MLPClassifier or MLPRegressor, a PyTorch nn.Sequential, a "
        f"keras.Sequential, or a list of weights, not {type(model).__name__}"
    )
