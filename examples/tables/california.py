"""California: the median value of a district's houses: python california.py FOLDER."""

import numpy as np
import pandas as pd
from sets import folder, tell
from sklearn.model_selection import StratifiedShuffleSplit

import clearprop as cp
from clearprop.data import read

data = read(folder("california-housing") / "housing.csv.gz", target="median_house_value")

# The split of the published figures: a fifth of the districts, in strata of income.
strata = pd.cut(data.X["median_income"], [0, 1.5, 3, 4.5, 6, np.inf], labels=False)
split = StratifiedShuffleSplit(n_splits=1, test_size=0.2, random_state=42)
train, test = next(split.split(data.X, strata))

model = cp.TableRegressor(random_state=0).fit(data.X.iloc[train], data.y[train])
rows, truth = data.X.iloc[test], data.y[test]
error = model.predict(rows) - truth
low, high = model.predict_interval(rows, coverage=0.9).T
held = np.mean((low <= truth) & (truth <= high))
tell(
    truth,
    ("RMSE", f"{np.sqrt(np.mean(error**2)):,.0f} dollars"),
    ("in the 90 % interval", f"{100 * held:.1f} %"),
    published="47,730, a tuned random forest on these rows (Géron, Hands-on Machine Learning, "
    "notebook 02)",
)
