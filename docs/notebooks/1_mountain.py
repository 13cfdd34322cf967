# %% [markdown]
# # 1. A walk down a mountain in the fog
#
# You stand on an island in thick fog and want to go down to the sea. Your feet feel the slope.
# Take a step downhill, long where it is steep, short where it is flat; feel again; repeat. That
# is how networks are trained. The position is all weights, the height is how wrong the answers
# are.

# %%
import matplotlib.pyplot as plt

import clearprop as cp
from clearprop.descent.display import WalkDisplay

island = cp.landscapes.island
print(island)
right = cp.descend(island, start=0.1, optimizer=cp.SGD(0.2))
left = cp.descend(island, start=-0.1, optimizer=cp.SGD(0.2))
print(right.ending)
print(left.ending)

# %% [markdown]
# The step is −η · slope. η, the learning rate, is the length of your stride. Here are the first
# three steps of the right walker.

# %%
for place, slope, change in zip(right.positions, right.slopes, right.updates[:3], strict=False):
    print(f"at {place[0]:.4f}, slope {slope[0]:.4f}: step −0.2 · slope = {change[0]:.4f}")

# %% [markdown]
# Both come to rest where every way leads up. One found the sea, the other a basin, and feet
# cannot tell them apart.

# %%
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
WalkDisplay.from_walks({"from 0.1": right, "from −0.1": left}, ax=ax)
plt.show()
print(cp.descend(island, starts=1000, optimizer=cp.SGD(0.2), seed=0))

# %% [markdown]
# ## Your turn
#
# A hill of your own: its height is x⁴ − 3x² + x. Give its slope. clearprop measures the slope by
# itself, and walks down only if yours is right.


# %%
# your turn
def slope(x):
    """Return the slope of x⁴ − 3x² + x."""
    return 4 * x**3


# %%
try:
    hill = cp.landscapes.own(lambda x: x**4 - 3 * x**2 + x, slope, box=(-2.2, 2.2))
    print("right:", cp.descend(hill, start=1.5, optimizer=cp.SGD(0.02)).ending)
except ValueError as told:
    print("not yet:", told)
