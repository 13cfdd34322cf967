"""Telco: which customers leave? python telco.py FOLDER."""

from sets import folder, seeded, tell
from sklearn.metrics import roc_auc_score

import clearprop as cp
from clearprop.data import read

data = read(folder("telco-churn") / "telco-customer-churn-by-IBM.csv.gz")  # Churn is last
train, test = seeded(data.y, classes=True)

model = cp.TableClassifier(random_state=0).fit(data.X.iloc[train], data.y[train])
print(model.inputs_.describe()[-1])
leaves = model.predict_proba(data.X.iloc[test])[:, 1]
tell(
    data.y[test],
    ("accuracy", f"{100 * model.score(data.X.iloc[test], data.y[test]):.1f} %"),
    ("area under the ROC curve", f"{roc_auc_score(data.y[test], leaves):.3f}"),
)
