"""The sentences of a printed step and of a report, as people read them, on numbers done by hand."""

from dataclasses import replace

import numpy as np
import pytest

import clearprop as cp
from clearprop.definitions.noise import Noise
from clearprop.explaining.document import PART_SENTENCES
from clearprop.explaining.labels import StepLabels
from clearprop.explaining.render_step import Fit, moment_lines, summary, worked_lines
from clearprop.explaining.work import CheckReport, Finding
from tests.explaining.steps import over, situations

NETWORK = cp.Chain(cp.Dense(2, 1))
PARAMS = {"dense1": {"W": np.array([[0.5], [-1.0]]), "b": np.array([0.25])}}
X, T = [[2.0, 4.0], [1.0, 0.0]], [[1.0], [0.5]]

STEP = """\
2 → 1   SGD, η 0.5   2 rows
E = mean over rows of Eₙ;  Eₙ = ½ Σⱼ (tⱼ − oⱼ)²
E  3.531 → 64.17   (60.64; straight-line estimate −36.23)

forward
  o = x W₁ + b₁                                     pre-activations of dense1, 2 × 1
      −2.75
       0.75
      o[0,0] = 2 · 0.5 + 4 · (−1) + 0.25 = −2.75

loss
  Eₙ = ½ · (Σ_j (t − o)²)                           loss of each row, 2
      7.031  0.03125
      Eₙ[0] = ½ · (1 − (−2.75))² ≈ 7.031
  E = (Σ_n Eₙ) / N                                  loss
      E = (7.031 + 0.03125) / 2 ≈ 3.531

backward
  δ₁ = (−(t − o)) / N                               error signal of dense1, 2 × 1
      −1.875
       0.125
      δ₁[0,0] = (−(1 − (−2.75))) / 2 = −1.875
  ∂E/∂W₁ = xᵀ δ₁                                    gradient of dense1.W, 2 × 1
      −3.625
      −7.5
      ∂E/∂W₁[1,0] = 4 · (−1.875) + 0 · 0.125 = −7.5
  ∂E/∂b₁ = Σ_n δ₁                                   gradient of dense1.b, 1
      −1.75
      ∂E/∂b₁[0] = −1.875 + 0.125 = −1.75
  ∂E/∂x = δ₁ W₁ᵀ                                    gradient at the input of dense1, 2 × 2
      −0.9375   1.875
       0.0625  −0.125
      ∂E/∂x[0,1] = (−1.875) · (−1) = 1.875

update
  for every parameter θ
      θⁿᵉʷ = θ − η · ∂E/∂θ
  largest change of each parameter
                before   gradient   after
      W₁[1,0]   −1       3.75       2.75
      b₁[0]      0.25    0.875      1.125"""


def explained(**how):
    return cp.explain(NETWORK, cp.SquaredError(), PARAMS, X, T, **how)


def test_a_printed_step():
    assert str(explained(optimizer=cp.SGD(0.5))) == STEP


def test_a_step_without_update_ends_with_its_gradients():
    printed = str(explained()).splitlines()
    title, _, *phases = STEP.partition("\n\nupdate")[0].partition("\n\n")[2].splitlines()
    assert printed[0] == "2 → 1   2 rows"
    assert printed[2:4] == ["E ≈ 3.531", ""]
    assert printed[4:] == [title, _, *phases]


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ({"l2": 0.1, "optimizer": cp.SGD(0.5)}, "E + R  3.594 → 65.98   (62.38; straight-line"),
        ({"l2": 0.1}, "E + R ≈ 3.594"),
        ({"optimizer": cp.SGD(0.0001)}, "E  3.531 → 3.524   (−0.007241; straight-line estimate"),
    ],
)
def test_the_loss_line(how, line):
    assert str(explained(**how)).splitlines()[2].startswith(line)


def test_the_title_and_the_rows_of_a_labelled_step():
    labels = StepLabels(
        "m.clearprop", 1007, ("row 1", "row 2"), targets=("1", "0.5"), predictions=("-2.75", "0.75")
    )
    lines = str(replace(explained(optimizer=cp.SGD(0.5, 0.9)), labels=labels)).splitlines()
    assert lines[0] == "m.clearprop   2 → 1   SGD, momentum 0.9, η 0.5   step 1,007   2 rows"
    assert lines[3:8] == [
        "",
        "        target   predicted   loss",
        "row 1   1        -2.75       7.031",
        "row 2   0.5      0.75        0.03125",
        "",
    ]
    one = cp.explain(NETWORK, cp.SquaredError(), PARAMS, X[:1], T[:1])
    assert str(one).startswith("2 → 1   1 row\n")
    one = replace(one, labels=StepLabels(rows=("row 3",)))
    assert str(one).startswith("2 → 1   row 3\n")
    assert "target" not in str(one)


