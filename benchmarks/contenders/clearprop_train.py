"""clearprop: ``train`` with the engine that the variant names."""

from __future__ import annotations

import clearprop as cp
import numpy as np
from clearprop.definitions.parameters import leaves_of
from clearprop.engines import ENGINE_NAMES

from cases import MOMENTUM, Case
from contenders.base import AbsentError, Contender

LOSSES = {
    "classes": cp.CrossEntropy,
    "labels": cp.BinaryCrossEntropy,
    "numbers": cp.SquaredError,
}
ACTIVATIONS = {"relu": cp.ReLU, "tanh": cp.Tanh}


class ClearpropTrain(Contender):
    """The public function, its own checks of what it is given included."""

    takes_sparse = True

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        if variant not in ENGINE_NAMES:
            raise AbsentError("no such engine in this version")
        super().__init__(case, variant, threads)
        self.network = network_of(case)
        self.optimizer = (
            cp.Adam(case.learning_rate, epsilon_hat=case.epsilon_hat)
            if case.optimizer == "adam"
            else cp.SGD(case.learning_rate, MOMENTUM)
        )
        self.reset()

    def reset(self) -> None:
        self.params = self.network.init(np.random.default_rng(0), self.case.dtype)
        for (_, leaf), array in zip(leaves_of(self.params), self.case.start(), strict=True):
            leaf[...] = array

    def train(self, epochs: int) -> None:
        result = cp.train(
            self.network,
            LOSSES[self.case.loss](),
            self.params,
            self.x,
            self.t,
            optimizer=self.optimizer,
            epochs=epochs,
            batch_size=self.case.batch,
            shuffle=self.case.shuffle,
            seed=0,
            engine=self.variant,
        )
        if result.reason != "epochs":
            raise RuntimeError(str(result))
        self.params = result.params

    def weights(self) -> list[np.ndarray]:
        return [leaf for _, leaf in leaves_of(self.params)]


def network_of(case: Case) -> cp.Chain:
    """Return the case's network."""
    layers: list[cp.Layer] = []
    for inputs, outputs in case.layers[:-1]:
        norm = [cp.LayerNorm(outputs)] if case.layer_norm else []
        layers += [cp.Dense(inputs, outputs), *norm, ACTIVATIONS[case.activation]()]
    return cp.Chain(*layers, cp.Dense(*case.layers[-1]))


CONTENDER = ClearpropTrain
