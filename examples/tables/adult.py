"""Adult: who earns more than 50,000 dollars? The official split: python adult.py FOLDER."""

import numpy as np
from sets import folder, tell

import clearprop as cp
from clearprop.data import read

NAMES = [
    "age",
    "workclass",
    "fnlwgt",
    "education",
    "education-num",
    "marital-status",
    "occupation",
    "relationship",
    "race",
    "sex",
    "capital-gain",
    "capital-loss",
    "hours-per-week",
    "native-country",
    "income",
]

place = folder("adult")
train = read(place / "adult-train.csv.gz", columns=NAMES)
test = read(place / "adult-test.csv.gz", columns=NAMES, known=train.reading)
truth = np.char.rstrip(test.y, ".")  # the test file writes <=50K. for <=50K

model = cp.TableClassifier(random_state=0).fit(train.X, train.y)
wrong = model.predict(test.X) != truth
whole = test.X.notna().all(axis=1).to_numpy()
tell(
    truth,
    ("error", f"{100 * wrong.mean():.2f} %"),
    (f"error on the {whole.sum():,} without missing values", f"{100 * wrong[whole].mean():.2f} %"),
    published="C4.5 15.54 %, NBTree 14.10 %, naive Bayes 16.12 %, FSS naive Bayes 14.05 %, 1-NN "
    "21.42 %\n(adult.names: rows with missing values left out of training and test)",
)
