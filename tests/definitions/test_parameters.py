"""The one vector: its order, its views, and what does not fit into it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clearprop as cp
from clearprop.definitions.parameters import Layout, leaves_of
from tests.random_networks import cases
from tests.trees import examples, random_like, same_bits

NET = cp.Chain(
    cp.Dense(2, 3), cp.LayerNorm(3), cp.Tanh(), cp.Residual(cp.Dense(3, 3, bias=False)),
    cp.Dense(3, 1),
)  # fmt: skip
PARAMS = NET.init(np.random.default_rng(0))
PATHS = (
    *("dense1.W", "dense1.b", "layernorm1.gamma", "layernorm1.beta"),
    *("residual1.dense1.W", "dense2.W", "dense2.b"),
)


def test_layout_names_parameters_in_the_networks_order():
    layout = Layout.of(PARAMS)
    assert layout.paths == PATHS
    assert layout.shapes == ((2, 3), (3,), (3,), (3,), (3, 3), (3, 1), (1,))
    assert layout.size == 6 + 3 + 3 + 3 + 9 + 3 + 1
    assert layout.slices()["layernorm1.beta"] == slice(12, 15)


@examples(60)
@given(case=cases())
def test_pack_and_unpack_are_inverse(case):
    layout = Layout.of(case.params)
    vector = layout.pack(case.params)
    assert vector.flags.c_contiguous
    assert vector.shape == (layout.size,)
    assert same_bits(layout.unpack(vector), case.params)
    assert same_bits(layout.pack(layout.unpack(vector)), vector)


def test_unpacked_parameters_are_views_of_the_vector():
    layout = Layout.of(PARAMS)
    vector = layout.pack(PARAMS)
    tree = layout.unpack(vector)
    assert all(np.shares_memory(leaf, vector) for _, leaf in leaves_of(tree))
    vector[layout.slices()["dense2.b"]] = 7.0
    assert tree["dense2"]["b"] == 7.0
    tree["residual1"]["dense1"]["W"][1, 2] = -3.0
    assert vector[layout.slices()["residual1.dense1.W"]][5] == -3.0


def test_packed_vector_is_a_copy():
    before = PARAMS["dense1"]["W"].copy()
    Layout.of(PARAMS).pack(PARAMS)[:] = 0.0
    np.testing.assert_array_equal(PARAMS["dense1"]["W"], before)


def test_order_of_the_tree_packed_does_not_matter():
    layout = Layout.of(PARAMS)
    reversed_tree = {
        name: dict(reversed(branch.items())) for name, branch in reversed(PARAMS.items())
    }
    assert same_bits(layout.pack(reversed_tree), layout.pack(PARAMS))


def test_vector_has_the_widest_dtype_or_the_one_asked_for():
    narrow = NET.init(np.random.default_rng(0), np.float32)
    layout = Layout.of(narrow)
    assert layout.pack(narrow).dtype == np.float32
    assert layout.pack(narrow, np.float64).dtype == np.float64
    mixed = {**narrow, "dense2": PARAMS["dense2"]}
    assert layout.pack(mixed).dtype == np.float64


def test_network_without_parameters_has_an_empty_vector():
    layout = Layout.of(cp.Chain(cp.Tanh()).init(np.random.default_rng(0)))
    assert layout.size == 0
    vector = layout.pack({})
    assert vector.shape == (0,)
    assert vector.dtype == np.float64


def test_penalties_act_on_weights_alone():
    layout = Layout.of(PARAMS)
    mask = layout.penalised(NET, np.float32)
    assert mask.dtype == np.float32
    acted_on = {path for path, part in layout.slices().items() if mask[part].all()}
    assert acted_on == {"dense1.W", "residual1.dense1.W", "dense2.W"}
    assert mask.sum() == 6 + 9 + 3


@given(index=st.integers(0, 27))
@examples(28)
def test_every_entry_can_be_named(index):
    layout = Layout.of(PARAMS)
    marked = layout.unpack(np.arange(28) == index)
    path, inside = layout.locate(index).rstrip("]").split("[")
    leaf = dict(leaves_of(marked))[path]
    assert leaf[tuple(int(i) for i in inside.split(","))]


def test_entry_beyond_the_vector_is_an_error():
    with pytest.raises(IndexError, match="the vector has 28 entries, no entry 28"):
        Layout.of(PARAMS).locate(28)


def test_tree_that_differs_is_refused():
    layout = Layout.of(PARAMS)
    without = {name: branch for name, branch in PARAMS.items() if name != "dense2"}
    with pytest.raises(ValueError, match=r"missing \['dense2.W', 'dense2.b'\], unknown none"):
        layout.pack(without)
    with pytest.raises(ValueError, match=r"missing none, unknown \['more.W'\]"):
        layout.pack({**PARAMS, "more": {"W": np.ones(2)}})
    wrong = {**PARAMS, "dense1": {"W": np.ones((3, 2)), "b": np.ones(3)}}
    with pytest.raises(ValueError, match=r"dense1.W must have shape \(2, 3\), got \(3, 2\)"):
        layout.pack(wrong)


@pytest.mark.parametrize("dtype", [int, complex, bool, object])
def test_parameters_that_are_no_floats_are_refused(dtype):
    """Whole-numbered weights would make whole numbers of the inputs."""
    tree = {"dense1": {"W": np.ones((1, 1)), "b": np.ones(1, dtype)}}
    with pytest.raises(
        TypeError, match=f"parameter dense1.b must hold floats, got {dtype.__name__}"
    ):
        Layout.of(tree).pack(tree)


def test_every_layout_in_memory_packs_the_same():
    layout = Layout.of(PARAMS)
    tree = random_like(PARAMS, np.random.default_rng(1))
    fortran = {**tree, "dense1": {**tree["dense1"], "W": np.asfortranarray(tree["dense1"]["W"])}}
    assert same_bits(layout.pack(fortran), layout.pack(tree))
