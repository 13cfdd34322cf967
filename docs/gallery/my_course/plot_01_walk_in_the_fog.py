"""
A walk in the fog
=================

On a mountain in thick fog you feel only the slope underfoot. You take a step downhill, and feel
again. That is how networks are trained, and where you end depends on where you start.
"""

# %%
# An island with a summit, the sea on one side, and a basin on the other.

import matplotlib.pyplot as plt
import numpy as np

import clearprop as cp

island = cp.landscapes.island
walk = cp.descend(island, start=0.3, optimizer=cp.SGD(0.1))
print(walk)

# %%
# Each step is the slope times the learning rate, with its sign turned. A walk keeps all of them.

for place, slope, change in zip(
    walk.positions[:3, 0], walk.slopes[:3, 0], walk.updates[:3, 0], strict=True
):
    print(f"at {place:.4f} the slope is {slope:.4f}: go {change:+.4f}")

# %%
# The same walk from the other side of the summit comes to rest in a basin. Feet cannot tell it
# from the sea.

other = cp.descend(island, start=-0.3, optimizer=cp.SGD(0.1))
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
from clearprop.descent.display import WalkDisplay

WalkDisplay.from_walks({"from 0.3": walk, "from −0.3": other}, ax=ax)
print(other.ending)

# %%
# What to do? Be dropped many times. A thousand walkers are one array.

walks = cp.descend(island, starts=1000, seed=0)
print(walks)
print(isinstance(walk, cp.Walk), isinstance(walks, cp.Walks), f"{walks.share:.1%} found the sea")

# %%
# A landscape of your own needs a function. The gradient is checked if you give it, and measured
# if not.

mine = cp.landscapes.own(lambda x: np.cos(3 * x) + x**2 / 4, box=(-4, 4))
print(cp.descend(mine, start=2.0, optimizer=cp.SGD(0.05)).ending)
