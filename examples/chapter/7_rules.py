"""Every rule on plums and limes: direction, length, and training: python 7_rules.py."""

import numpy as np

import clearprop as cp
from clearprop.chapter.fruit import fruit

x, kind = fruit()
targets = np.eye(2)[kind]
net = cp.Chain(cp.Dense(2, 6), cp.Sigmoid(), cp.Dense(6, 2), cp.Sigmoid())
params = net.init(np.random.default_rng(0))

print(cp.credit.compare(net, cp.SquaredError(), params, x, targets))
print("\ntrained with η = 3")
for rule in (
    cp.credit.Exact(),
    cp.credit.TransposedWeights(),
    cp.credit.Proportional(),
    cp.credit.Even(),
    cp.credit.FeedbackAlignment(seed=1),
    cp.credit.DirectFeedbackAlignment(seed=1),
):
    run = cp.credit.train(
        net, cp.SquaredError(), params, x, targets, rule, rate=3.0, epochs=40, batch_size=10, seed=0
    )
    print(" ", run)