def test_the_rows_of_a_long_batch_are_not_listed():
    labels = StepLabels(rows=tuple("abcdefg"), targets=tuple("1234567"), predictions=("0",) * 7)
    for rows, listed in ((6, True), (7, False)):
        step = cp.explain(
            NETWORK, cp.SquaredError(), PARAMS, np.ones((rows, 2)), np.ones((rows, 1))
        )
        short = replace(
            labels,
            rows=labels.rows[:rows],
            targets=labels.targets[:rows],
            predictions=labels.predictions[:rows],
        )
        assert ("predicted" in str(replace(step, labels=short))) == listed


TITLES = {
    "3 → 4 tanh → 2 softmax": (
        cp.Chain(cp.Dense(3, 4), cp.Tanh(), cp.Dense(4, 2)), cp.CrossEntropy()),
    "3 → 1 sigmoid": (cp.Chain(cp.Dense(3, 1)), cp.BinaryCrossEntropy()),
    "3 → 1 exp": (cp.Dense(3, 1), cp.Poisson()),
    "3 → 3 relu dropout 0.25 LayerNorm + (3 → 3) → 1": (
        cp.Chain(cp.Dense(3, 3), cp.ReLU(), cp.Dropout(0.25), cp.LayerNorm(3),
                 cp.Residual(cp.Dense(3, 3)), cp.Dense(3, 1)), cp.SquaredError()),
}  # fmt: skip


@pytest.mark.parametrize("title", TITLES)
def test_the_title_names_layers_and_link(title):
    network, loss = TITLES[title]
    params = network.init(np.random.default_rng(0))
    step = cp.explain(network, loss, params, [[1.0, 2.0, 3.0]], [0] if "soft" in title else [[1.0]])
    assert step.title == f"{title}   1 row"


@pytest.mark.parametrize(
    ("optimizer", "words"),
    [
        (cp.SGD(0.5), "SGD, η 0.5"),
        (cp.SGD(0.5, 0.9, nesterov=True), "SGD, momentum 0.9, η 0.5"),
        (cp.Adam(), "Adam, η 0.001"),
        (cp.AdamW(0.01, 0.1), "Adam, η 0.01, weight decay 0.1"),
        (cp.RMSProp(0.25), "RMSProp, η 0.25"),
    ],
)
def test_the_title_names_the_optimizer(optimizer, words):
    assert explained(optimizer=optimizer).title == f"2 → 1   {words}   2 rows"


CLIPPED = """\
update
  length = ‖(∂(E + R)/∂W₁, ∂E/∂b₁)‖ ≈ 8.596
  c = 0.25 / length = 0.25 / 8.596 ≈ 0.02908
  step = stepᵒˡᵈ + 1 = 0 + 1 = 1
  for every parameter θ of W₁
      l2(θ) = 0.125 · θ
      ∂(E + R)/∂θ = ∂E/∂θ + l2(θ)
      g(θ) = ∂(E + R)/∂θ · c
      m(θ) = 0.9 · m(θ)ᵒˡᵈ + 0.1 · g(θ)
      v(θ) = 0.999 · v(θ)ᵒˡᵈ + 0.001 · g(θ)²
      θⁿᵉʷ = θ − η · √(1 − 0.999^step) / (1 − 0.9^step) · m(θ) / (√v(θ) + 1e−08 · √(1 − 0.999^step))
  for every parameter θ of b₁
      g(θ) = ∂E/∂θ · c
      m(θ) = 0.9 · m(θ)ᵒˡᵈ + 0.1 · g(θ)
      v(θ) = 0.999 · v(θ)ᵒˡᵈ + 0.001 · g(θ)²
      θⁿᵉʷ = θ − η · √(1 − 0.999^step) / (1 − 0.9^step) · m(θ) / (√v(θ) + 1e−08 · √(1 − 0.999^step))
  largest change of each parameter
"""


def test_a_printed_update_groups_parameters_and_shares_numbers():
    step = explained(optimizer=cp.Adam(0.5), l2=0.125, clip_norm=0.25)
    assert CLIPPED in str(step)
    table = str(step).partition(CLIPPED)[2].splitlines()
    assert table[0].split() == ["before", "momentum", "gradient", "L2", "clipping", "after"]
    decayed = str(explained(optimizer=cp.AdamW(0.5, 0.25))).splitlines()
    assert "   weight decay   " in decayed[-3]
    changes = [line.split()[0] for line in decayed[-2:]]
    assert changes == ["W₁[1,0]", "b₁[0]"]


