"""The second and the third set of slips: each is named, or what is said of it is true."""

import pytest

from tests.explaining import unseen_second, unseen_third

SETS = {
    "second": (unseen_second, unseen_second.SECOND),
    "third": (unseen_third, unseen_third.THIRD),
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


@pytest.mark.parametrize(("kind", "sizes"), [("second", (59, 23, 9)), ("third", (44, 17, 8))])
def test_the_first_sight_is_of_these_cases(kind, sizes):
    module, cases = SETS[kind]
    names = {case.name for case in cases}
    assert (len(names), len(module.MISSED), len(module.EXACT)) == sizes
    assert names >= module.MISSED | module.EXACT
    assert not module.MISSED & module.EXACT


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
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.one_in(4)
def test_the_name_is_the_slip_that_was_made(name):
    case = next(case for _, case in CASES if case.name == name)
    assert NAMED[name] in case.report().causes
