"""What learners really write, restated: a step, the numbers handed over, what to say.

The code is plain NumPy as people write it, with the slip that each row's name tells; nothing of
the package computes in it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

import clearprop as cp


@dataclass(frozen=True)
class Case:
    """One slip: how to get the report, the first wrong quantity, and words of cause or statement.

    `kind` is "named" where a known slip is named, "exact" where an exact statement is made.
    """

    name: str
    report: Callable[[], Any]
    first: str
    said: str
    kind: str = "named"


CASES: list[Case] = []


def case(first: str, said: str, kind: str = "named") -> Callable[[Any], Any]:
    """Add a function that gives a report to the table."""

    def add(function: Any) -> Any:
        name = function.__name__.replace("_", " ")
        CASES.append(Case(name, function, first, said, kind))
        return function

    return add


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def softmax(o: Any) -> Any:
    e = np.exp(o - o.max(axis=1, keepdims=True))
    return e / e.sum(axis=1, keepdims=True)


@dataclass
class Net:
    """A small network drawn at random, and its true step."""

    sizes: tuple[int, int, int]
    hidden: Any = cp.Sigmoid
    last: Any = None
    loss: Any = field(default_factory=cp.SquaredError)
    rows: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        i, h, k = self.sizes
        self.W1, self.b1 = rng.standard_normal((i, h)), rng.standard_normal(h)
        self.W2, self.b2 = rng.standard_normal((h, k)), rng.standard_normal(k)
        self.x = rng.uniform(-1, 1, (self.rows, i))
        self.t = rng.uniform(0, 1, (self.rows, k))
        if self.loss.link_name:
            self.t = (
                np.eye(k)[rng.integers(0, k, self.rows)]
                if k > 1
                else (rng.integers(0, 2, (self.rows, 1)) * 1.0)
            )

    @property
    def network(self) -> Any:
        i, h, k = self.sizes
        layers = [cp.Dense(i, h), self.hidden(), cp.Dense(h, k)]
        return cp.Chain(*layers, *([self.last()] if self.last else []))

    @property
    def params(self) -> dict[str, Any]:
        return {"dense1": {"W": self.W1, "b": self.b1}, "dense2": {"W": self.W2, "b": self.b2}}

    def step(self, **how: Any) -> Any:
        return cp.explain(self.network, self.loss, self.params, self.x, self.t, **how)

    def work(self, mine: Any, **how: Any) -> Any:
        return cp.check_work(mine, self.network, self.loss, self.params, self.x, self.t, **how)

    def forward(self) -> tuple[Any, Any, Any, Any]:
        """Return z1, a1, z2 and the prediction."""
        f = {cp.Sigmoid: sigmoid, cp.Tanh: np.tanh, cp.ReLU: lambda z: np.maximum(z, 0)}
        z1 = self.x @ self.W1 + self.b1
        a1 = f[self.hidden](z1)
        z2 = a1 @ self.W2 + self.b2
        if self.loss.link_name == "softmax":
            return z1, a1, z2, softmax(z2)
        if self.loss.link_name == "sigmoid":
            return z1, a1, z2, sigmoid(z2)
        return z1, a1, z2, f[self.last](z2) if self.last else z2

    def slope(self, z: Any, a: Any) -> Any:
        if self.hidden is cp.ReLU:
            return (z > 0) * 1.0
        return a * (1 - a) if self.hidden is cp.Sigmoid else 1 - a**2

    def gradients(self, d2: Any = None, d1: Any = None) -> dict[str, Any]:
        """Return the gradients of error signals, the right ones where none are given."""
        z1, a1, _, p = self.forward()
        if d2 is None:
            d2 = (p - self.t) / self.rows
            if self.last is cp.Sigmoid:
                d2 = d2 * p * (1 - p)
        if d1 is None:
            d1 = d2 @ self.W2.T * self.slope(z1, a1)
        return {
            "dW2": a1.T @ d2, "db2": d2.sum(axis=0), "dW1": self.x.T @ d1, "db1": d1.sum(axis=0),
        }  # fmt: skip


XOR = {"sizes": (2, 2, 1), "last": cp.Sigmoid}


@case("dense2.dW", "activation slope missing in dense2.dW alone")
def output_gradient_lacks_the_slope_and_the_hidden_one_has_it():
    net = Net(**XOR)
    found, (_, a1, _, p) = net.gradients(), net.forward()
    found["dW2"] = a1.T @ (p - net.t) / net.rows
    return net.step().check(found)


@case("dense1.b.new", "bias treated as an activation")
def bias_treated_as_an_activation():
    net = Net(**XOR)
    found, lr = net.gradients(), 0.5
    return net.step(optimizer=cp.SGD(lr)).check(
        {
            "W2": net.W2 - lr * found["dW2"], "b2": net.b2 - lr * found["db2"],
            "W1": net.W1 - lr * found["dW1"], "b1": net.b1 - lr * found["db1"] * net.b1,
        }
    )  # fmt: skip


def _vector(net: Net, found: dict[str, Any]) -> Any:
    return np.concatenate([np.ravel(found[name]) for name in ("dW1", "db1", "dW2", "db2")])


def _parts(net: Net, vector: Any) -> dict[str, Any]:
    found, at = {}, 0
    for name in ("W1", "b1", "W2", "b2"):
        size = getattr(net, name).size
        found[name] = vector[at : at + size].reshape(getattr(net, name).shape)
        at += size
    return found


def _theta(net: Net) -> Any:
    return np.concatenate([np.ravel(getattr(net, name)) for name in ("W1", "b1", "W2", "b2")])


@case("dense2.b.new", "Adam's m̂ and v̂ stored back")
def adam_keeps_the_corrected_averages():
    net = Net((3, 3, 2), cp.Tanh)
    before = np.random.default_rng(5).standard_normal(_theta(net).size)
    g, lr = _vector(net, net.gradients()), 0.01
    m_true, v_true = 0.1 * before, 0.001 * before**2  # after step 1, as they should be
    m, v = m_true / (1 - 0.9), v_true / (1 - 0.999)  # as they were kept
    m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g**2
    m, v = m / (1 - 0.9**2), v / (1 - 0.999**2)
    new = _parts(net, _theta(net) - lr * m / (np.sqrt(v) + 1e-8))
    state = {"m": m_true, "v": v_true, "t": 1}
    return net.step(optimizer=cp.Adam(lr), state=state).check(
        {f"{name}_new": new[name] for name in new}
    )


@case("dense2.b.new", "Adam's corrections multiplied")
def adam_multiplies_by_the_correction():
    net = Net((3, 3, 2), cp.Tanh)
    g, lr = _vector(net, net.gradients()), 0.01
    m, v = 0.1 * g * (1 - 0.9), 0.001 * g**2 * (1 - 0.999)
    new = _parts(net, _theta(net) - lr * m / (np.sqrt(v) + 1e-8))
    return net.step(optimizer=cp.Adam(lr)).check(new)


@case("dense1.b.new", "bias summed to one number")
def one_bias_gradient_for_everything():
    net = Net((3, 4, 2), cp.Tanh)

    def mine(params, x, y, lr):
        found = net.gradients()
        return {
            "W1": net.W1 - lr * found["dW1"], "W2": net.W2 - lr * found["dW2"],
            "b2": net.b2 - lr * found["db2"], "b1": net.b1 - lr * found["db1"].sum(),
        }  # fmt: skip

    return net.work(mine, optimizer=cp.SGD(0.1))


def shape_error(report: Callable[[], Any]) -> str:
    try:
        report()
    except ValueError as error:
        return str(error)
    return "no error"


@case("dense1.db", "sum over the rows only (axis 0)", "error")
def one_bias_gradient_for_everything_as_a_gradient():
    net = Net((3, 4, 2), cp.Tanh)
    found = net.gradients()
    return net.step().check({**found, "db1": found["db1"].sum()})


@case("dense2.db", "these are one gradient for each row; sum them over the rows", "error")
def bias_gradient_not_summed():
    net = Net((3, 4, 2), cp.Tanh)
    d2 = (net.forward()[3] - net.t) / net.rows
    return net.step().check({**net.gradients(), "db2": d2})


@case("dense1.db", "bias made from dW")
def bias_gradient_made_from_the_weights():
    net = Net((3, 4, 1), cp.ReLU, loss=cp.BinaryCrossEntropy(), rows=5)
    found = net.gradients()
    dW1 = found["dW1"].T
    return net.step().check(
        {"dW1": dW1, "db1": np.sum(dW1, axis=1, keepdims=True) / 5, "dW2": found["dW2"].T}
    )


@case("dense2.dW", "dW taken twice in dense2", "exact")
def course_gradients_with_two_factors():
    net = Net((3, 4, 1), cp.ReLU, loss=cp.BinaryCrossEntropy(), rows=5)
    found = net.gradients()
    return net.step().check({**found, "dW2": 2 * found["dW2"], "db1": 4 * found["db1"]})


@case("dense2.dW", "slope taken at a")
def derivative_function_called_with_the_output():
    net = Net((3, 4, 2), last=cp.Sigmoid)

    def derivative(s):
        return sigmoid(s) * (1 - sigmoid(s))

    _, a1, _, p = net.forward()
    d2 = (p - net.t) / net.rows * derivative(p)
    return net.step().check(net.gradients(d2, d2 @ net.W2.T * derivative(a1)))


@case("dense2.b.new", "activation slope missing in sigmoid2")
def output_slope_missing_and_updated_first():
    net = Net((2, 4, 1), last=cp.Sigmoid)

    def train(W1, b1, W2, b2, X, y, lr):
        a1 = sigmoid(X @ W1 + b1)
        p = sigmoid(a1 @ W2 + b2)
        error = (p - y) / len(X)
        W2 -= lr * a1.T @ error
        b2 -= lr * error.sum(axis=0)
        d1 = error @ W2.T * a1 * (1 - a1)
        return {"W2": W2, "b2": b2, "W1": W1 - lr * X.T @ d1, "b1": b1 - lr * d1.sum(axis=0)}

    return net.work(train, optimizer=cp.SGD(0.5))


@case("dense1.dW", "raw error sent back")
def raw_error_sent_back():
    net = Net((2, 2, 1), last=cp.Sigmoid)
    _, a1, _, p = net.forward()
    d1 = (p - net.t) @ net.W2.T / net.rows * a1 * (1 - a1)
    return net.step().check(net.gradients(d1=d1))


@case("dense1.dW", "raw error sent back")
def raw_error_sent_back_by_columns():
    net = Net((2, 2, 1), last=cp.Sigmoid)
    X, T, W1, W2 = net.x.T, net.t.T, net.W1.T, net.W2.T
    A1 = sigmoid(W1 @ X + net.b1[:, None])
    A2 = sigmoid(W2 @ A1 + net.b2[:, None])
    E = (A2 - T) / net.rows
    dZ2 = E * A2 * (1 - A2)
    dZ1 = W2.T @ E * A1 * (1 - A1)
    return net.step().check(
        {"A1": A1, "A2": A2, "W1": W1, "W2": W2, "dW1": dZ1 @ X.T, "dW2": dZ2 @ A1.T}
    )


class Normed:
    """Dense, batch normalization, tanh, dense; the right numbers and pieces for wrong ones."""

    def __init__(self, epsilon: float = 1e-3) -> None:
        rng = np.random.default_rng(11)
        self.W1, self.b1, self.W2 = (
            rng.standard_normal((3, 4)), rng.standard_normal(4), rng.standard_normal((4, 2)),
        )  # fmt: skip
        self.gamma, self.beta = rng.uniform(0.5, 2, 4), rng.standard_normal(4)
        self.x, self.t = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
        self.network = cp.Chain(
            cp.Dense(3, 4), cp.BatchNorm(4, epsilon=epsilon), cp.Tanh(), cp.Dense(4, 2)
        )
        self.params = {
            "dense1": {"W": self.W1, "b": self.b1},
            "batchnorm1": {"gamma": self.gamma, "beta": self.beta},
            "dense2": {"W": self.W2, "b": np.zeros(2)},
        }
        z = self.x @ self.W1 + self.b1
        self.mu, self.var, self.eps = z.mean(axis=0), z.var(axis=0), epsilon
        self.xc = z - self.mu

    def back(self, xhat: Any) -> tuple[Any, Any]:
        """Return a and the error at the normalization's output."""
        a = np.tanh(self.gamma * xhat + self.beta)
        d = (a @ self.W2 - self.t) / 6
        return a, d @ self.W2.T * (1 - a**2)

    def check(self, work: Any) -> Any:
        names = {"dgamma": "batchnorm1.dgamma", "dbeta": "batchnorm1.dbeta", "dW1": "dense1.dW"}
        step = cp.explain(self.network, cp.SquaredError(), self.params, self.x, self.t)
        return step.check({names.get(name, name): array for name, array in work.items()})

    def right(self) -> tuple[Any, Any, Any]:
        """Return x̂, 1 / sd and dy."""
        inv = 1 / np.sqrt(self.var + self.eps)
        xhat = self.xc * inv
        return xhat, inv, self.back(xhat)[1]


