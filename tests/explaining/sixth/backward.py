"""Programs whose slip is in the backward pass."""

import numpy as np

import clearprop as cp
from tests.explaining.sixth import net, sigmoid, slip, softmax


@slip(*net(3, 5, 2, hidden=cp.LeakyReLU), rows=6)
def leaky_forward_and_relu_backward(W1, b1, W2, b2, X, y):
    """The activation is leaky, and its slope below 0 is taken as 0, as ReLU's is."""
    z1 = X @ W1 + b1
    a1 = np.where(z1 > 0, z1, 0.01 * z1)
    dz2 = (a1 @ W2 + b2 - y) / len(X)
    dz1 = dz2 @ W2.T
    dz1[z1 <= 0] = 0
    return {
        "dW2": a1.T @ dz2,
        "db2": dz2.sum(axis=0),
        "dW1": X.T @ dz1,
        "db1": dz1.sum(axis=0),
    }


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=5)
def tanh_slope_without_the_square(W1, b1, W2, b2, X, y):
    """The slope of tanh is taken as 1 - a, not as 1 - a squared."""
    a1 = np.tanh(np.dot(X, W1) + b1)
    yhat = np.dot(a1, W2) + b2
    dz2 = (yhat - y) / y.shape[0]
    dz1 = np.multiply(np.dot(dz2, W2.T), 1 - a1)
    return {
        "dW2": np.dot(a1.T, dz2),
        "db2": np.sum(dz2, axis=0),
        "dW1": np.dot(X.T, dz1),
        "db1": np.sum(dz1, axis=0),
    }


