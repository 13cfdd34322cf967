"""The layers: one definition each, forward and pullback."""

from clearprop.layers.activations import (
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
from clearprop.layers.combine import Chain, Residual
from clearprop.layers.dense import Dense
from clearprop.layers.dropout import Dropout
from clearprop.layers.normalization import BatchNorm, LayerNorm

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
