"""The layers: one definition each, forward and pullback."""

from clearprop.definitions.layers.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softplus,
    Tanh,
)
from clearprop.definitions.layers.combine import Chain, Residual
from clearprop.definitions.layers.dense import Dense
from clearprop.definitions.layers.dropout import Dropout
from clearprop.definitions.layers.normalization import BatchNorm, LayerNorm

__all__ = [
    "Dense",
    "Activation",
    "Identity",
    "Sigmoid",
    "Tanh",
    "ReLU",
    "LeakyReLU",
    "ELU",
    "SELU",
    "GELU",
    "SiLU",
    "Softplus",
    "Mish",
    "Dropout",
    "LayerNorm",
    "BatchNorm",
    "Chain",
    "Residual",
]