@case("dense1.dW", "gamma left out of dx")
def batch_norm_without_gamma_in_dx():
    net = Normed()
    xhat, inv, dy = net.right()
    dx = inv * (dy - dy.mean(axis=0) - xhat * (dy * xhat).mean(axis=0))
    return net.check(
        {"dgamma": (dy * xhat).sum(axis=0), "dbeta": dy.sum(axis=0), "dW1": net.x.T @ dx}
    )


@case("dense1.dW", "statistics taken as constants")
def batch_norm_statistics_as_constants():
    net = Normed()
    xhat, inv, dy = net.right()
    return net.check({"dgamma": (dy * xhat).sum(axis=0), "dW1": net.x.T @ (net.gamma * dy * inv)})


@case("dense1.dW", "(v + ε)")
def batch_norm_variance_squared():
    net = Normed()
    xhat, inv, dy = net.right()
    dxhat = net.gamma * dy
    dvar = -0.5 * (dxhat * net.xc).sum(axis=0) * (net.var + net.eps) ** -2
    dmu = -(dxhat * inv).sum(axis=0)
    dx = dxhat * inv + dvar * 2 * net.xc / 6 + dmu / 6
    return net.check({"dgamma": (dy * xhat).sum(axis=0), "dW1": net.x.T @ dx})


