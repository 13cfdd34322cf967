"""Numbers that stand for layers, losses and optimizers in a plan, and what each needs.

A plan is two tables with a row for each operation: whole numbers (columns below) and two floats.
"""

from __future__ import annotations

from clearprop.definitions import layers, losses

# Kinds of operation.
DENSE, ACTIVATION, DROPOUT, LAYER_NORM, BATCH_NORM, ADD = range(6)

# Columns of the table of whole numbers. Offsets of buffers count values of one row.
(
    KIND,
    IN,  # buffer the operation reads
    IN_WIDTH,
    OUT,  # buffer it writes
    OUT_WIDTH,
    PRE,  # buffer of pre-activations, -1 where the activation's slope needs none
    WEIGHT,  # offset of W or gamma in the parameters
    BIAS,  # offset of b or beta, -1 without
    ACTIVATION_CODE,
    ADDS,  # 1 where another operation has written the gradient of IN before
    FIRST,  # 1 where IN is the network's input, whose gradient nobody asks for
    SAVED,  # buffer of a mask, or of standardised values
    SCALES,  # buffer of 1 / sqrt(variance + epsilon), or of the shortcut of ADD
    STATE,  # offset of running statistics
    ZEROS_IN,  # 1 where IN may have many zeros, and the products are large enough to look
    ZEROS_BACK,  # 1 where dE/dz may, likewise
    PANELS,  # 1 where dE/dW is summed over all rows of a batch, panel by panel; see chunks.py
    PATH,  # first of the labels that lead to a dropout layer, -1 ending them
) = range(18)
PATH_LENGTH = 6
COLUMNS = PATH + PATH_LENGTH

IDENTITY, SIGMOID, TANH, RELU, LEAKY_RELU, ELU, SELU, GELU, SILU, SOFTPLUS, MISH = range(11)
ACTIVATIONS = {
    layers.Identity: IDENTITY,
    layers.Sigmoid: SIGMOID,
    layers.Tanh: TANH,
    layers.ReLU: RELU,
    layers.LeakyReLU: LEAKY_RELU,
    layers.ELU: ELU,
    layers.SELU: SELU,
    layers.GELU: GELU,
    layers.SiLU: SILU,
    layers.Softplus: SOFTPLUS,
    layers.Mish: MISH,
}
NEED_PRE_ACTIVATION = frozenset({LEAKY_RELU, ELU, SELU, GELU, SILU, SOFTPLUS, MISH})

SQUARED, ABSOLUTE, HUBER, QUANTILE, POISSON, BINARY, CROSS = range(7)
LOSSES = {
    losses.SquaredError: (SQUARED, None),
    losses.AbsoluteError: (ABSOLUTE, None),
    losses.Huber: (HUBER, "threshold"),
    losses.Quantile: (QUANTILE, "level"),
    losses.Poisson: (POISSON, None),
    losses.BinaryCrossEntropy: (BINARY, None),
    losses.CrossEntropy: (CROSS, "label_smoothing"),
}
"""Each loss's code, and the field that is its number."""

FEWEST_UNITS, FEWEST_WEIGHTS = 32, 4096
"""Products with narrower or smaller matrices cost little, whatever they leave out."""

START, STOP, OPERATION = range(3)
"""Columns of the table of chunks; see `Workspace`."""

PRODUCTS = FORWARD, BACK, WEIGHTS = range(3)
"""Products of a Dense layer: x W, dE/dz Wᵀ and xᵀ dE/dz."""

PLAIN_SGD, MOMENTUM, NESTEROV, RMSPROP, ADAM = range(5)
