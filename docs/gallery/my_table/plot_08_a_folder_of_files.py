"""
A table in many files
=====================

A table estimator fits to the files of a folder, which need not fit into memory. One pass learns
how columns are coded; the networks then train on blocks. It needs
``pip install 'clearprop[stream]'``; without it this example says so.
"""

# %%
# Five files of a shop's orders: numbers with gaps, a category, a date.

import tempfile
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

import clearprop as cp


def orders(seed: int) -> pd.DataFrame:
    """Return a table of orders, and whether each came back."""
    rng = np.random.default_rng(seed)
    days = pd.to_timedelta(rng.integers(0, 700, 800), "D")
    frame = pd.DataFrame({
        "price": rng.lognormal(3, 1, 800).round(2),
        "size": rng.choice(["S", "M", "L"], 800),
        "day": pd.Timestamp("2024-01-01") + days,
    })  # fmt: skip
    doubt = np.log(frame["price"]) + 2 * (frame["size"] == "S") + rng.normal(0, 0.5, 800)
    frame["back"] = np.where(doubt > 4, "yes", "no")
    frame.loc[rng.random(800) < 0.1, "price"] = np.nan
    return frame


scratch = tempfile.TemporaryDirectory()
for number in range(5):
    orders(number).to_csv(Path(scratch.name) / f"part-{number}.csv", index=False)

# %%
# The stream stands where the table would, and has the target.

model = cp.TableClassifier(preset="fast", members=2, random_state=0)
if find_spec("pyarrow") and find_spec("fsspec"):
    stream = cp.Stream(scratch.name, target="back")
    print(stream)
    model.fit(stream)
else:
    print("pip install 'clearprop[stream]' reads files; what follows has the rows in memory")
    whole = pd.concat([orders(number) for number in range(5)], ignore_index=True)
    model.fit(whole.drop(columns="back"), whole["back"])
scratch.cleanup()
print("\n".join(model.inputs_.describe()))

# %%
# What comes out is an estimator like any other; it predicts tables in memory.

new = orders(9)
print(f"accuracy on other orders: {model.score(new.drop(columns='back'), new['back']):.3f}")
print(model.why(new.drop(columns="back"), "price", row=0))

# %%
# How likely an order comes back, by its price.

chances = model.predict_proba(new.drop(columns="back"))[:, 1]
figure, axes = plt.subplots()
for size, colour in zip("SML", ("C0", "C1", "C2"), strict=True):
    of_size = new["size"] == size
    axes.scatter(new["price"][of_size], chances[of_size], s=8, color=colour, label=size)
axes.set(xlabel="price", ylabel="probability that it comes back", xscale="log")
axes.legend(title="size")