@case("dense1.dW", "dropout scaled but not masked going back")
def dropout_scaled_but_not_masked():
    net = Net((3, 4, 2), cp.Tanh)
    mask = (np.random.default_rng(3).uniform(size=(4, 4)) > 0.4) * 1.0
    network = cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dropout(0.4), cp.Dense(4, 2))
    step = cp.explain(network, net.loss, net.params, net.x, net.t, given={"dropout1": mask / 0.6})
    a1 = np.tanh(net.x @ net.W1 + net.b1)
    dropped = a1 * mask / 0.6
    d2 = (dropped @ net.W2 + net.b2 - net.t) / 4
    d1 = d2 @ net.W2.T / 0.6 * (1 - a1**2)
    return step.check({"dW2": dropped.T @ d2, "dW1": net.x.T @ d1})


@case("dense2.b.new", "momentum times the weight")
def momentum_times_the_weight():
    net = Net((3, 4, 2), cp.Tanh)
    v = np.random.default_rng(2).standard_normal(_theta(net).size)
    found, theta = _vector(net, net.gradients()), _theta(net)
    new = _parts(net, theta + 0.9 * theta - 0.1 * found)
    return net.step(optimizer=cp.SGD(0.1, 0.9), state={"velocity": v}).check(new)


@case("dense2.b.new", "velocity")
def sign_of_the_velocity():
    net = Net((3, 4, 2), cp.Tanh)
    v = np.random.default_rng(2).standard_normal(_theta(net).size)
    found, theta = _vector(net, net.gradients()), _theta(net)
    new = _parts(net, theta - (0.9 * v - 0.1 * found))
    return net.step(optimizer=cp.SGD(0.1, 0.9), state={"velocity": v}).check(new)


