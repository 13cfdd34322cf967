"""SHAP says which inputs a prediction rests on: pip install shap.

Its model-agnostic explainers need nothing but a function that predicts. SHAP values add up: with
the mean prediction over the background rows they are the prediction that they explain.
"""

import warnings

import numpy as np
import pandas as pd
import shap
from sklearn.datasets import load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clearprop as cp

wine = load_wine(as_frame=True)
frame = wine.data[["alcohol", "hue", "proline"]].copy()
names = wine.target_names[wine.target]
background, rows = frame.iloc[::15], frame.iloc[[3, 80, 150]]


def apart(values, base, predicted):
    """Return how far the values and the base are from adding up to the predictions."""
    return np.abs(values.sum(axis=1) + base - predicted).max()


def main():
    """Explain three rows of three models."""
    warnings.simplefilter("ignore", ConvergenceWarning)  # so many epochs are asked for
    net = make_pipeline(StandardScaler(), cp.MLPClassifier((16,), max_iter=60, random_state=0))
    net.fit(frame, names)
    explained = shap.Explainer(net.predict_proba, background)(rows, silent=True)
    off = apart(explained.values, explained.base_values, net.predict_proba(rows))
    print(f"MLPClassifier: {explained.values.shape}, adds up to {off:.0e}")

    model = cp.TableClassifier("fast", random_state=0).fit(frame, names)
    explained = shap.Explainer(model.predict_proba, background)(rows, silent=True)
    off = apart(explained.values, explained.base_values, model.predict_proba(rows))
    print(f"TableClassifier: {explained.values.shape}, adds up to {off:.0e}")

    # A column of words: KernelExplainer hands the function an array, which gets its names back.
    soiled = frame.assign(soil=np.where(wine.data["ash"] > 2.4, "clay", "sand"))
    model.fit(soiled, names)
    kernel = shap.KernelExplainer(
        lambda array: model.predict_proba(pd.DataFrame(array, columns=soiled.columns)),
        soiled.iloc[::15],
    )
    values = kernel.shap_values(soiled.loc[rows.index], silent=True)
    off = apart(values, kernel.expected_value, model.predict_proba(soiled.loc[rows.index]))
    print(f"TableClassifier with words: {values.shape}, adds up to {off:.0e}")
    place = int(np.abs(values[0, :, 0]).argmax())
    print(f"the first row's class rests most on {soiled.columns[place]}")


if __name__ == "__main__":
    main()
