"""
Train on a raw table
====================

A table has numbers, texts, dates and holes. ``TableClassifier`` takes it as it is, says what it
read each column as, and averages several small networks.
"""

# %%
# A table of parcels, made up here: two numbers, a town, a date, and some cells that are missing.

import numpy as np
import pandas as pd

import clearprop as cp

rng = np.random.default_rng(0)
rows = 600
frame = pd.DataFrame(
    {
        "weight": rng.gamma(2.0, 1.5, rows).round(2),
        "distance": rng.uniform(5, 900, rows).round(),
        "town": rng.choice(["Aarhus", "Bergen", "Turku"], rows),
        "sent": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, rows), "D"),
    }
)
december = frame["sent"].dt.month == 12
delay = (
    frame["distance"] / 300 + 2 * december + (frame["town"] == "Bergen") + rng.normal(0, 0.5, rows)
)
late = np.where(delay > 2.2, "late", "in time")
frame.loc[rng.random(rows) < 0.1, "weight"] = np.nan
frame.head()

# %%
# Nothing has to be prepared. The last 150 rows are kept back for the test.

model = cp.TableClassifier(preset="fast", random_state=0).fit(frame[:450], late[:450])
print(f"right: {model.score(frame[450:], late[450:]):.1%} of the test rows")
print(f"always the commonest class: {np.mean(late[450:] == 'in time'):.1%}")

# %%
# What became of each column. Read this first: a number that was read as a category shows here.

print("\n".join(model.inputs_.describe()))

# %%
# Probabilities of the first test rows, beside what happened.

shown = pd.DataFrame(model.predict_proba(frame[450:455]).round(3), columns=model.classes_)
shown["happened"] = late[450:455]
print(shown)

# %%
# A new row has the same columns. A town that training never met is no error.

new = frame[:1].assign(town="Reykjavik", weight=np.nan)
for name, probability in zip(model.classes_, model.predict_proba(new)[0], strict=True):
    print(f"{name}: {probability:.3f}")
