"""A checkpoint knows the code of a user's own layers and metrics."""

import textwrap
from types import ModuleType

import numpy as np
import pytest

import clearprop as cp
from clearprop.training.own_code import own_code

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3))
T = (X[:, 0] > 0).astype(float)
NET, LOSS = cp.Chain(cp.Dense(3, 1)), cp.BinaryCrossEntropy()


def module_with(text):
    """Return a user's module, anew, as another process would load it after an edit."""
    module = ModuleType("mine")
    exec(textwrap.dedent(text), vars(module))
    return module


SWISH = """
    import clearprop as cp
    from dataclasses import dataclass
    @dataclass(frozen=True)
    class Mine(cp.SiLU):
        '''{doc}'''
        factor = {factor}
        def value(self, xp, z):
            '''{doc}'''
            return {expression}
    def metric(outputs, targets, most={most}):
        return {metric}
"""
HELD = {"doc": "Old.", "factor": "1.0", "expression": "z * 2.0", "most": "1", "metric": "2.0"}


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        ({}, None),
        ({"doc": "New."}, None),
        ({"expression": "z * 3.0"}, "code of Mine"),
        ({"expression": "xp.tanh(z)"}, "code of Mine"),
        ({"factor": "2.0"}, "code of Mine"),
        ({"metric": "3.0"}, "code of metric"),
        ({"most": "2"}, "code of metric"),
    ],
)
def test_an_edit_of_the_users_own_code_is_refused(tmp_path, edit, named):
    path = tmp_path / "run"

    def train(text, **more):
        mine = module_with(text)
        net = cp.Chain(
            cp.Dense(3, 4), cp.Residual(cp.Chain(cp.Dense(4, 4), mine.Mine())), cp.Dense(4, 1)
        )
        params = net.init(np.random.default_rng(1))
        return cp.train(
            net, LOSS, params, X, T, epochs=3, seed=5, metrics={"m": mine.metric}, engine="numpy",
            checkpoint=path, validation_fraction=0.2, **more,
        )  # fmt: skip

    train(SWISH.format(**HELD))
    edited = SWISH.format(**HELD | edit)
    if named is None:
        train(edited, resume=True)
        return
    with pytest.raises(cp.ResumeError, match=rf"What differs: {named}: saved \w+, now \w+\. Give"):
        train(edited, resume=True)


def test_where_a_class_stands_is_no_part_of_its_code():
    one, other = (module_with("\n" * lines + SWISH.format(**HELD)) for lines in (0, 40))
    found = own_code((one.Mine(), {"of": [other.metric]}))
    assert found == own_code([other.Mine(), one.metric])
    assert set(found) == {"code of Mine", "code of metric"}
    assert not own_code((NET, LOSS, np.float32, len, cp.SiLU()))