@slip(*net(3, 5, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(), rows=6)
def relu_gate_of_the_gradient(W1, b1, W2, b2, X, y):
    """The gradient is set to 0 where it is negative itself, not where z is."""
    scores = np.maximum(X @ W1 + b1, 0)
    probs = softmax(scores @ W2 + b2)
    dscores = (probs - y) / len(X)
    dW2 = scores.T @ dscores
    db2 = np.sum(dscores, axis=0)
    dhidden = dscores @ W2.T
    dhidden[dhidden <= 0] = 0
    return {"dW2": dW2, "db2": db2, "dW1": X.T @ dhidden, "db1": np.sum(dhidden, axis=0)}


@slip(*net(3, 4, 1), loss=cp.BinaryCrossEntropy(), binary=True, rows=5)
def sigmoid_slope_once_more_after_cross_entropy(W1, b1, W2, b2, X, y):
    """The output error p - y, which has the sigmoid's slope in it already, gets it once more."""
    m = X.shape[0]
    A1 = sigmoid(X @ W1 + b1)
    A2 = sigmoid(A1 @ W2 + b2)
    cost = -np.mean(y * np.log(A2) + (1 - y) * np.log(1 - A2))
    dZ2 = (A2 - y) * A2 * (1 - A2)
    dZ1 = dZ2 @ W2.T * A1 * (1 - A1)
    return {
        "loss": cost,
        "dW2": A1.T @ dZ2 / m,
        "db2": dZ2.sum(axis=0) / m,
        "dW1": X.T @ dZ1 / m,
        "db1": dZ1.sum(axis=0) / m,
    }


@slip(*net(3, 4, 3, 1, hidden=cp.Tanh), rows=6)
def first_layer_not_averaged(W1, b1, W2, b2, W3, b3, X, y):
    """The gradients of layers 3 and 2 are divided by the number of rows, those of layer 1 not."""
    m = len(X)
    a1 = np.tanh(X @ W1 + b1)
    a2 = np.tanh(a1 @ W2 + b2)
    a3 = a2 @ W3 + b3
    dz3 = a3 - y
    dW3 = (1 / m) * a2.T @ dz3
    db3 = (1 / m) * np.sum(dz3, axis=0)
    dz2 = dz3 @ W3.T * (1 - a2**2)
    dW2 = (1 / m) * a1.T @ dz2
    db2 = (1 / m) * np.sum(dz2, axis=0)
    dz1 = dz2 @ W2.T * (1 - a1**2)
    dW1 = X.T @ dz1
    db1 = np.sum(dz1, axis=0)
    return {"dW1": dW1, "db1": db1, "dW2": dW2, "db2": db2, "dW3": dW3, "db3": db3}


@slip(*net(3, 5, 3), loss=cp.CrossEntropy(), rows=4)
def bias_gradients_averaged_twice(W1, b1, W2, b2, X, y):
    """The errors are divided by the rows already, and db takes their mean in place of the sum."""
    a1 = sigmoid(X @ W1 + b1)
    p = softmax(a1 @ W2 + b2)
    d2 = (p - y) / len(X)
    d1 = (d2 @ W2.T) * a1 * (1 - a1)
    return {
        "dW2": a1.T @ d2,
        "db2": np.mean(d2, axis=0),
        "dW1": X.T @ d1,
        "db1": np.mean(d1, axis=0),
    }


@slip(*net(3, 4, 4, 2, hidden=cp.ReLU), rows=6)
def square_weights_not_transposed(W1, b1, W2, b2, W3, b3, X, y):
    """The error goes back through W2, which is square, without the transpose."""
    z1 = X @ W1 + b1
    a1 = np.maximum(0, z1)
    z2 = a1 @ W2 + b2
    a2 = np.maximum(0, z2)
    dz3 = (a2 @ W3 + b3 - y) / len(X)
    dz2 = dz3 @ W3.T * (z2 > 0)
    dz1 = dz2 @ W2 * (z1 > 0)
    return {
        "dW3": a2.T @ dz3,
        "db3": dz3.sum(axis=0),
        "dW2": a1.T @ dz2,
        "db2": dz2.sum(axis=0),
        "dW1": X.T @ dz1,
        "db1": dz1.sum(axis=0),
    }


@slip(*net(3, 4, 2, last=cp.Sigmoid), binary=True, rows=5)
def output_gradient_from_z1(W1, b1, W2, b2, X, y):
    """dW2 is made from z1, the hidden layer's sums, in place of a1."""
    n = len(X)
    z1 = X @ W1 + b1
    a1 = sigmoid(z1)
    z2 = a1 @ W2 + b2
    a2 = sigmoid(z2)
    delta2 = (a2 - y) * sigmoid(z2) * (1 - sigmoid(z2))
    delta1 = delta2 @ W2.T * sigmoid(z1) * (1 - sigmoid(z1))
    return {
        "dW1": X.T @ delta1 / n,
        "db1": delta1.sum(axis=0) / n,
        "dW2": z1.T @ delta2 / n,
        "db2": delta2.sum(axis=0) / n,
    }


@slip(*net(3, 4, 2, hidden=cp.Tanh), rows=4)
def hidden_bias_summed_along_the_row(W1, b1, W2, b2, X, y):
    """db1 sums over the units of a row, which goes unseen with as many rows as units."""
    a1 = np.tanh(X @ W1 + b1)
    dz2 = (a1 @ W2 + b2 - y) / len(X)
    dz1 = dz2 @ W2.T * (1 - np.square(a1))
    return {
        "dW2": a1.T @ dz2,
        "db2": np.sum(dz2, axis=0),
        "dW1": X.T @ dz1,
        "db1": np.sum(dz1, axis=1),
    }


@slip(*net(3, 4, 3, hidden=cp.Tanh), loss=cp.CrossEntropy(), rows=5)
def one_taken_from_whole_columns(W1, b1, W2, b2, X, y):
    """The 1 is taken from probs[:, labels], so from all rows, not from each row's own class."""
    n = len(X)
    labels = np.argmax(y, axis=1)
    a1 = np.tanh(X @ W1 + b1)
    probs = softmax(a1 @ W2 + b2)
    dscores = probs.copy()
    dscores[:, labels] -= 1
    dscores /= n
    dz1 = dscores @ W2.T * (1 - a1**2)
    return {
        "dW2": a1.T @ dscores,
        "db2": dscores.sum(axis=0),
        "dW1": X.T @ dz1,
        "db1": dz1.sum(axis=0),
    }


@slip(*net(3, 3, 3, 3, last=cp.Sigmoid), rows=5)
def activations_counted_from_the_wrong_end(W1, b1, W2, b2, W3, b3, X, y):
    """In the loop, dW takes activations[-l], the layer's own output, not activations[-l - 1]."""
    weights, biases = [W1, W2, W3], [b1, b2, b3]
    activations = [X]
    for w, b in zip(weights, biases, strict=True):
        activations.append(sigmoid(activations[-1] @ w + b))
    delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1]) / len(X)
    nabla_w, nabla_b = [None] * 3, [None] * 3
    nabla_w[-1] = activations[-2].T @ delta
    nabla_b[-1] = delta.sum(axis=0)
    for k in range(2, 4):
        a = activations[-k]
        delta = delta @ weights[-k + 1].T * a * (1 - a)
        nabla_w[-k] = activations[-k].T @ delta
        nabla_b[-k] = delta.sum(axis=0)
    return {
        "dW1": nabla_w[0],
        "db1": nabla_b[0],
        "dW2": nabla_w[1],
        "db2": nabla_b[1],
        "dW3": nabla_w[2],
        "db3": nabla_b[2],
    }


