"""
Strides and basins
==================

The learning rate decides whether a walker arrives, and the start decides where. Both are shown
for many walkers at once.
"""

# %%
# Himmelblau's function has four minima, all equally deep. Each start of a grid has the color of
# its basin.

import matplotlib.pyplot as plt

import clearprop as cp
from clearprop.descent.display import BasinDisplay, WalkDisplay

himmelblau = cp.landscapes.himmelblau
basins = cp.basin_map(himmelblau, cp.SGD(0.01), resolution=80)
fig, ax = plt.subplots(figsize=(5, 4.2), layout="constrained")
BasinDisplay.from_map(basins, ax=ax)

# %%
# With a longer stride three of the minima are too steep to rest in: walkers from the pale starts
# jump to and fro for ever, and those from the dark ones fly off.

fig, ax = plt.subplots(figsize=(5, 4.2), layout="constrained")
BasinDisplay.from_map(cp.basin_map(himmelblau, cp.SGD(0.025), resolution=80), ax=ax)

# %%
# Which part of 300 random starts reaches a minimum, by optimizer and learning rate.

found = cp.reach(
    himmelblau, [cp.SGD(), cp.SGD(momentum=0.9), cp.Adam()], starts=300, steps=300, seed=0
)
print(found)

# %%
# A race from one start through Rosenbrock's bent valley, in which the slope points across and not
# along.

race = cp.race(
    cp.landscapes.rosenbrock,
    (-1.2, 1.0),
    {"SGD": cp.SGD(0.001), "momentum": cp.SGD(0.001, momentum=0.9), "Adam": cp.Adam(0.1)},
    steps=300,
)
print(race)
fig, ax = plt.subplots(figsize=(6, 4), layout="constrained")
WalkDisplay.from_walks(race.walks, ax=ax)
