"""The later sets of slips: each is named, or what is said of it is true."""

import pytest

from tests.explaining import (
    unseen_fifth,
    unseen_fourth,
    unseen_second,
    unseen_sixth,
    unseen_third,
)

SETS = {
    "second": (unseen_second, unseen_second.SECOND),
    "third": (unseen_third, unseen_third.THIRD),
    "fourth": (unseen_fourth, unseen_fourth.FOURTH),
    "fifth": (unseen_fifth, unseen_fifth.FIFTH),
    "sixth": (unseen_sixth, unseen_sixth.SIXTH),
}
CASES = [(kind, case) for kind, (_, cases) in SETS.items() for case in cases]


@pytest.mark.parametrize(("kind", "case"), CASES, ids=lambda one: getattr(one, "name", one))
@pytest.mark.one_in(9)
def test_a_slip_is_named_or_told(kind, case):
    told = SETS[kind][0].TOLD
    report = case.report()
    assert not report
    if case.name in told:
        assert not report.causes, str(report)
        assert told[case.name] in str(report)
    else:
        assert report.causes, str(report)
        assert report.explained, str(report)


@pytest.mark.parametrize(
    ("kind", "sizes"),
    [
        ("second", (59, 23, 9, 0)),
        ("third", (44, 17, 8, 0)),
        ("fourth", (44, 6, 4, 0)),
        ("fifth", (20, 7, 5, 1)),
        ("sixth", (30, 2, 0, 0)),
    ],
)
def test_the_first_sight_is_of_these_cases(kind, sizes):
    module, cases = SETS[kind]
    names = {case.name for case in cases}
    misnamed = getattr(module, "MISNAMED", frozenset())
    assert (len(names), len(module.MISSED), len(module.EXACT), len(misnamed)) == sizes
    assert names >= module.MISSED | module.EXACT | misnamed
    assert len(module.MISSED | module.EXACT | misnamed) == sum(sizes[1:])


NAMED = {
    "sum not set back to 0": "sum not set back to 0 between units in dense2",
    "last hidden unit left out": "last unit left out going back in dense2",
    "error of the last output only": "error of the last output alone in dense2",
    "first row in every product": "first row of the input in every product in dense1",
    "one bias for all units": "first bias for all units in dense1",
    "first batch only": "first 3 rows only",
    "two batches in one call": "2 batches of 3 rows in turn",
    "inputs turned without their targets": "inputs in the reverse order",
    "inputs scaled inside": "inputs divided by their largest",
    "sigmoid without its minus": "sign of z turned in the activation",
    "wrong row of the bias left out":
        "last weights left out in place of the bias going back in dense2",
    "minus 1 in whole columns": "1 subtracted from whole columns",
    "gelu slope without its second term": "second term of the slope missing in gelu1",
    "adam counts once for each array": "Adam's step counted once for each array",
    "one layer jumped over": "raw error did not go through W in dense2",
    "error of the next layer in dW1": "dense2.dy in place of dense1.dy",
    "inputs through the activation": "sigmoid x in place of x in dense1.y",
    "mean error goes back":
        "the mean over the rows of tanh1.dy in place of tanh1.dy in dense1.dy",
    "clipped by the squared norm": "clipped by the squared norm",
    "targets of the row before": "inputs one row later than their targets",
    "adam beta times the counter": "t times β in the corrections",
    "half of branch and shortcut": "residual1.y / 2 in place of residual1.y",
    "inputs in an array of integers": "x cut to whole numbers in place of x",
    "inputs standardised by one mean":
        "x standardised by the mean and deviation of all numbers in place of x",
    "class numbers off by one": "t one column later in place of t",
    "reshaped for transposed": "x reshaped, not transposed, in dense1.dW",
    "leaky relu constant below zero": "α in place of α z below 0 in leakyrelu1",
    "penalty counted without its square": "penalty ½ λ Σ W in the loss",
    "bias summed over the units": "axis 1 in place of 0 in dense2.db, so in every layer",
    "one mask for all rows": "the first row of dropout1.mask in place of dropout1.mask",
    "one array for both biases": "one array for dense1.db and dense2.db",
    "whole number division": "gradient of W left at 0",
    "second activation forgotten": "activation missing in tanh2, its slope kept",
    "gelu by a sigmoid": "z σ(1.702 z) in place of GELU in gelu1, the slope right",
    "huber without its half": "½ d² missing far from the target",
    "weighted rows divided by their number": "weighted rows divided by N",
    "output changed by the error": "the error in place of the output",
    "only the misclassified rows": "error of the wrong rows alone",
    "sums of the rows along the columns": "softmax divided by the sums of other rows",
    "tanh stretched": "1.7159 tanh(2 z / 3) in place of tanh z in tanh1",
    "loop ends before the first layer": "gradients of dense1 left at 0",
    "rate over the root of t": "learning rate divided by √t",
    "one mean square for each array": "one s for each array",
    "gradient at the weights ahead": "gradient taken ahead, at θ + μ v",
    "each layer clipped by itself": "each layer clipped by its own norm",
    "decay of the new weights": "weight decay of the new weights",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.one_in(4)
def test_the_name_is_the_slip_that_was_made(name):
    case = next(case for _, case in CASES if case.name == name)
    assert NAMED[name] in case.report().causes
