# %% [markdown]
# # 2. How wrong is an output?
#
# An output o should have been t. The error is e = t − o. For learning, half its square is used: E
# = ½ e². Errors of opposite sign cannot hide each other then, large errors count for more, and
# the slope is simply −e.

# %%
import numpy as np

import clearprop as cp
from clearprop import chapter

found = chapter.item(2).numbers
print("        t        o        e        E    slope")
for row in zip(found.targets, found.outputs, found.errors, found.losses, found.slopes, strict=True):
    print("".join(f"{float(number):9.4f}" for number in row))
print("measured:", np.round(found.measured, 4))

# %% [markdown]
# In clearprop this loss is `SquaredError`. Its equations are read off its definition, here for
# two rows.

# %%
net = cp.Chain(cp.Dense(1, 1, bias=False))
params = {"dense1": {"W": np.array([[1.0]])}}
step = cp.explain(net, cp.SquaredError(), params, [[0.92], [0.5]], [[1.0], [0.0]])
for name in ("row_loss", "E", "delta1"):
    print(step.equation(name))
print(step.why("row_loss[0]"))

# %% [markdown]
# ## Your turn
#
# The two rows have o = 0.92, t = 1 and o = 0.5, t = 0. Fill in: the loss of each row, E, and the
# two slopes dE/do. Arithmetic may stand there, such as `"0.5 * 0.3 ** 2"`. E is a *mean* over
# rows.

# %%
# your turn
answers = {1: "0", 2: "0", 3: "0", 4: "0", 5: "0"}

# %%
sheet = cp.worksheet(
    step, blanks=["row_loss[0]", "row_loss[1]", "E", "dense1.dy[0,0]", "dense1.dy[1,0]"]
)
print(sheet.mark(answers))
