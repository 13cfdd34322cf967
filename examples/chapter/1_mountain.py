"""Down a mountain in the fog, knowing only the slope underfoot: python 1_mountain.py."""

import clearprop as cp
from clearprop.chapter.mountain import picture

island, stride = cp.landscapes.island, cp.SGD(0.2)

right = cp.descend(island, start=0.1, optimizer=stride)
left = cp.descend(island, start=-0.1, optimizer=stride)
print("\n".join(picture((right, left))))
print(right, left, sep="\n\n")

print()
print(cp.descend(island, starts=1000, optimizer=stride, seed=0))
