"""Bike: how many are rented in an hour, with its date and without: python bike.py FOLDER."""

import numpy as np
from sets import folder, seeded, tell

import clearprop as cp
from clearprop.data import read

# casual and registered are parts of the count: they are known only once it is.
data = read(
    folder("bike-sharing-kaggle") / "BikeSharing.csv.gz",
    target="count",
    ignore=["casual", "registered"],
)
train, test = seeded(data.y, classes=False)
truth = data.y[test]

scores = []
for ignore in (None, ["datetime"]):
    model = cp.TableRegressor(random_state=0, ignore=ignore)
    model.fit(data.X.iloc[train], data.y[train])
    found = np.maximum(model.predict(data.X.iloc[test]), 0)
    rmse = np.sqrt(np.mean((found - truth) ** 2))
    logs = np.sqrt(np.mean((np.log1p(found) - np.log1p(truth)) ** 2))
    name = "RMSE, RMSLE" + (" without the date" if ignore else "")
    scores.append((name, f"{rmse:.1f}, {logs:.3f}"))
    if not ignore:
        print(*(line for line in model.inputs_.describe() if "dates" in line), sep="\n")
tell(truth, *scores)