def test_paths_come_in_the_order_of_computation():
    assert explained(optimizer=cp.SGD(0.5)).paths == (
        "x", "t", "N", "dense1.W", "dense1.b", "rate", "dense1.y", "row_loss", "E", "dense1.dy",
        "dense1.dW", "dense1.db", "dense1.dx", "dense1.W.new", "dense1.W.change",
        "dense1.W.part.gradient", "dense1.b.new", "dense1.b.change", "dense1.b.part.gradient",
    )  # fmt: skip


def test_the_moments_of_a_document_leave_out_what_an_update_is_made_of():
    told = explained(optimizer=cp.SGD(0.5, 0.9), l2=0.125, clip_norm=0.25).to_dict()
    moments = {phase["name"]: phase["moments"] for phase in told["phases"]}
    assert moments == {
        "forward": ["dense1.y"],
        "loss": ["row_loss", "E", "penalty"],
        "backward": ["dense1.dy", "dense1.dW", "dense1.db", "dense1.dx"],
        "update": [
            "dense1.W.l2", "length", "clip", "dense1.W.g", "dense1.W.velocity", "dense1.W.new",
            "dense1.b.g", "dense1.b.velocity", "dense1.b.new",
        ],
    }  # fmt: skip


def test_a_large_array_is_summarised():
    step = cp.explain(
        cp.Dense(11, 1), cp.SquaredError(),
        {"W": np.arange(11.0)[:, None] - 3.0, "b": np.zeros(1)}, np.eye(11)[:3], np.zeros((3, 1)),
    )  # fmt: skip
    x = moment_lines(step, step.find("x")[0])
    assert x[1] == "      norm 1.732, from 0 at [0,1] to 1 at [0,0]"
    y = moment_lines(step, step.find("dense1.y" if "dense1.y" in step else "y")[0])
    assert y[1:4] == ["      −3", "      −2", "      −1"]


@pytest.mark.parametrize(
    ("array", "words"),
    [
        ([[3.0, -4.0]], "norm 5, from −4 at [0,1] to 3 at [0,0]"),
        ([3.0, np.nan, np.inf, -4.0], "norm 5, from −4 at [3] to ∞ at [2]; 2 not finite"),
        ([np.nan, np.inf], "no finite numbers"),
        ([3.0] * 1500 + [np.nan] * 1234, "norm 116.2, from 3 at [0] to 3 at [0]; 1,234 not finite"),
    ],
)
def test_a_summary(array, words):
    assert summary(np.array(array)) == words


def test_a_long_equation_has_its_meaning_on_the_next_line():
    network = cp.Chain(cp.Dense(2, 1))
    step = cp.explain(network, cp.BinaryCrossEntropy(), PARAMS, X, [[1], [0]])
    assert moment_lines(step, step.find("row_loss")[0])[:2] == [
        "  Eₙ = Σ_j (t ⊙ softplus(−o) + (1 − t) ⊙ softplus(o))",
        " " * 52 + "loss of each row, 2",
    ]


@over(situations(), 40, parts=2)
def test_calculations_are_broken_before_a_plus_or_a_comma(situation):
    lines = str(situation.explain()).partition("\n\nupdate")[0].splitlines()
    for line in lines[3:]:
        pieces = [piece for piece in line.strip().split(" + ") if piece]
        assert len(line) <= 101 or len(pieces) == 1 or not line.startswith("      "), line


def test_a_calculation_is_broken_at_the_width():
    head, terms = "      E = ", " + ".join(["1234567 · 7654321"] * 7)
    lines = worked_lines(head, terms, "≈ 1e13")
    assert [line.strip() for line in lines] == [
        "E = " + " + ".join(["1234567 · 7654321"] * 4),
        "+ " + " + ".join(["1234567 · 7654321"] * 3) + " ≈ 1e13",
    ]
    assert all(len(line) <= 100 for line in lines)
    assert lines[1].startswith(" " * 10 + "+ ")
    assert worked_lines(head, "x" * 90, "≈ 1")[-1] == " " * 8 + "≈ 1"


