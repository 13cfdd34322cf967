"""Tensors of PyTorch and arrays of JAX are compared as arrays are."""

import importlib.util

import numpy as np
import pytest

import clearprop as cp
from tests.explaining.learners import Net

has_torch = importlib.util.find_spec("torch") is not None
needs_torch = pytest.mark.skipif(not has_torch, reason="PyTorch is not installed: extra 'bench'")


def torch_step(net, rate, dtype):
    """Return the loss, gradients and new weights that PyTorch's own autograd gives."""
    import torch

    tensors = {
        name: torch.tensor(getattr(net, name), dtype=dtype, requires_grad=True)
        for name in ("W1", "b1", "W2", "b2")
    }
    x, t = torch.tensor(net.x, dtype=dtype), torch.tensor(net.t, dtype=dtype)
    a = torch.tanh(x @ tensors["W1"] + tensors["b1"])
    loss = torch.nn.functional.cross_entropy(a @ tensors["W2"] + tensors["b2"], t)
    loss.backward()
    optimizer = torch.optim.SGD(list(tensors.values()), lr=rate)
    gradients = {f"d{name}": tensor.grad.clone() for name, tensor in tensors.items()}
    before = {name: tensor.detach().clone() for name, tensor in tensors.items()}
    optimizer.step()
    return loss, gradients, before, tensors


def net():
    return Net((3, 4, 3), cp.Tanh, loss=cp.CrossEntropy(), rows=5)


@needs_torch
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_gradients_of_torch_are_right(dtype):
    import torch

    made = net()
    loss, gradients, _, _ = torch_step(made, 0.1, getattr(torch, dtype))
    report = made.step().check({"loss": loss, **gradients})  # the loss has its graph still
    assert report, str(report)


@needs_torch
def test_weights_that_torch_moved_are_right_though_they_ask_for_gradients():
    import torch

    made = net()
    *_, tensors = torch_step(made, 0.1, torch.float64)

    def train(params, x, t):
        return dict(tensors)

    report = made.work(train, optimizer=cp.SGD(0.1))
    assert report, str(report)
    as_list = made.work(lambda params, x, t: list(tensors.values()), optimizer=cp.SGD(0.1))
    assert as_list, str(as_list)


@needs_torch
def test_a_pair_of_a_loss_and_gradients_may_be_tensors():
    import torch

    made = net()
    loss, gradients, *_ = torch_step(made, 0.1, torch.float64)
    report = made.work(lambda params, x, t: (loss, list(gradients.values())))
    assert report, str(report)


@needs_torch
def test_gradients_added_up_over_two_steps_are_named():
    import torch

    made = net()
    _, gradients, *_ = torch_step(made, 0.1, torch.float64)
    report = made.step().check({name: 2 * g for name, g in gradients.items()})
    assert not report
    assert "gradients of the step before kept" in report.causes


@needs_torch
def test_a_module_of_torch_is_compared_by_its_state():
    """PyTorch keeps W as (units, inputs)."""
    import torch

    made = net()
    module = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 3)
    ).double()
    with torch.no_grad():
        for layer, W, b in ((module[0], made.W1, made.b1), (module[2], made.W2, made.b2)):
            layer.weight.copy_(torch.tensor(W.T))
            layer.bias.copy_(torch.tensor(b))
    loss = torch.nn.functional.cross_entropy(module(torch.tensor(made.x)), torch.tensor(made.t))
    loss.backward()
    work = {
        "loss": loss, "dW1": module[0].weight.grad, "db1": module[0].bias.grad,
        "dW2": module[2].weight.grad, "db2": module[2].bias.grad,
    }  # fmt: skip
    report = made.step().check(work)
    assert report, str(report)


def test_arrays_of_jax_are_compared():
    jax = pytest.importorskip("jax", reason="JAX is not installed: extra 'test'")
    import jax.numpy as jnp

    made = net()
    names = ("W1", "b1", "W2", "b2")

    def loss(params):
        o = jnp.tanh(made.x @ params["W1"] + params["b1"]) @ params["W2"] + params["b2"]
        return -jnp.mean(jnp.sum(made.t * jax.nn.log_softmax(o), axis=1))

    params = {name: jnp.asarray(getattr(made, name)) for name in names}
    value, gradients = jax.value_and_grad(loss)(params)
    report = made.step().check({"loss": value, **{f"d{n}": gradients[n] for n in names}})
    assert report, str(report)
    assert made.work(lambda params, x, t: (value, [gradients[name] for name in names]))
    new = {name: params[name] - 0.1 * gradients[name] for name in names}
    assert made.work(lambda params, x, t: new, optimizer=cp.SGD(0.1))
    wrong = made.step().check({"dW1": np.asarray(gradients["W1"]) * 3})
    assert "3 ×" in str(wrong)
