"""
A page to learn by doing
========================

``learn`` writes one file with a network that trains while you watch. Pause it anywhere, and the
coming step lies open with its equations. It needs no network connection.
"""

# %%
# Without arguments: a small network and eight data sets to choose from.

import tempfile
from pathlib import Path

import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import clearprop as cp

with tempfile.TemporaryDirectory() as folder:
    lesson = cp.learn()
    lesson.to_html(Path(folder) / "learn.html")
    print(lesson)
    print(f"{(Path(folder) / 'learn.html').stat().st_size / 1000:.0f} kB")

# %%
# With your own network, loss, optimizer and rows. In a notebook the lesson shows itself.

X, y = load_iris(return_X_y=True)
net = cp.Chain(cp.Dense(4, 6), cp.Tanh(), cp.Dense(6, 3))
mine = cp.learn(
    net,
    cp.CrossEntropy(),
    scale(X),
    y,
    optimizer=cp.Adam(0.02),
    inputs=["sepal length", "sepal width", "petal length", "petal width"],
    outputs=["setosa", "versicolor", "virginica"],
    title="irises",
)
print(isinstance(mine, cp.Lesson), mine)

# %%
# The page trains with the package's definitions, which are in it as data. It holds the first
# losses of the engine, and compares its own with them when it opens. The first two by hand:

params = net.init(np.random.default_rng(0))
result = cp.train(
    net, cp.CrossEntropy(), params, scale(X), y, optimizer=cp.Adam(0.02), epochs=2, seed=0
)
print([round(loss, 4) for loss in result.history.loss])
print(sorted(mine.document))
