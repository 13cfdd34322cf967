"""Running someone's own training step, function, method or object, beside the true one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from clearprop.definitions.layer import Layer, Tree
from clearprop.definitions.losses import Loss
from clearprop.definitions.optimizers import SGD
from clearprop.definitions.parameters import leaves_of
from clearprop.explaining.build import step_on
from clearprop.explaining.step import StepData, gradient
from clearprop.explaining.work.calling import FORMS, CallForm, call, learning_rate_of
from clearprop.explaining.work.check import check
from clearprop.explaining.work.naming import Naming
from clearprop.explaining.work.objects import Reading, read_object
from clearprop.explaining.work.report import CheckReport


def check_work(
    work: Any,
    network: Layer | None = None,
    loss: Loss | None = None,
    params: Tree | None = None,
    x: Any = None,
    t: Any = None,
    *,
    X: Any = None,
    y: Any = None,
    net: Layer | None = None,
    tolerance: float = 0.0,
    **how: Any,
) -> CheckReport:
    """Run *your own* training step beside the true one, and compare.

    Parameters
    ----------
    work : callable or object
        A function gets copies of what its arguments are called: ``params`` nested as the network
        is, ``x`` or ``X`` (N, I), ``t`` or ``y``, ``lr``, or single arrays such as ``W1`` and
        ``b1``; unknown names get parameters, inputs and targets in this order. It returns new
        parameters; or loss and gradients; or any quantities by name, such as ``{"dW1": ...}``; or
        nothing, having changed its arrays in place. If it takes examples as columns, X (I, N), or
        weights as (units, inputs), it is called so, and the report says that. A method or an object
        with a method ``train``, ``fit``, ``backward`` ... is run on a copy; its weights are found
        by their shapes.
    network, loss, params, x, t
        As in :func:`clearprop.explain`. Of an object network, loss and parameters are read from
        its weights where they are not given; the report says how.
    X, y, net
        Other words for `x`, `t` and `network`.
    tolerance : float
        A fraction of each array's largest number that is allowed besides rounding.
    **how
        The other arguments of :func:`clearprop.explain`: `optimizer`, `state`, `l2` ...

    Raises
    ------
    TypeError, ValueError
        If the function returns or requires anything else; the message says what to do.

    Examples
    --------
    >>> import clearprop as cp, numpy as np
    >>> net = cp.Chain(cp.Dense(2, 1))
    >>> def mine(params, x, t):
    ...     o = x @ params["dense1"]["W"] + params["dense1"]["b"]
    ...     delta = (o - t)                         # forgot to divide by the rows
    ...     return {"dense1.dW": x.T @ delta, "dense1.db": delta.sum(axis=0)}
    >>> params = net.init(np.random.default_rng(0))
    >>> print(cp.check_work(mine, net, cp.SquaredError(), params, np.eye(2), [1.0, 2.0]))
      dense1.dW  WRONG   2 of 2 numbers, off by up to 1.326
      dense1.db  wrong   off by 1.632
    first wrong: dense1.dW[1,0] is −1.326, yours is −2.651
    cause: 1/N missing
           summed over the rows; the step takes their mean
           the same numbers also come from: 1/2 missing; gradients of the step before kept
    """
    x, t = (X if x is None else x), (y if t is None else t)
    network = net if network is None else network
    if x is None or t is None:
        raise TypeError("check_work needs rows to train on: give x (or X) and t (or y)")
    if not callable(work) or getattr(work, "__self__", None) is not None:
        return _of_object(work, network, loss, x, t, tolerance, how)
    if network is None or loss is None or params is None:
        raise TypeError(
            "check_work needs the network, the loss and the parameters that your function starts "
            "from: cp.check_work(mine, net, cp.SquaredError(), params, x, t)"
        )
    step = step_on(network, loss, params, x, t, **how)
    return _of_function(work, step, tolerance)


def _of_function(work: Callable[..., Any], step: StepData, tolerance: float) -> CheckReport:
    """Check a function, called with rows or with columns, in the first form that is right.

    If none is right, the report is on the first form that the shapes allow. If there is none, what
    the function raised when it was called with rows is raised.
    """
    first: CheckReport | None = None
    problem: Exception | None = None
    for form in FORMS:
        try:
            report = _called(work, step, tolerance, form)
        except (ValueError, IndexError) as error:  # the shapes do not allow this form
            problem = problem or error
            continue
        if report or (report.causes and report.explained):
            return report
        first = report if first is None else first
    if first is None:
        assert problem is not None
        raise problem
    return first


def _called(
    work: Callable[..., Any], step: StepData, tolerance: float, form: CallForm
) -> CheckReport:
    """Check what a function makes of rows and parameters in one form."""
    mine = form.of_params(step.task.layout.unpack(np.asarray(step.position.params)))
    answer = call(work, step, mine, form)
    found = mine if answer is None else answer
    quantities = as_quantities(step, found, Naming(step))
    report = check(step, quantities, tolerance, weights_exchanged=form.exchanged)
    return report.with_notes(form.sentence(step))


def _of_object(
    work: Any,
    network: Layer | None,
    loss: Loss | None,
    x: Any,
    t: Any,
    tolerance: float,
    how: Mapping[str, Any],
) -> CheckReport:
    """Check an object's own step, run on a copy of it."""
    reading: Reading = read_object(work, network, loss, x, t)
    settings = dict(how)
    if "optimizer" not in settings:
        rate = learning_rate_of(reading.owner, reading.method) or reading.rate_made()
        settings["optimizer"] = None if rate is None else SGD(rate)
    step = step_on(reading.network, reading.loss, reading.params, x, t, **settings)
    quantities = reading.quantities(step)
    if not quantities:
        raise TypeError(
            f"{reading.name} changed nothing and returned nothing that could be compared; return "
            "the gradients or the new weights, or keep them as attributes"
        )
    report = check(step, quantities, tolerance)
    return report.with_notes(reading.sentence)


