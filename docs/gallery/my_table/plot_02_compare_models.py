"""
Compare models on one table
===========================

Which model is best on this table, by how much, and could that be chance? ``compare`` fits the
usual models and clearprop's to the same splits.
"""

# %%
# The wines of scikit-learn. A model of your own takes part under a name of your own.

import matplotlib.pyplot as plt
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp

X, y = load_wine(return_X_y=True, as_frame=True)
found = cp.compare(
    X,
    y,
    models=["dummy", "tree", "lda", "logistic", "mlp", "clearprop-fast"],
    also={"one neighbor": make_pipeline(StandardScaler(), KNeighborsClassifier(1))},
    repeats=1,
    processes=False,
    ignore=[],
)
print(found)

# %%
# The verdict in a sentence, and one pair in numbers. The p value is corrected for the number of
# models.

print(found.verdict)
difference = found["tree"].difference
print(f"the tree is {100 * difference.mean:.1f} points behind, p = {difference.p_holm:.2f}")

# %%
# Bars are standard errors, corrected for splits that share training rows.

rows = [row for row in found.table if row.name != "dummy"]
error = [100 * row.scores["error"].mean for row in rows]
likely = [100 * row.scores["error"].error for row in rows]
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.errorbar(error, [row.title for row in rows], xerr=likely, fmt="o", capsize=3)
ax.invert_yaxis()
ax.set_xlabel("error, % of the rows held out")
ax.spines[["top", "right"]].set_visible(False)

# %%
# The result is plain data: strict JSON, which ``Comparison`` reads back.

again = cp.Comparison.from_dict(found.to_dict())
print(again.best.name == found.best.name)
