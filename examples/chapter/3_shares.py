"""One output's error of 0.08, spread over four weights: python 3_shares.py."""

import numpy as np

import clearprop as cp

weights = np.array([[0.6], [0.4], [0.1], [0.2]])  # four hidden units, one output
error = 1 - 0.92

for rule in (cp.credit.Even(), cp.credit.Proportional()):
    print(f"{type(rule).__name__:13}", (error * rule.shares(weights)).ravel().round(4))

try:
    cp.credit.Proportional().shares(np.array([[0.6], [-0.6]]))
except cp.credit.CancellingWeightsError as told:
    print(f"\nweights 0.6 and -0.6: {told}")
