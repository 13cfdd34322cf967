"""Right training steps in the conventions that people have: none of them may be called wrong."""

from collections.abc import Callable
from typing import Any

import numpy as np

import clearprop as cp
from tests.explaining.learners import Net, _parts, _theta, _vector, sigmoid, softmax

RIGHT: dict[str, Callable[[], Any]] = {}


def right(function: Callable[[], Any]) -> Callable[[], Any]:
    """Add a function that gives the report of right work to the table."""
    RIGHT[function.__name__.replace("_", " ")] = function
    return function


class ByColumns:
    """A step with examples as columns and weights (units, inputs), as in one course."""

    def __init__(self, sizes: tuple[int, int, int], rows: int, seed: int = 0) -> None:
        self.net = Net(sizes, last=cp.Sigmoid, rows=rows, seed=seed)

    def numbers(self, wrong: Callable[[str, Any], Any] = lambda name, a: a) -> dict[str, Any]:
        net = self.net
        X, Y, W1, W2 = net.x.T, net.t.T, net.W1.T, net.W2.T
        A1 = sigmoid(W1 @ X + net.b1[:, None])
        A2 = sigmoid(W2 @ A1 + net.b2[:, None])
        dZ2 = (A2 - Y) * A2 * (1 - A2) / net.rows
        dZ1 = W2.T @ dZ2 * A1 * (1 - A1)
        found = {
            "W1": W1, "W2": W2, "A1": A1, "A2": A2, "dZ2": dZ2, "dZ1": dZ1,
            "dW1": dZ1 @ X.T, "dW2": dZ2 @ A1.T,
            "db1": dZ1.sum(axis=1, keepdims=True), "db2": dZ2.sum(axis=1, keepdims=True),
        }  # fmt: skip
        return {name: wrong(name, array) for name, array in found.items()}


@right
def exclusive_or_by_columns():
    net = ByColumns((2, 2, 1), 4)
    return net.net.step().check(net.numbers())


@right
def all_sides_equal_by_columns():
    net = ByColumns((3, 3, 3), 3)
    return net.net.step().check(net.numbers())


@right
def all_sides_equal_gradients_alone_by_columns():
    net = ByColumns((3, 3, 3), 3)
    found = net.numbers()
    return net.net.step().check({name: found[name] for name in ("dW1", "dW2", "db1", "db2")})


@right
def error_signals_per_row_and_the_mean_in_the_gradients():
    net = Net((3, 4, 1), loss=cp.BinaryCrossEntropy(), rows=5)
    _, A1, _, A2 = net.forward()
    dZ2 = A2 - net.t
    dZ1 = dZ2 @ net.W2.T * A1 * (1 - A1)
    return net.step().check(
        {
            "dZ2": dZ2, "dW2": A1.T @ dZ2 / 5, "db2": dZ2.sum(axis=0, keepdims=True) / 5,
            "dZ1": dZ1, "dW1": net.x.T @ dZ1 / 5, "db1": dZ1.sum(axis=0, keepdims=True) / 5,
        }
    )  # fmt: skip


def of_scale(factor: float) -> Any:
    net = Net((3, 4, 2), cp.Tanh, rows=5)
    E = factor * 0.5 * ((net.forward()[3] - net.t) ** 2).sum() / 5
    found = {name: factor * array for name, array in net.gradients().items()}
    return net.step().check({"loss": E, **found})


@right
def summed_loss():
    return of_scale(5)


@right
def loss_without_the_half():
    return of_scale(2)


@right
def mean_squared_error_of_torch():
    return of_scale(2 / 2)


@right
def mean_squared_error_over_rows_and_outputs():
    return of_scale(1 / 2)


@right
def sum_of_squares():
    return of_scale(10)


@right
def relu_has_slope_one_at_zero():
    net = Net((2, 3, 1), cp.ReLU)
    net.b1[:] = 0.0
    net.x[0] = 0.0
    z1, _, _, p = net.forward()
    d2 = (p - net.t) / net.rows
    return net.step().check(net.gradients(d2, d2 @ net.W2.T * (z1 >= 0)))


def log_of_more(more: float, kind: str) -> Any:
    loss = cp.CrossEntropy() if kind == "softmax" else cp.BinaryCrossEntropy()
    net = Net((3, 4, 3 if kind == "softmax" else 1), loss=loss, rows=5)
    p = net.forward()[3]
    if kind == "softmax":
        E = -np.mean(np.sum(net.t * np.log(p + more), axis=1))
    else:
        E = -np.mean(net.t * np.log(p + more) + (1 - net.t) * np.log(1 - p + more))
    return net.step().check({"loss": E, **net.gradients()})


for power in range(7, 13):
    for kind in ("softmax", "logistic"):
        RIGHT[f"{kind}, log of p + 1e-{power}"] = lambda more=10.0**-power, kind=kind: log_of_more(
            more, kind
        )


