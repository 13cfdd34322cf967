"""PyTorch: its documented training loop, without a DataLoader, which would only slow it down.

Variants: "eager" with the optimizer as it comes, "fused" with its one-kernel form, "compile" with
``torch.compile`` around the network and its loss besides.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from cases import MOMENTUM, Case
from contenders.base import Contender

ACTIVATIONS = {"relu": nn.ReLU, "tanh": nn.Tanh}


class TorchTrain(Contender):
    """A Sequential network, zero_grad, backward, step."""

    def __init__(self, case: Case, variant: str, threads: int) -> None:
        torch.set_num_threads(threads)
        super().__init__(case, variant, threads)
        self.inputs, self.targets = torch.from_numpy(self.x), torch.from_numpy(self.t)
        self.network = network_of(case)
        self.loss_of = self._loss_of
        if variant == "compile":
            # The short last batch is compiled for its own size, as the full ones are.
            self.loss_of = torch.compile(self._loss_of, dynamic=False)
        torch.manual_seed(0)
        self.reset()

    def reset(self) -> None:
        with torch.no_grad():
            for parameter, array in zip(self._parameters(), self.case.start(), strict=True):
                parameter.copy_(torch.from_numpy(array.T))
        parameters, fused = list(self.network.parameters()), self.variant != "eager"
        self.optimizer = (
            torch.optim.Adam(parameters, lr=self.case.learning_rate, fused=fused)
            if self.case.optimizer == "adam"
            else torch.optim.SGD(
                parameters, lr=self.case.learning_rate, momentum=MOMENTUM, fused=fused
            )
        )

    def train(self, epochs: int) -> None:
        for _ in range(epochs):
            for x, t in self._batches():
                self.optimizer.zero_grad()
                self.loss_of(x, t).backward()
                self.optimizer.step()

    def weights(self) -> list[np.ndarray]:
        return [parameter.detach().numpy().T for parameter in self._parameters()]

    def _batches(self):
        size = self.case.batch
        if not self.case.shuffle:
            return zip(self.inputs.split(size), self.targets.split(size), strict=True)
        order = torch.randperm(self.case.rows)
        return ((self.inputs[rows], self.targets[rows]) for rows in order.split(size))

    def _loss_of(self, x, t):
        o = self.network(x)
        if self.case.loss == "classes":
            return functional.cross_entropy(o, t)
        if self.case.loss == "labels":
            each = functional.binary_cross_entropy_with_logits(o, t, reduction="sum")
        else:
            each = 0.5 * functional.mse_loss(o, t, reduction="sum")
        return each / len(x)

    def _parameters(self):
        for layer in self.network:
            yield from layer.parameters()  # weight and bias, as in `Case.start`


def network_of(case: Case) -> nn.Sequential:
    """Return the case's network."""
    dtype = getattr(torch, case.dtype)
    layers: list[nn.Module] = []
    for inputs, outputs in case.layers[:-1]:
        norm = [nn.LayerNorm(outputs, dtype=dtype)] if case.layer_norm else []
        layers += [nn.Linear(inputs, outputs, dtype=dtype), *norm, ACTIVATIONS[case.activation]()]
    return nn.Sequential(*layers, nn.Linear(*case.layers[-1], dtype=dtype))


CONTENDER = TorchTrain