def test_a_table_that_is_too_wide_is_printed_in_blocks_of_columns():
    params = {"W": np.ones((1, 5)), "b": np.array([0.0, 1.25, -2.5, 300.0, 4.0])}
    step = cp.explain(cp.Dense(1, 5), cp.SquaredError(), params, [[1.0], [2.0]], np.zeros((2, 5)))
    y, db = step.find("y")[0], step.find("db")[0]
    assert moment_lines(step, y, Fit(24, None))[1:8] == [
        "      output of the network, 2 × 5",
        "      columns 0 to 2",
        "      1  2.25  −1.5",
        "      2  3.25  −0.5",
        "      columns 3 to 4",
        "      301  5",
        "      302  6",
    ]
    assert moment_lines(step, db, Fit(24, None))[2:6] == [
        "      numbers 0 to 2", "      1.5  2.75  −1",
        "      numbers 3 to 4", "      301.5  5.5",
    ]  # fmt: skip


MEANINGS = {
    "x": "inputs of the network",
    "t": "targets",
    "weights": "weights of the rows",
    "N": "sum of the rows' weights",
    "dense1.W": "weights of dense1",
    "dense1.b": "biases of dense1",
    "layernorm1.gamma": "scales of layernorm1",
    "layernorm1.beta": "shifts of layernorm1",
    "dropout1.mask": "dropout mask of dropout1",
    "rate": "learning rate of this step",
    "state.t.before": "step counter before this step",
    "dense1.W.m.before": "running mean of dense1.W's gradient before this step",
    "dense1.W.v.before": "running mean of dense1.W's squared gradient before this step",
    "dense1.y": "pre-activations of dense1",
    "layernorm1.mean": "means in layernorm1",
    "layernorm1.variance": "variances in layernorm1",
    "layernorm1.inverse_sd": "1 / standard deviation in layernorm1",
    "layernorm1.x_hat": "standardised inputs of layernorm1",
    "layernorm1.y": "output of layernorm1",
    "dropout1.y": "output of dropout1",
    "dense2.y": "pre-activations of dense2",
    "p": "prediction",
    "row_loss": "loss of each row",
    "E": "loss",
    "penalty": "L2 penalty",
    "dense2.dy": "error signal of dense2",
    "dense2.dW": "gradient of dense2.W",
    "dropout1.dy": "gradient at the output of dropout1",
    "dense1.dx": "gradient at the input of dense1",
    "dense1.W.l2": "gradient of the L2 penalty for dense1.W",
    "dense1.W.descended": "gradient of loss and penalty for dense1.W",
    "length": "length of the whole gradient",
    "clip": "factor that shortens the gradient",
    "dense1.W.g": "gradient of dense1.W as passed to the optimizer",
    "dense1.W.m": "running mean of dense1.W's gradient",
    "dense1.W.v": "running mean of dense1.W's squared gradient",
    "state.t": "step counter",
    "dense1.W.new": "dense1.W after the step",
    "dense1.W.change": "change of dense1.W",
    "dense1.W.part.momentum": "contribution of momentum to the change of dense1.W",
    "dense1.W.part.gradient": "contribution of the gradient to the change of dense1.W",
    "dense1.W.part.L2": "contribution of L2 to the change of dense1.W",
    "dense1.W.part.clipping": "contribution of clipping to the change of dense1.W",
    "dense1.W.part.decay": "contribution of weight decay to the change of dense1.W",
}


def test_meanings_of_quantities():
    network = cp.Chain(cp.Dense(2, 2), cp.LayerNorm(2), cp.Dropout(0.5), cp.Dense(2, 2))
    step = cp.explain(
        network, cp.CrossEntropy(), network.init(np.random.default_rng(0)), X, [0, 1],
        optimizer=cp.AdamW(0.1, 0.01), l2=0.1, clip_norm=0.01, sample_weight=[1, 2],
        given=network.draw(Noise(0), 2, 2, float),
    )  # fmt: skip
    found = {path: step.meaning_of(step.find(path)[0]) for path in MEANINGS}
    assert found == MEANINGS
    sentences = {q["path"]: q["meaning"] for q in step.to_dict()["quantities"]}
    assert {path: sentences[path] for path in MEANINGS} == MEANINGS
    told = step.to_dict()
    assert told["equations"]["dense1.W.new"]["sentence"] == "Dense1.W after the step."
    parts = {part["name"]: part["sentence"] for part in told["update"]["parts"]}
    assert parts == {name: PART_SENTENCES[name] for name in parts}
    assert set(parts) == {"momentum", "gradient", "L2", "clipping", "decay"}
    momentum = explained(optimizer=cp.SGD(0.1, 0.9))
    assert momentum.meaning_of(momentum.find("dense1.W.velocity")[0]) == "velocity of dense1.W"