@case("E", "minus reaches the first term of the loss only")
def minus_of_the_first_term():
    net = Net((2, 2, 1), loss=cp.BinaryCrossEntropy())
    p = net.forward()[3]
    cost = np.mean(-net.t * np.log(p) + (1 - net.t) * np.log(1 - p))
    return net.step().check({"cost": cost, **net.gradients()})


@case("dense2.dy", "divided by K, not N")
def cost_over_the_classes():
    net = Net((3, 4, 3), loss=cp.CrossEntropy(), rows=5)
    d2 = (net.forward()[3] - net.t) / len(net.t[0])
    return net.step().check({"dZ2": d2, **net.gradients(d2)})


@case("p", "softmax taken over the rows")
def softmax_over_the_batch():
    net = Net((3, 4, 3), loss=cp.CrossEntropy(), rows=5)
    o = net.forward()[2]
    p = np.exp(o) / np.exp(o).sum(axis=0)
    d2 = (p - net.t) / 5
    return net.step().check({"y_hat": p, **net.gradients(d2)})


@case("p", "softmax taken over everything")
def softmax_over_everything():
    net = Net((3, 4, 3), loss=cp.CrossEntropy(), rows=5)
    o = net.forward()[2]
    return net.step().check({"y_hat": np.exp(o) / np.exp(o).sum()})


