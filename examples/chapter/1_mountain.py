"""Down a mountain in the fog, knowing only the slope underfoot: python 1_mountain.py."""

import numpy as np

from clearprop.chapter.mountain import height, picture, walk

right, left = walk(0.1), walk(-0.1)
print("\n".join(picture((right, left))))
for name, one in (("right", right), ("left", left)):
    print(
        f"from the {name}: {one.end}, {len(one.positions) - 1} steps, height {one.heights[-1]:.4f}"
    )

ends = [walk(start).end for start in np.random.default_rng(1).uniform(-1.6, 2.1, 20)]
print(f"of 20 dropped anywhere, {ends.count('the sea')} found the sea")
print(f"the summit, at 0, is {height(np.zeros(1)):.3f} high")
