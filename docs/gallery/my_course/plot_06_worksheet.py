"""
A worksheet that marks itself
=============================

For a class: numbers to compute by hand, others for each pupil, and a key. An error that is
carried forward costs one point only.
"""

# %%
# The weights are drawn by the seed, so each pupil has a sheet of their own.

import tempfile
from pathlib import Path

import clearprop as cp

net = cp.Chain(cp.Dense(2, 2), cp.Sigmoid(), cp.Dense(2, 1))
blanks = ["dense1.y[0,0]", "sigmoid1.y[0,0]", "dense1.dW[0,0]"]
sheet = cp.worksheet(net, cp.SquaredError(), [[0.5, -1.0]], [[0.2]], seed=17, blanks=blanks)
print(isinstance(sheet, cp.Worksheet))
print(sheet)

# %%
# A pupil's answers. The first is wrong, the second is right given the first. Arithmetic may stand
# there as well.

first = sheet.step["dense1.y[0,0]"] + 1
print(sheet.mark({1: round(first, 4), 2: f"1 / (1 + 2.71828 ** {-first:.4f})", 3: "0.01"}))

# %%
# Sheet and key as Markdown; ``.tex`` and ``.ipynb`` work as well. The notebook marks itself.

with tempfile.TemporaryDirectory() as folder:
    sheet.save(Path(folder) / "sheet.md")
    sheet.save(Path(folder) / "key.md", key=True)
    print((Path(folder) / "key.md").read_text(encoding="utf-8")[-400:])