@case("dense2.dy", "diagonal of the softmax Jacobian only")
def softmax_slope_of_its_diagonal():
    net = Net((3, 4, 3), loss=cp.CrossEntropy(), rows=5)
    p = net.forward()[3]
    d2 = p * (1 - p) * (p - net.t) / 5
    return net.step().check({"delta2": d2, **net.gradients(d2)})


@case("dense2.dW", "a factor 1/2 too many")
def half_of_the_two():
    net = Net((3, 4, 1), rows=5)
    found = net.gradients()
    return net.step().check({name: array / 2 for name, array in found.items()})


@case("dense2.dW", "divided by K, not N")
def divided_by_the_outputs():
    net = Net((3, 4, 2), rows=5)
    d2 = (net.forward()[3] - net.t) / 2
    return net.step().check(net.gradients(d2))


@case("dense1.dW", "error did not go through W")
def hidden_error_without_weights():
    net = Net((2, 3, 1), last=cp.Sigmoid)
    _, a1, _, p = net.forward()
    d2 = (p - net.t) * p * (1 - p) / net.rows
    return net.step().check(net.gradients(d2, d2 * a1 * (1 - a1)))


@case("dense1.dW", "sigmoid's slope")
def slope_of_a_sigmoid_for_tanh():
    net = Net((3, 4, 2), cp.Tanh)
    _, a1, _, p = net.forward()
    d2 = (p - net.t) / net.rows
    return net.step().check(net.gradients(d2, d2 @ net.W2.T * a1 * (1 - a1)))


@case("dense2.dW", "sigmoid's slope at a linear output")
def slope_of_a_sigmoid_for_a_linear_output():
    net = Net((3, 4, 2), cp.Tanh)
    p = net.forward()[3]
    return net.step().check(net.gradients((p - net.t) * p * (1 - p) / net.rows))


@case("dense1.dW", "z in place of ReLU's slope")
def slope_of_relu_is_z():
    net = Net((3, 4, 2), cp.ReLU)
    z1, _, _, p = net.forward()
    d2 = (p - net.t) / net.rows
    return net.step().check(net.gradients(d2, d2 @ net.W2.T * z1))


@case("relu1.y", "activation missing")
def relu_missing_going_forward():
    net = Net((3, 4, 1), cp.ReLU, loss=cp.BinaryCrossEntropy(), rows=5)
    Z1 = net.x @ net.W1 + net.b1
    return net.step().check({"A1": Z1, "Z2": Z1 @ net.W2 + net.b2})


@case("E", "(N, 1) − (N,) broadcast")
def targets_without_a_column():
    net = Net((3, 4, 1), rows=5)
    o, y = net.forward()[3], net.t[:, 0]
    return net.step().check({"loss": 0.5 * np.mean((o - y) ** 2)})


@case("dense2.dy", "broadcasts to 5 × 5; reshape the targets", "error")
def targets_without_a_column_in_the_error():
    net = Net((3, 4, 1), rows=5)
    return net.step().check({"delta2": net.forward()[3] - net.t[:, 0]})


@case("dense2.dW", "gradients of the step before kept")
def gradients_of_the_step_before():
    net = Net((3, 4, 2), cp.Tanh)
    found = net.gradients()
    return net.step().check(
        {"loss": 0.5 * np.sum((net.forward()[3] - net.t) ** 2) / 4}
        | {name: array + array for name, array in found.items()}
    )


@case("dense2.W.new", "L2 with the wrong sign")
def sign_of_the_weight_decay():
    net = Net((3, 4, 2), cp.Tanh)
    found = net.gradients()
    new = {f"W{k}": getattr(net, f"W{k}") for k in (1, 2)}
    new = {name: W - 0.1 * (found[f"d{name}"] - 0.01 * W) for name, W in new.items()}
    return net.step(optimizer=cp.SGD(0.1), l2=0.01).check(new)


