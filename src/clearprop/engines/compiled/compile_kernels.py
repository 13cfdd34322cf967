"""The process that compiles: ``python -m clearprop.engines.compiled.compile_kernels float32``."""

from __future__ import annotations

import os
import sys
import threading

import numpy as np

from clearprop.definitions.layers import Dense
from clearprop.definitions.losses import SquaredError
from clearprop.definitions.noise import Noise
from clearprop.definitions.optimizers import SGD
from clearprop.definitions.parameters import Layout
from clearprop.engines.base import Request, TrainingRows, TrainingState, TrainingTask
from clearprop.engines.compiled.compiling import UNTIL_INPUT_ENDS, all_compiled, compile_here
from clearprop.engines.compiled.engine import CompiledEngine
from clearprop.engines.compiled.full_batch import CompiledObjective
from clearprop.engines.compiled.kernels.sharing import SHARED_SIZE, make_ready
from clearprop.engines.compiled.lanes import lanes_for


def compile_kernels(dtype: np.dtype) -> None:
    """Call every kernel that is kept on disk once, for numbers of this dtype.

    A plan is data: the kernels compiled for one network serve them all.
    """
    compile_here(dtype)
    network, optimizer = Dense(1, 1), SGD()
    params = network.init(np.random.default_rng(0), dtype)
    layout = Layout.of(params)
    vector = layout.pack(params, dtype)
    rows = TrainingRows(np.zeros((1, 1), dtype), np.zeros((1, 1), dtype))
    task = TrainingTask(network, SquaredError(), optimizer, layout, np.zeros(layout.size, dtype))
    engine = CompiledEngine()
    start = TrainingState(vector, optimizer.init(vector))
    engine.prepare(task, start, rows, 1)
    step = np.zeros((1, 1), np.int64), 1, np.zeros((1, 1)), Noise(0)
    request = Request(task, start, rows, *step)
    engine.epochs_together([request] * lanes_for(dtype))
    engine.outputs(network, params, None, rows.x)
    CompiledObjective(network, task.loss, layout, rows, dtype)
    engine.shuffle(np.zeros((1, 2), np.int64), np.random.default_rng(0))
    make_ready(np.zeros(SHARED_SIZE, np.int64))
    all_compiled(dtype)


def end_with_input() -> None:
    """End this process as soon as its standard input ends."""

    def watch() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


if __name__ == "__main__":
    dtype_name, *options = sys.argv[1:]
    if UNTIL_INPUT_ENDS in options:
        end_with_input()
    compile_kernels(np.dtype(dtype_name))
