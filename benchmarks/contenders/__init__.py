"""Who is measured: one module each, all behind the same four methods."""

from __future__ import annotations

from importlib import import_module
from typing import NamedTuple

from contenders.base import AbsentError, Contender


class Entry(NamedTuple):
    """Where a contender is, which variant of it, and which form of Adam it computes."""

    module: str
    variant: str = ""
    epsilon_hat: bool = False
    """As ``clearprop.Adam``'s: scikit-learn has the other form than everybody else."""


CONTENDERS = {
    "clearprop:compiled": Entry("clearprop_train", "compiled"),
    "clearprop:numpy": Entry("clearprop_train", "numpy"),
    "scikit-learn": Entry("scikit_learn", epsilon_hat=True),
    "torch": Entry("torch_train", "eager"),
    "torch-fused": Entry("torch_train", "fused"),
    "torch-compile": Entry("torch_train", "compile"),
    "jax": Entry("jax_scan"),
    "matrix-products": Entry("matrix_products"),
}

OURS = ("clearprop:compiled", "clearprop:numpy")
"""Fastest first: the first that is there is what the others are compared with."""


def contender_class(name: str) -> type[Contender]:
    """Return the class of a contender; raises ImportError where its library is not installed."""
    cls: type[Contender] = import_module(f"contenders.{CONTENDERS[name].module}").CONTENDER
    return cls


__all__ = ["CONTENDERS", "OURS", "AbsentError", "Contender", "Entry", "contender_class"]