@slip(*net(3, 4, 3, hidden=cp.ReLU), loss=cp.CrossEntropy(), rows=5)
def loss_slope_used_before_softmax(W1, b1, W2, b2, X, y):
    """The slope of the loss by the probabilities, -y / p, is used as the slope by the scores."""
    z1 = X @ W1 + b1
    a1 = np.maximum(z1, 0)
    p = softmax(a1 @ W2 + b2)
    loss = -np.sum(y * np.log(p)) / len(X)
    dz2 = -(y / p) / len(X)
    dz1 = dz2 @ W2.T
    dz1[z1 <= 0] = 0
    return {
        "loss": loss,
        "dW2": a1.T @ dz2,
        "db2": dz2.sum(axis=0),
        "dW1": X.T @ dz1,
        "db1": dz1.sum(axis=0),
    }


@slip(*net(3, 5, 4, 2), rows=6)
def middle_slope_forgotten(W1, b1, W2, b2, W3, b3, X, y):
    """The second hidden layer's error lacks the sigmoid's slope; the first one's has it."""
    a1 = sigmoid(X @ W1 + b1)
    a2 = sigmoid(a1 @ W2 + b2)
    out = a2 @ W3 + b3
    d3 = (out - y) / X.shape[0]
    d2 = d3 @ W3.T
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return {
        "dW3": a2.T @ d3,
        "db3": d3.sum(axis=0),
        "dW2": a1.T @ d2,
        "db2": d2.sum(axis=0),
        "dW1": X.T @ d1,
        "db1": d1.sum(axis=0),
    }


@slip(cp.Dense(3, 4), cp.BatchNorm(4), cp.ReLU(), cp.Dense(4, 2), rows=6)
def gamma_gradient_from_the_unscaled_input(params, x, t):
    """The gradient of gamma takes the batch norm's input z, not the standardised z."""
    W1, b1 = params["dense1"]["W"], params["dense1"]["b"]
    gamma, beta = params["batchnorm1"]["gamma"], params["batchnorm1"]["beta"]
    W2, b2 = params["dense2"]["W"], params["dense2"]["b"]
    n = len(x)
    z = x @ W1 + b1
    std = np.sqrt(z.var(axis=0) + 1e-5)
    z_hat = (z - z.mean(axis=0)) / std
    u = gamma * z_hat + beta
    a1 = np.maximum(u, 0)
    dz2 = (a1 @ W2 + b2 - t) / n
    du = dz2 @ W2.T * (u > 0)
    dz_hat = du * gamma
    dz = (n * dz_hat - dz_hat.sum(axis=0) - z_hat * (dz_hat * z_hat).sum(axis=0)) / (n * std)
    return {
        "dense1.dW": x.T @ dz,
        "dense1.db": dz.sum(axis=0),
        "batchnorm1.dgamma": (du * z).sum(axis=0),
        "batchnorm1.dbeta": du.sum(axis=0),
        "dense2.dW": a1.T @ dz2,
        "dense2.db": dz2.sum(axis=0),
    }
