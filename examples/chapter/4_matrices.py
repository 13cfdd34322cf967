"""The errors of two outputs, brought to four hidden units: python 4_matrices.py."""

import numpy as np

import clearprop as cp

who = np.array([[0.6, 0.4, 0.1, 0.2], [0.1, 0.3, 0.2, 0.1]])  # a row for each output
errors = np.array([0.08, 0.04])

shares = cp.credit.Proportional().shares(who.T)
print("each column divided by its own sum:", shares.round(4), sep="\n")
print("proportional     ", (shares @ errors).round(4))
print("who.T @ e        ", (who.T @ errors).round(4))

# clearprop keeps rows, so W is who.T; a Dense layer's own backward step sends the same.
layer = cp.Dense(4, 2, bias=False)
sent, _ = layer.pullback(np, {"W": who.T}, np.zeros((1, 4)), errors[None, :])
print("Dense.pullback   ", sent[0].round(4))
