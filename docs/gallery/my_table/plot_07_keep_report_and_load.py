"""
Keep a model, and report on it
==============================

A model file holds the whole model, and nothing in it is run when it is read. A report is one
page about the training, which needs no network.
"""

# %%
# Everything is written into a temporary folder.

import subprocess
import sys
import tempfile
from pathlib import Path

from sklearn.datasets import load_wine
from sklearn.model_selection import train_test_split

import clearprop as cp

folder = tempfile.TemporaryDirectory()
X, y = load_wine(return_X_y=True, as_frame=True)
X, X_test, y, y_test = train_test_split(X, y, random_state=0)
model = cp.TableClassifier("fast", random_state=0).fit(X, y)

# %%
# ``load`` tells by the file what kind of model it is. The loaded one predicts the same bits.

path = Path(folder.name) / "wine.clearprop"
model.save(path)
loaded = cp.load(path)
print(
    type(loaded).__name__, bool((loaded.predict_proba(X_test) == model.predict_proba(X_test)).all())
)

# %%
# A damaged file is one clear error, never a wrong model.

damaged = bytearray(path.read_bytes())
damaged[len(damaged) // 2] ^= 1
path.write_bytes(damaged)
try:
    cp.load(path)
except cp.ModelFileError as error:
    print(str(error).replace(folder.name, "…"))

# %%
# The shell trains as well: ``clearprop train wine --hidden 16`` writes a model of a table with
# one network.

one = Path(folder.name) / "one.clearprop"
command = [sys.executable, "-m", "clearprop", "train", "wine", "--hidden", "16", "--out", str(one)]
said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
print(said.replace(folder.name, "…"))

# %%
# It is loaded as a ``TableModel``: it takes raw rows, and knows what it reached on rows held out.

shell_model = cp.load(one)
print(isinstance(shell_model, cp.TableModel), shell_model.test["accuracy"])

# %%
# The report on rows that the model was not trained on: figures with their intervals, whether the
# probabilities hold, which columns matter, the worst mistakes with their training step opened. In a
# notebook it shows itself; ``to_html`` writes the page. It takes the shell's models as well.

report = cp.report(model, X_test, y_test, source="wine", measured_on="test")
print(report)
report.to_html(Path(folder.name) / "report.html")
print(isinstance(report, cp.Report), ", ".join(report.document))
print([one["column"] for one in report.document["importance"]["columns"][:3]])
folder.cleanup()