@right
def clipped_logarithm():
    net = Net((3, 4, 3), loss=cp.CrossEntropy(), rows=5)
    p = np.clip(net.forward()[3], 1e-7, 1 - 1e-7)
    return net.step().check({"loss": -np.mean(np.sum(net.t * np.log(p), axis=1))})


def adam(epsilon_inside: bool) -> Any:
    net = Net((3, 3, 2), cp.Tanh)
    g, lr, e = _vector(net, net.gradients()), 0.01, 1e-4
    m, v = g, g**2  # after the correction of the first step
    root = np.sqrt(v + e) if epsilon_inside else np.sqrt(v) + e
    new = _parts(net, _theta(net) - lr * m / root)
    return net.step(optimizer=cp.Adam(lr, epsilon=e)).check(new)


@right
def adam_epsilon_inside_the_root():
    return adam(True)


@right
def adam_epsilon_outside_the_root():
    return adam(False)


@right
def momentum_with_one_minus_mu():
    net = Net((3, 4, 2), cp.Tanh)
    v = np.random.default_rng(2).standard_normal(_theta(net).size)
    new = _theta(net) + 0.9 * v - 0.1 * (1 - 0.9) * _vector(net, net.gradients())
    step = net.step(optimizer=cp.SGD(0.1, 0.9), state={"velocity": v})
    return step.check(_parts(net, new))


def differences(epsilon: float) -> Any:
    net = Net((2, 3, 1), cp.Tanh)

    def loss(W1, W2):
        return 0.5 * np.mean((np.tanh(net.x @ W1 + net.b1) @ W2 + net.b2 - net.t) ** 2)

    found = {}
    for name in ("W1", "W2"):
        weights = {"W1": net.W1.copy(), "W2": net.W2.copy()}
        gradient = np.zeros_like(weights[name])
        for place in np.ndindex(*gradient.shape):
            kept = weights[name][place]
            weights[name][place] = kept + epsilon
            more = loss(**weights)
            weights[name][place] = kept - epsilon
            less = loss(**weights)
            weights[name][place] = kept
            gradient[place] = (more - less) / (2 * epsilon)
        found[f"d{name}"] = gradient
    return net.step().check(found)


for power in range(3, 11):
    RIGHT[f"central differences, 1e-{power}"] = lambda e=10.0**-power: differences(e)


@right
def new_weights_by_their_names():
    net = Net((3, 4, 2), cp.Tanh)

    def train(W1, b1, W2, b2, X, y, lr):
        found = net.gradients()
        return {"W1": W1 - lr * found["dW1"], "b1": b1 - lr * found["db1"],
                "W2": W2 - lr * found["dW2"], "b2": b2 - lr * found["db2"]}  # fmt: skip

    return net.work(train, optimizer=cp.SGD(0.1))


@right
def new_weights_as_a_tuple():
    net = Net((3, 4, 2), cp.Tanh)

    def train(W1, b1, W2, b2, X, y, lr):
        found = net.gradients()
        return (W1 - lr * found["dW1"], b1 - lr * found["db1"], W2 - lr * found["dW2"],
                b2 - lr * found["db2"])  # fmt: skip

    return net.work(train, optimizer=cp.SGD(0.1))


@right
def weights_and_biases_as_lists():
    net = Net((3, 4, 2), cp.Tanh)

    def train(params, x, t, lr):
        found = net.gradients()
        weights = [net.W1 - lr * found["dW1"], net.W2 - lr * found["dW2"]]
        return weights, [net.b1 - lr * found["db1"], net.b2 - lr * found["db2"]]

    return net.work(train, optimizer=cp.SGD(0.1))


@right
def loss_and_a_list_of_gradients():
    net = Net((3, 4, 2), cp.Tanh)

    def mine(params, x, t):
        found = net.gradients()
        loss = 0.5 * np.sum((net.forward()[3] - net.t) ** 2) / 4
        return loss, [found["dW1"], found["db1"], found["dW2"], found["db2"]]

    return net.work(mine)


@right
def nested_gradients_by_layer():
    net = Net((3, 4, 2), cp.Tanh)

    def mine(params, x, t):
        found = net.gradients()
        layers = {"1": {"dW": found["dW1"], "db": found["db1"]}}
        return {**layers, "2": {"dW": found["dW2"], "db": found["db2"]}}

    return net.work(mine)


@right
def biases_as_rows():
    net = Net((3, 4, 2), cp.Tanh)
    found = net.gradients()
    return net.step().check(
        {**found, "db1": found["db1"][None], "db2": found["db2"][None], "b1": net.b1[None]}
    )


@right
def names_of_the_last_layer():
    net = Net((3, 4, 1), loss=cp.BinaryCrossEntropy(), rows=5)
    z1, a1, z2, p = net.forward()
    d2 = (p - net.t) / 5
    loss = -np.mean(net.t * np.log(p) + (1 - net.t) * np.log(1 - p))
    return net.step().check(
        {"Z1": z1, "A1": a1, "z2": z2, "a2": p, "y_hat": p, "J": loss, "dZ2": d2,
         "dZ1": d2 @ net.W2.T * a1 * (1 - a1), "loss": loss}
    )  # fmt: skip