def as_quantities(step: StepData, answer: Any, naming: Naming) -> Mapping[str, Any]:
    """Return what a training function gave as quantities by name.

    A pair is a loss and gradients, a list of arrays as many as there are parameters is in their
    order; parameters are new ones.
    """
    if isinstance(answer, tuple) and len(answer) == 2 and _is_number(answer[0]):
        value, gradients = answer
        return {"E": value, **_as_gradients(step, gradients)}
    if isinstance(answer, Sequence) and not isinstance(answer, str):
        answer = _by_order(step, answer)
    if not isinstance(answer, Mapping):
        raise TypeError(
            "the training function must return parameters, (value, gradients) or quantities by "
            f"path, got {type(answer).__name__}"
        )
    named = _by_path(naming, answer)
    paths = set(step.task.layout.paths)
    if not named.keys() <= paths:
        return answer
    if step.rate is None:
        raise TypeError(
            "the training function returned parameters; give the optimizer that makes the true "
            "step: optimizer=cp.SGD(0.1)"
        )
    return {f"{path}.new": array for path, array in named.items()}


def _by_path(naming: Naming, answer: Mapping[str, Any]) -> dict[str, Any]:
    found = {}
    for name, value in leaves_of(answer):
        path = naming.path(name)
        found[name if path is None else path] = value
    return found


def _as_gradients(step: StepData, gradients: Any) -> dict[str, Any]:
    """Return gradients as quantities: nested as the parameters, by name, or in their order."""
    if isinstance(gradients, Sequence):
        gradients = _by_order(step, gradients)
    if not isinstance(gradients, Mapping):
        raise TypeError(
            f"the second of (value, gradients) must hold gradients, got {type(gradients).__name__}"
        )
    naming, paths = Naming(step), set(step.task.layout.paths)
    found = {}
    for name, value in leaves_of(gradients):
        path = naming.path(name) or name
        found[gradient(path) if path in paths else path] = value
    return found


def _by_order(step: StepData, arrays: Sequence[Any]) -> dict[str, Any]:
    """Return arrays by the parameters' paths: W1, b1, W2, b2; or all W, then all b."""
    paths = step.task.layout.paths
    flat = [one for part in arrays for one in (part if isinstance(part, list | tuple) else [part])]
    if len(flat) != len(paths):
        raise TypeError(
            f"the training function returned {len(flat)} arrays; the network has {len(paths)} "
            f"parameters: {', '.join(paths)}"
        )
    by_kind = [p for p in paths if p.endswith("W")] + [p for p in paths if not p.endswith("W")]
    for order in (paths, tuple(by_kind)):
        sizes = [(np.size(_plain(a)), np.size(step[p])) for a, p in zip(flat, order, strict=True)]
        if all(one == other for one, other in sizes):
            return dict(zip(order, flat, strict=True))
    raise TypeError(
        "the arrays that the training function returned do not have the parameters' shapes, "
        f"in the order {', '.join(paths)}"
    )


def _is_number(value: Any) -> bool:
    """Return whether a value is one number, as a loss is."""
    return not isinstance(value, Mapping | list | tuple) and np.ndim(_plain(value)) == 0


def _plain(value: Any) -> Any:
    return value.detach().cpu().numpy() if hasattr(value, "detach") else value