def test_a_network_of_one_layer_is_called_the_network():
    params = {"W": np.ones((2, 1)), "b": np.zeros(1)}
    step = cp.explain(cp.Dense(2, 1), cp.SquaredError(), params, [[1, 2]], [[0]], l2=0.1,
                      optimizer=cp.SGD(0.1))  # fmt: skip
    found = {path: step.meaning_of(step.find(path)[0]) for path in ("W", "y", "dy", "dW", "W.new")}
    assert found == {
        "W": "weights of the network",
        "y": "output of the network",
        "dy": "gradient at the output of the network",
        "dW": "gradient of W",
        "W.new": "W after the step",
    }
    assert not any("{" in quantity["meaning"] for quantity in step.to_dict()["quantities"])


def test_why_says_what_was_given_and_how_many_sources_there_are():
    step = explained(optimizer=cp.SGD(0.5))
    assert str(step.why("x[0,1]")) == "x[0,1] = 4\ngiven: inputs of the network"
    assert repr(step.why("x[0,1]")) == "<Why x[0,1] = 4>"
    assert str(step.why("dense1.W.change[1,0]")) == (
        "ΔW₁[1,0] = W₁ⁿᵉʷ[1,0] − W₁[1,0]\n"
        "         = 2.75 − (−1)\n"
        "         = 3.75\n"
        "  gradient         3.75\n"
        "from dense1.W.new[1,0], dense1.W[1,0]"
    )
    wide = cp.explain(
        cp.Chain(cp.Dense(20, 1, bias=False)), cp.SquaredError(),
        {"dense1": {"W": np.ones((20, 1))}}, np.ones((1, 20)), [[0.0]],
    )  # fmt: skip
    *_, last = str(wide.why("o[0,0]")).splitlines()
    assert last == f"from {', '.join(wide.why('o[0,0]').sources[:8])} and 32 more"


def finding(path, right=False, wrong=2, size=4, transposed=False, cell=(0, 1)):
    return Finding(path, right, 0.0 if right else 0.25, cell, 1.5, 1.25, wrong, size, transposed)


REPORTS = {
    "all right": (
        CheckReport((finding("dense1.dW", True), finding("E", True))),
        "right: all 2 quantities given\n  dense1.dW  right\n  E          right",
    ),
    "one right, exchanged": (
        CheckReport(
            (finding("dense1.dW", True, transposed=True),),
            notes=("your matrices were read with rows and columns exchanged",),
        ),
        ("right: the one quantity given\n  dense1.dW  right\n"
        "note: your matrices were read with rows and columns exchanged"),
    ),
    "nothing known": (
        CheckReport((finding("dense1.dW"),)),
        ("  dense1.dW  WRONG   2 of 4 numbers, off by up to 0.25\n"
        "first wrong: dense1.dW[0,1] is 1.25, yours is 1.5\n"
        "cause: none of the known slips gives these numbers"),
    ),
    "first of two, in part": (
        CheckReport(
            (finding("E", wrong=1, size=1, cell=()), finding("dense1.dW", wrong=1234, size=5678)),
            ("wrong sign", "step uphill"), ("one sentence", "another"), False,
        ),
        ("  E          WRONG   off by 0.25\n"
        "  dense1.dW  wrong   1,234 of 5,678 numbers, off by up to 0.25\n"
        "first wrong: E is 1.25, yours is 1.5\n"
        "cause: wrong sign (for the first wrong quantity)\n"
        "       one sentence\n"
        "       another\n"
        "       the same numbers also come from: step uphill"),
    ),
    "three causes": (
        CheckReport((finding("E", cell=()),), ("a", "b", "c"), ("why",)),
        ("  E  WRONG   2 of 4 numbers, off by up to 0.25\n"
        "first wrong: E is 1.25, yours is 1.5\n"
        "cause: a\n       why\n       the same numbers also come from: b; c"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REPORTS)
def test_a_report_in_words(name):
    report, words = REPORTS[name]
    assert str(report) == words
    assert bool(report) == name.endswith(("right", "exchanged"))


def test_a_report_of_true_numbers():
    step = explained()
    delta = (step["o"] - step["t"]) / 2
    report = step.check({"dense1.dW": delta.T @ np.array(X), "dense1.db": 2 * delta.sum(axis=0)})
    assert str(report) == (
        "  dense1.dW  right\n"
        "  dense1.db  WRONG   off by 1.75\n"
        "first wrong: dense1.db[0] is −1.75, yours is −3.5\n"
        "cause: bias stepped once per weight\n"
        "       the bias was moved in the loop over the inputs, once for each of them\n"
        "       the same numbers also come from: bias summed, not averaged"
    )
