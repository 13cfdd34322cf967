"""dE/dw_ij = -(t_j - o_j) o_j (1 - o_j) h_i, beside backprop and nudging: python 5_slope.py."""

import numpy as np

import clearprop as cp

hidden, target = np.array([[0.8, 0.7, 0.6, 0.5]]), np.array([[1.0, 0.5]])
W = np.array([[0.6, 0.1], [0.4, 0.3], [0.1, 0.2], [0.2, 0.1]])
net, loss = cp.Chain(cp.Dense(4, 2, bias=False), cp.Sigmoid()), cp.SquaredError()
params = {"dense1": {"W": W}}

o = 1 / (1 + np.exp(-hidden @ W))
print("by the formula:", hidden.T @ (-(target - o) * o * (1 - o)), sep="\n")
print("by backprop:", cp.backprop(net, loss, params, hidden, target)[1]["dense1"]["W"], sep="\n")
print(cp.check_gradients(net, loss, params, hidden, target))
