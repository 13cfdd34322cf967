"""
ONNX: for other programs and languages
======================================

An ONNX graph predicts in a browser, a phone or a database. It is written from the layers' own
definitions. It needs ``pip install 'clearprop[onnx]'``; without it this example says so and
ends.
"""

# %%
# A table with a text and a missing value: the whole model goes out, coding included.

from importlib.util import find_spec

import numpy as np
import pandas as pd

import clearprop as cp

rng = np.random.default_rng(0)
frame = pd.DataFrame(
    {"size": rng.uniform(20, 120, 300).round(), "town": rng.choice(["Turku", "Bergen"], 300)}
)
price = frame["size"] * 3 + 80 * (frame["town"] == "Bergen") + rng.normal(0, 10, 300)
frame.loc[::17, "size"] = np.nan
model = cp.TableRegressor("fast", random_state=0).fit(frame, price)

# %%
# One input for each column that the model uses.

if find_spec("onnx"):
    graph = cp.to_onnx(model)
    print([put.name for put in graph.graph.input], "→", [put.name for put in graph.graph.output])
    print(len(graph.graph.node), "operations,", len(graph.SerializeToString()) // 1000, "kB")
else:
    print("onnx is not here: pip install 'clearprop[onnx]'")

# %%
# Run by onnxruntime, where that is installed: the same numbers.

if find_spec("onnx") and find_spec("onnxruntime"):
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.SerializeToString())
    feed = {"size": frame[["size"]].to_numpy(float), "town": frame[["town"]].to_numpy(object)}
    (predicted,) = session.run(["prediction"], feed)
    print(f"largest difference: {np.abs(predicted.ravel() - model.predict(frame)).max():.1e}")
else:
    print("onnxruntime is not here: pip install onnxruntime")

# %%
# ONNX has no operator that reads a date, so that dates go in as seconds since 1970, as the clock
# shows them; year, month, weekday and hour are computed in the graph.

if find_spec("onnx") and find_spec("onnxruntime"):
    days = pd.to_timedelta(rng.integers(0, 400, 300), "D")
    dated = frame.assign(sold=pd.Timestamp("2024-01-01") + days)
    model = cp.TableRegressor("fast", random_state=0).fit(dated, price + days.days / 100)
    graph = cp.to_onnx(model)
    print({prop.key: prop.value for prop in graph.metadata_props}["a date is"])

    seconds = (dated["sold"] - pd.Timestamp("1970-01-01")).dt.total_seconds()
    feed["sold"] = seconds.to_numpy(float)[:, None]
    session = onnxruntime.InferenceSession(graph.SerializeToString())
    (predicted,) = session.run(["prediction"], feed)
    print(f"largest difference: {np.abs(predicted.ravel() - model.predict(dated)).max():.1e}")
