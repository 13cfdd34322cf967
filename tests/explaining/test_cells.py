"""The formula of one number gives that number again."""

import numpy as np
from hypothesis import strategies as st

from clearprop.explaining.cells import cell_formula, evaluated, sources_of
from tests.explaining.steps import over, situations

TOLERANCE, FLOOR = 1e-12, 1e-2
"""The floor is for sums whose terms cancel: they keep the rounding of terms around one."""

CELL_RULES = 3
seeds = st.integers(0, 2**32 - 1)


@over(st.tuples(situations(), seeds), 400)
def test_cells_of_every_quantity_evaluate_to_the_number_recorded(drawn):
    situation, number = drawn
    step, rng = situation.explain(), np.random.default_rng(number)
    for path in step.paths:
        quantity, _ = step.find(path)
        array = np.asarray(quantity.value)
        for place in rng.integers(0, array.size, min(CELL_RULES, array.size)):
            index = tuple(int(i) for i in np.unravel_index(place, array.shape))
            formula = cell_formula(step.record, quantity.symbol, index)
            right = float(array[index])
            error = abs(evaluated(formula) - right)
            assert error <= TOLERANCE * max(abs(right), FLOOR), f"{path}{index}"


@over(st.tuples(situations(), seeds), 200)
def test_sources_can_be_asked_down_to_what_is_given(drawn):
    situation, number = drawn
    step, rng = situation.explain(), np.random.default_rng(number)
    path = step.paths[int(rng.integers(len(step.paths)))]
    shape = np.shape(step[path])
    index = ",".join(str(int(rng.integers(size))) for size in shape)
    why = step.why(f"{path}[{index}]" if shape else path)
    places = {path: place for place, path in enumerate(step.paths)}
    for _ in range(len(step.paths)):
        if why.is_given:
            break
        if not why.sources:
            assert not list(sources_of(why.formula))
            break
        source = why.sources[int(rng.integers(len(why.sources)))]
        assert places[source.partition("[")[0]] < places[why.path.partition("[")[0]]
        why = step.why(source)
        assert why.path == source
        assert why.value == step[source]
        assert str(why)
    else:
        raise AssertionError(f"{path} is made of itself")