@case("dense2.W.new", "L2 halved")
def half_of_lambda():
    net = Net((3, 4, 2), cp.ReLU, loss=cp.CrossEntropy(), rows=6)
    found = net.gradients()
    new = {f"W{k}": getattr(net, f"W{k}") for k in (1, 2)}
    new = {name: W - 0.1 * (found[f"d{name}"] + 0.5 * 0.01 * W) for name, W in new.items()}
    return net.step(optimizer=cp.SGD(0.1), l2=0.01).check(new)


@case("dense1.dW", "gradient of the output, not of the loss")
def numeric_gradient_of_the_output():
    net = Net((2, 3, 1), rows=1)

    def f(W1):
        return (sigmoid(net.x @ W1 + net.b1) @ net.W2 + net.b2)[0, 0]

    dW1, eps = np.zeros_like(net.W1), 1e-5
    for place in np.ndindex(*dW1.shape):
        more, less = net.W1.copy(), net.W1.copy()
        more[place] += eps
        less[place] -= eps
        dW1[place] = (f(more) - f(less)) / (2 * eps)
    return net.step().check({"dW1": dW1})


@case("E", "softmax before a loss that has its own")
def softmax_twice():
    net = Net((3, 4, 3), cp.ReLU, loss=cp.CrossEntropy(), rows=5)
    s = softmax(net.forward()[2])
    p = softmax(s)
    g = (p - net.t) / 5
    d2 = s * (g - (s * g).sum(axis=1, keepdims=True))
    loss = -(net.t * np.log(p)).sum() / 5
    return net.step().check({"loss": loss, **net.gradients(d2)})


def online(net: Net, lr: float) -> dict[str, Any]:
    W1, b1, W2, b2 = (a.copy() for a in (net.W1, net.b1, net.W2, net.b2))
    for x, t in zip(net.x, net.t, strict=True):
        a1 = sigmoid(x @ W1 + b1)
        d2 = a1 @ W2 + b2 - t
        d1 = W2 @ d2 * a1 * (1 - a1)
        W2 -= lr * np.outer(a1, d2)
        b2 -= lr * d2
        W1 -= lr * np.outer(x, d1)
        b1 -= lr * d1
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}


@case("dense2.b.new", "N updates of one row")
def full_rate_for_every_row():
    net = Net((3, 4, 2))
    return net.work(lambda params, x, t, lr: online(net, lr), optimizer=cp.SGD(0.1))


@case("dense2.b.new", "1/N missing")
def summed_gradients():
    net = Net((3, 4, 2), rows=5)
    found = net.gradients()
    return net.step(optimizer=cp.SGD(0.1)).check(
        {n: getattr(net, n) - 0.1 * 5 * found[f"d{n}"] for n in ("W1", "b1", "W2", "b2")}
    )


@case("dense2.dW", "1/N missing in the gradient alone")
def cost_averaged_gradients_summed():
    net = Net((3, 4, 2), rows=5)
    found = {name: 5 * array for name, array in net.gradients().items()}
    return net.step().check({"cost": 0.5 * ((net.forward()[3] - net.t) ** 2).sum() / 5, **found})


@case("dense2.b.new", "nothing updated")
def local_names_rebound():
    net = Net((3, 4, 2))

    def train(W1, b1, W2, b2, X, y, lr):
        found = net.gradients()
        W1, b1 = W1 - lr * found["dW1"], b1 - lr * found["db1"]
        W2, b2 = W2 - lr * found["dW2"], b2 - lr * found["db2"]

    return net.work(train, optimizer=cp.SGD(0.1))


@case("dense2.b.new", "no learning rate")
def learning_rate_forgotten():
    net = Net((3, 4, 2), rows=5)
    found = net.gradients()
    return net.step(optimizer=cp.SGD(0.1)).check(
        {n: getattr(net, n) - found[f"d{n}"] for n in ("W1", "b1", "W2", "b2")}
    )


@case("dense2.b.new", "two steps, not one")
def two_epochs_in_one_call():
    net = Net((3, 4, 2))

    def train(params, x, y, lr):
        after = Net((3, 4, 2))
        for _ in range(2):
            found = after.gradients()
            for name in ("W1", "b1", "W2", "b2"):
                setattr(after, name, getattr(after, name) - lr * found[f"d{name}"])
        return {name: getattr(after, name) for name in ("W1", "b1", "W2", "b2")}

    return net.work(train, optimizer=cp.SGD(0.1))
