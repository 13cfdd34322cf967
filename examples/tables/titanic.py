"""Titanic: who survived, and which columns give it away: python titanic.py FOLDER."""

import warnings

from sets import folder, seeded, tell

import clearprop as cp
from clearprop.data import read

data = read(folder("titanic") / "titanic_openML.csv", target="survived")
train, test = seeded(data.y, classes=True)

scores = []
for ignore in (None, ["boat", "body"]):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", cp.LeakWarning)
        model = cp.TableClassifier(random_state=0, ignore=ignore)
        model.fit(data.X.iloc[train], data.y[train])
    for warning in caught:
        print(f"warning: {warning.message}")
    accuracy = model.score(data.X.iloc[test], data.y[test])
    name = "accuracy" + (" without boat and body" if ignore else "")
    scores.append((name, f"{100 * accuracy:.1f} %"))
tell(data.y[test], *scores)
