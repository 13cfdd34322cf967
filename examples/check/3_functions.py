"""Functions of columns, with one slip: python 3_functions.py.

From the shell: clearprop check 3_functions.py --use step --data xor --net 2-3-1 --activation tanh
--loss binary
"""

import numpy as np

import clearprop as cp


def forward(X, W1, b1, W2, b2):
    A1 = np.tanh(W1 @ X + b1)
    A2 = 1 / (1 + np.exp(-(W2 @ A1 + b2)))
    return A1, A2


def backward(X, Y, A1, A2, W2):
    m = X.shape[1]
    dZ2 = A2 - Y
    dZ1 = W2.T @ dZ2 * (1 - A1**2)
    return {
        "dW1": dZ1 @ X.T / m,
        "db1": np.sum(dZ1, axis=1, keepdims=True) / m,
        "dW2": dZ2 @ A1.T / m,
        "db2": np.sum(dZ2, axis=1, keepdims=True),  # 1/m forgotten
    }


def step(W1, b1, W2, b2, x, t):
    """Return the gradients; rows and (inputs, units) weights come in, columns are what it uses."""
    W1, b1, W2, b2 = W1.T, b1.reshape(-1, 1), W2.T, b2.reshape(-1, 1)
    A1, A2 = forward(x.T, W1, b1, W2, b2)
    return backward(x.T, t.T, A1, A2, W2)


if __name__ == "__main__":
    x, t = np.array([[0, 0], [0, 1], [1, 0], [1, 1.0]]), np.array([[0], [1], [1], [0.0]])
    net = cp.Chain(cp.Dense(2, 3), cp.Tanh(), cp.Dense(3, 1))
    params = net.init(np.random.default_rng(0))
    print(cp.check_work(step, net, cp.BinaryCrossEntropy(), params, x, t))
