"""
A network's own mountain
========================

The loss of a network is a landscape too, in as many directions as there are weights. A plane
through it shows the walk of training, and how far that walk is off the plane is said.
"""

# %%
# A small network on irises, trained from three starts.

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_iris
from sklearn.preprocessing import scale

import clearprop as cp
from clearprop.descent import NetworkLoss, path_surface, sharpness, train_paths
from clearprop.descent.display import SurfaceDisplay

X, y = load_iris(return_X_y=True)
X = scale(X)
net = cp.Chain(cp.Dense(4, 8), cp.Tanh(), cp.Dense(8, 3))
params = net.init(np.random.default_rng(0))
paths = train_paths(
    net, cp.CrossEntropy(), params, X, y, restarts=3, seed=0, epochs=60, optimizer=cp.Adam(0.01)
)

# %%
# The plane through start and end of the best walk, as near to the rest of it as a plane can be.

loss = NetworkLoss.of(net, cp.CrossEntropy(), params, X, y)
surface = path_surface(loss, paths, points=25, curvature=True)
fig, ax = plt.subplots(figsize=(6, 4.5), layout="constrained")
SurfaceDisplay.from_surface(surface, ax=ax)
print(surface)

# %%
# Its last lines are how the ground bends where training ended: the learning rate up to which plain
# descent would be stable there. `sharpness` tells it of any weights.

print(sharpness(loss, paths[0].weights[0]))

# %%
# The axes hold most of the path's variance. What is left of it the plane cannot show.

for name, share in zip(("from start to end", "largest deviation"), surface.explained, strict=True):
    print(f"{name}: {share:.1%}")

# %%
# As a page the path is stepped through by epoch, with the loss at each point of the plane. It is
# one file that needs no network: `surface.to_html("surface.html")` writes it.

page = surface.to_html()
print(f"{len(page):,} characters")
