"""Tables with columns of every kind, in memory and in files."""

import numpy as np
import pandas as pd


def made(rows, seed=0):
    """Return a table and targets: two classes, and a quantity."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({
        "size": rng.standard_normal(rows),
        "age": rng.exponential(30, rows).round(1),
        "rooms": rng.integers(1, 6, rows),
        "shop": rng.choice(["a", "b", "c", "d"], rows, p=[0.6, 0.3, 0.09, 0.01]),
        "street": [f"street {number}" for number in rng.integers(0, 70, rows)],
        "day": pd.Timestamp("2022-03-01") + pd.to_timedelta(rng.integers(0, 800, rows), "D"),
        "id": [f"id-{number}" for number in range(rows)],
        "same": 4.0,
        "again": 0.0,
    })  # fmt: skip
    frame["again"] = frame["rooms"]
    frame.loc[rng.random(rows) < 0.1, "age"] = np.nan
    frame.loc[rng.random(rows) < 0.05, "shop"] = None
    frame.loc[rng.random(rows) < 0.05, "day"] = pd.NaT
    score = (
        frame["size"] + (frame["shop"] == "a") + frame["street"].str[7:].astype(int) / 35
        + np.sin(frame["age"].fillna(0) / 10)
    )  # fmt: skip
    quantity = score.to_numpy() + 0.2 * rng.standard_normal(rows)
    return frame, np.where(quantity > 1.7, "yes", "no"), 1000 + 50 * quantity


def write(frame, y, folder, files=4, kind="parquet"):
    """Write a table and its target "y" to files, in order."""
    folder.mkdir(exist_ok=True)
    whole = frame.assign(y=y)
    for number, rows in enumerate(np.array_split(np.arange(len(whole)), files)):
        part, path = whole.iloc[rows], folder / f"part-{number}.{kind}"
        if kind == "csv":
            part.to_csv(path, index=False)
        else:
            part.to_parquet(path, index=False, row_group_size=600)
