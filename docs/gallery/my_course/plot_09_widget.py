"""
A step in a notebook, both ways
===============================

In a notebook a step is a page to click through. The widget is the same page two-way: what you
click is known in Python. It needs ``pip install 'clearprop[notebook]'``; without it this
example says so.
"""

# %%
# A step of a network on irises.

from importlib.util import find_spec

import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import clearprop as cp

X, y = load_iris(return_X_y=True, as_frame=True)
net = cp.Chain(cp.Dense(4, 3), cp.Tanh(), cp.Dense(3, 3))
params = net.init(np.random.default_rng(0))
step = cp.explain(net, cp.CrossEntropy(), params, scale(X)[:2], y[:2], optimizer=cp.Adam(0.01))

# %%
# At the end of a cell the step shows itself. As a file it is one page that needs no network.

print(f"{len(step.to_html()) // 1000} kB of HTML")

# %%
# The widget. In a notebook, click a number, and ask in the next cell where it came from.

if find_spec("anywidget"):
    widget = step.widget()
    print(type(widget).__name__, "- selected:", widget.selection or "nothing yet")
else:
    print("anywidget is not here: pip install 'clearprop[notebook]'")
print(step.why("dense2.dW[0,1]"))
