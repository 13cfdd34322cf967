"""The process of one long fit; it ends with a line of JSON: µs a step of every epoch.

After five epochs half the inputs are zero in every row, as if sensors had failed. The gradients
of their weights are exactly zero from then on; averages and weights decay, and reach subnormal
numbers within some hundred (Adam's m) and some thousand steps (the weights).
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

BATCH, STEPS_AN_EPOCH, FAILS_AFTER = 32, 100, 5
INPUTS, HIDDEN, OUTPUTS = 64, 100, 10
RATE, DECAY = 0.01, 1.0

Epoch = Callable[[int], None]


def main() -> None:
    request = json.loads(sys.argv[1])
    if request["pin"] is not None:
        os.sched_setaffinity(0, {request["pin"]})
    rng = np.random.default_rng(0)
    x = rng.standard_normal((BATCH * STEPS_AN_EPOCH, INPUTS)).astype(np.float32)
    t = (x @ rng.standard_normal((INPUTS, OUTPUTS))).argmax(axis=1)
    times = [0.0]

    def epoch_ended(epoch: int) -> None:
        if epoch == FAILS_AFTER:
            x[:, INPUTS // 2 :] = 0  # everybody trains on this very array
        times.append(time.perf_counter())

    library, _, variant = request["contender"].partition(":")
    epochs = request["steps"] // STEPS_AN_EPOCH
    try:
        if library == "clearprop":
            numbers = with_clearprop(x, t, epochs, variant, times, epoch_ended)
        else:
            fused = library == "torch-fused"
            numbers = with_torch(x, t, epochs, fused, request["threads"], times, epoch_ended)
    except ModuleNotFoundError as error:
        print(json.dumps({"absent": f"{error.name} is not installed"}))
        return
    tiny = np.finfo(np.float32).tiny
    subnormal = int(sum(((array != 0) & (abs(array) < tiny)).sum() for array in numbers))
    print(json.dumps({"µs": list(np.diff(times) / STEPS_AN_EPOCH * 1e6), "subnormal": subnormal}))


def with_clearprop(
    x: np.ndarray, t: np.ndarray, epochs: int, engine: str, times: list[float], ended: Epoch
) -> list[np.ndarray]:
    """Train, and return the weights."""
    import clearprop as cp
    from clearprop.definitions.parameters import leaves_of

    network = cp.Chain(cp.Dense(INPUTS, HIDDEN), cp.ReLU(), cp.Dense(HIDDEN, OUTPUTS))
    params = network.init(np.random.default_rng(1), np.float32)

    def train(count: int, on_epoch: Any) -> Any:
        return cp.train(
            network, cp.CrossEntropy(), params, x, t, optimizer=cp.AdamW(RATE, DECAY),
            epochs=count, batch_size=BATCH, shuffle=False, engine=engine, on_epoch=on_epoch,
        )  # fmt: skip

    train(1, None)
    times[0] = time.perf_counter()
    result = train(epochs, lambda report: ended(report.epoch))
    return [leaf for _, leaf in leaves_of(result.params)]


def with_torch(
    x: np.ndarray, t: np.ndarray, epochs: int, fused: bool, threads: int, times: list[float],
    ended: Epoch,
) -> list[np.ndarray]:  # fmt: skip
    """Train, and return the weights and Adam's averages."""
    import torch

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    network = torch.nn.Sequential(
        torch.nn.Linear(INPUTS, HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, OUTPUTS)
    )
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=DECAY, fused=fused)
    rows, targets = torch.from_numpy(x).split(BATCH), torch.from_numpy(t).split(BATCH)
    times[0] = time.perf_counter()
    for epoch in range(1, epochs + 1):
        for batch, target in zip(rows, targets, strict=True):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(network(batch), target).backward()
            optimizer.step()
        ended(epoch)
    state = [value for part in optimizer.state.values() for value in part.values()]
    return [tensor.detach().numpy() for tensor in [*network.parameters(), *state]]


if __name__ == "__main__":
    main()