@right
def loss_with_the_penalty_in_it():
    net = Net((3, 4, 2), cp.Tanh)
    found, lam = net.gradients(), 0.01
    E = 0.5 * np.sum((net.forward()[3] - net.t) ** 2) / 4
    E += 0.5 * lam * (np.sum(net.W1**2) + np.sum(net.W2**2))
    new = {
        n: getattr(net, n) - 0.1 * (found[f"d{n}"] + lam * getattr(net, n)) for n in ("W1", "W2")
    }
    return net.step(optimizer=cp.SGD(0.1), l2=lam).check({"loss": E, **new})


@right
def gradients_with_the_penalty_in_them():
    net = Net((3, 4, 2), cp.Tanh)
    found, lam = net.gradients(), 0.01
    work = {"dW1": found["dW1"] + lam * net.W1, "dW2": found["dW2"] + lam * net.W2}
    work |= {"db1": found["db1"], "db2": found["db2"]}
    return net.step(optimizer=cp.SGD(0.1), l2=lam).check(work)


@right
def decay_of_biases_too():
    net = Net((3, 3, 2), cp.Tanh)
    g, theta = _vector(net, net.gradients()), _theta(net)
    new = theta - 0.01 * (g / (np.abs(g) + 1e-8)) - 0.01 * 0.1 * theta
    return net.step(optimizer=cp.AdamW(0.01, 0.1)).check(_parts(net, new))


class Network:
    """A class as learners write it: weights (inputs, units), a training method."""

    def __init__(self, net: Net, lr: float = 0.5) -> None:
        self.lr = lr
        self.W1, self.b1 = net.W1.copy(), net.b1.copy()[None]
        self.W2, self.b2 = net.W2.copy(), net.b2.copy()[None]

    def forward(self, X: Any) -> Any:
        self.a1 = sigmoid(X @ self.W1 + self.b1)
        self.a2 = sigmoid(self.a1 @ self.W2 + self.b2)
        return self.a2

    def train(self, X: Any, y: Any) -> None:
        p = self.forward(X)
        d2 = (p - y) / len(X) * p * (1 - p)
        d1 = d2 @ self.W2.T * self.a1 * (1 - self.a1)
        self.W2 -= self.lr * self.a1.T @ d2
        self.b2 -= self.lr * d2.sum(axis=0, keepdims=True)
        self.W1 -= self.lr * X.T @ d1
        self.b1 -= self.lr * d1.sum(axis=0, keepdims=True)


@right
def a_bound_method():
    net = Net((2, 3, 1), last=cp.Sigmoid)
    return cp.check_work(Network(net).train, X=net.x, y=net.t)


@right
def an_object_whose_network_is_guessed():
    net = Net((3, 4, 2), last=cp.Sigmoid)
    return cp.check_work(Network(net), X=net.x, y=net.t)


@right
def attributes_of_an_object():
    net = Net((2, 3, 1), last=cp.Sigmoid)
    theirs = Network(net, 0.5)

    def train(params, x, t):
        theirs.train(x, t)
        return vars(theirs)

    return net.work(train, optimizer=cp.SGD(0.5))


@right
def plain_lists_and_loops():
    net = Net((2, 3, 1), rows=1)

    def train(W1, b1, W2, b2, X, y, lr):
        x, t = X.tolist()[0], y.tolist()[0]
        a = [float(sigmoid(sum(x[i] * W1[i][j] for i in range(2)) + b1[j])) for j in range(3)]
        o = sum(a[j] * W2[j][0] for j in range(3)) + b2[0]
        d = o - t[0]
        hidden = [d * W2[j][0] * a[j] * (1 - a[j]) for j in range(3)]
        return {
            "W2": [[W2[j][0] - lr * d * a[j]] for j in range(3)], "b2": [b2[0] - lr * d],
            "W1": [[W1[i][j] - lr * hidden[j] * x[i] for j in range(3)] for i in range(2)],
            "b1": [b1[j] - lr * hidden[j] for j in range(3)],
        }  # fmt: skip

    return net.work(train, optimizer=cp.SGD(0.1))


@right
def single_precision():
    net = Net((3, 4, 3), loss=cp.CrossEntropy(), rows=5)
    W1, b1, W2, b2, x = (a.astype(np.float32) for a in (net.W1, net.b1, net.W2, net.b2, net.x))
    a1 = (1 / (1 + np.exp(-(x @ W1 + b1)))).astype(np.float32)
    d2 = ((softmax(a1 @ W2 + b2) - net.t) / 5).astype(np.float32)
    d1 = d2 @ W2.T * a1 * (1 - a1)
    return net.step().check({"dW2": a1.T @ d2, "dW1": x.T @ d1, "db1": d1.sum(axis=0)})
