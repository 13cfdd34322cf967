"""Check a copy of the course's class, and see its two slips: python 6_course.py."""

import numpy as np

import clearprop as cp


def my_train(wih, who, x, t, rate):
    """Change both matrices as you think one call of `train` does; put your own copy here."""
    h = 1 / (1 + np.exp(-wih @ x))
    o = 1 / (1 + np.exp(-who @ h))
    e = t - o
    who = who + rate * np.outer(e * o * (1 - o), h)
    wih = wih + rate * np.outer((who.T @ e) * h * (1 - h), x)
    return wih, who


params = cp.credit.course_network(3, 4, 2).init(np.random.default_rng(0))
wih, who = params["dense1"]["W"].T, params["dense2"]["W"].T
x, t, rate = np.array([0.2, 0.9, 0.4]), np.array([1.0, 0.0]), 0.1

mine = my_train(wih, who, x, t, rate)
for raw_error in (True, False):
    for after_update in (True, False):
        step = cp.credit.course_step(
            wih, who, x, t, rate, raw_error=raw_error, after_update=after_update
        )
        gap = max(abs(a - b).max() for a, b in zip(mine, step, strict=True))
        sent = "raw error" if raw_error else "delta"
        through = "updated weights" if after_update else "weights of the forward pass"
        verdict = "this is what yours does" if gap < 1e-14 else f"off by {gap:.1e}"
        print(f"{sent:9} through {through:27}  {verdict}")
print("The last one is gradient descent.")
