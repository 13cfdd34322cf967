"""A table with every kind of column, and rows that training had not."""

import datetime

import numpy as np
import pandas as pd


def table(rows, seed=0, *, texts=True, categories=True):
    """Return a table with numbers, categories, texts, and missing values of each."""
    rng = np.random.default_rng(seed)
    size = rng.normal(10.0, 3.0, rows)
    shop = rng.choice(["north", "south", "été", "7"], rows)
    frame = pd.DataFrame({"size": size, "weight": np.exp(rng.normal(size=rows)) * 1e5})
    frame.loc[rng.random(rows) < 0.1, "weight"] = np.nan
    frame["same"] = 1.0
    if categories:
        frame["shop"] = pd.Series(np.where(rng.random(rows) < 0.1, None, shop), dtype=object)
        frame["street"] = rng.choice([f"street {k}" for k in range(60)], rows)
    if texts:
        words = ["good", "bad", "Sun", "réserve", "snake_case", "red", "blue", "rain-coat"]
        notes = [" ".join(rng.choice(words, 5)) + "." for _ in range(rows)]
        frame["note"] = pd.Series(np.where(rng.random(rows) < 0.1, None, notes), dtype=object)
    return frame, size + 2.0 * (shop == "north") + rng.normal(0.0, 0.5, rows)


def new_rows(*, texts=True, categories=True):
    """Return rows with all that training had not met: other categories, words, sizes."""
    frame, _ = table(40, 5, texts=texts, categories=categories)
    frame.loc[0, ["size", "weight"]] = [1e6, -1e9]
    frame.loc[1, "size"] = np.nan
    if categories:
        frame.loc[2, "shop"] = "west"
        frame.loc[3, "street"] = None
    if texts:
        frame.loc[4, "note"] = "GOOD good RÉSERVE unknown; words! Good"
        frame.loc[5, "note"] = "nothing of these"
        frame.loc[6, "note"] = ""
    return frame


def seconds(column):
    """Return a column of dates or of times of day (N,) as graphs take it."""
    if isinstance(column.iloc[0], datetime.time):
        return pd.to_timedelta(column.astype(str)).dt.total_seconds().to_numpy()
    on_the_clock = column.dt.tz_localize(None)
    return (on_the_clock - pd.Timestamp("1970-01-01")).dt.total_seconds().to_numpy()


def as_inputs(frame, graph):
    """Return the rows of a table as a graph takes them."""
    names = [one.name for one in graph.graph.input]
    if names == ["X"]:
        columns = {prop.key: prop.value for prop in graph.metadata_props}["columns"].split("\n")
        return {"X": frame[columns].to_numpy(np.float64)}
    given = {}
    for name in names:
        column = frame[name]
        if column.dtype.kind == "f":
            given[name] = column.to_numpy(np.float64)[:, None]
        elif column.dtype.kind == "M" or isinstance(column.iloc[0], datetime.time):
            given[name] = seconds(column)[:, None]
        else:
            given[name] = column.fillna("").astype(str).to_numpy(object)[:, None]
    return given
