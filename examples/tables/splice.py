"""Splice: where do exons and introns of DNA meet? Ten folds of 1,000: python splice.py FOLDER."""

import numpy as np
from sets import arff, folder, tell
from sklearn.model_selection import StratifiedKFold

import clearprop as cp

table = arff(folder("splice") / "splice.arff.gz")
y = np.array(table.pop("Class"), str)

# As the published figures: ten folds of 1,000 rows at random, which are not known.
rows = np.random.default_rng(0).choice(len(y), 1000, replace=False)
table, y = table.iloc[rows], y[rows]
found = np.empty_like(y)
for train, test in StratifiedKFold(10, shuffle=True, random_state=0).split(table, y):
    model = cp.TableClassifier(random_state=0).fit(table.iloc[train], y[train])
    found[test] = model.predict(table.iloc[test])

print(model.inputs_.describe()[-1])
tell(
    y,
    ("error", f"{100 * np.mean(found != y):.1f} %"),
    *((f"error of {c}", f"{100 * np.mean(found[y == c] != c):.2f} %") for c in ("N", "EI", "IE")),
    published="backpropagation: N 5.29 %, EI 5.74 %, IE 10.75 %; KBANN: 4.62 %, 7.56 %, 8.47 %\n"
    "(the set's own description, of experiments at the University of Wisconsin)",
)
