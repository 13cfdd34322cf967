"""
Rows that do not fit into memory
================================

A stream reads its rows from files while the network trains. Each row comes once an epoch, and two
blocks of them are in memory at a time.
"""

# %%
# Some files: 20,000 rows in five Parquet files. Here they are small.

import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import clearprop as cp

scratch = tempfile.TemporaryDirectory()
for number in range(5):
    rng = np.random.default_rng(number)
    rows = pd.DataFrame(rng.normal(50, 20, (4000, 2)), columns=["width", "height"])
    rows["large"] = (rows.width * rows.height > 2500).astype(int)
    rows.to_parquet(Path(scratch.name) / f"part-{number}.parquet", row_group_size=500)

# %%
# Means and deviations are found in one pass. A block has a tenth of the rows here.

stream = cp.Stream(scratch.name, target="large", block_bytes=24_000).standardised()
print(stream)
print(stream.scaling.mean.round(1), stream.scaling.deviation.round(1))

# %%
# A stream takes the place of inputs and targets. About a tenth of the rows is held out.

net = cp.Chain(cp.Dense(2, 16), cp.Tanh(), cp.Dense(16, 1))
result = cp.train(
    net, cp.BinaryCrossEntropy(), net.init(np.random.default_rng(0)), stream, epochs=15, seed=0,
    optimizer=cp.Adam(0.01), batch_size=100, validation_fraction=0.1,
)  # fmt: skip
print(result)

# %%
# The loss of each epoch. New rows are scaled as those of the stream were.

figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
axes.plot(result.history.loss, label="training rows")
axes.plot(result.history.metrics["validation_loss"], label="rows held out")
axes.set(xlabel="epoch", ylabel="loss", yscale="log")
axes.legend()
print(result.predict(stream.scaling.scaled([[80.0, 40.0], [30.0, 40.0]])).round(2))

# %%
# The files go.

scratch.cleanup()
