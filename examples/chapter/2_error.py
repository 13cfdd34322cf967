"""The error of an output, its square, and the slope of the square: python 2_error.py."""

import numpy as np

import clearprop as cp
from clearprop.chapter.nudge import slopes

loss = cp.SquaredError()
target, output = np.array([[1.0]]), np.array([[0.92]])

print("error e = t - o     ", (target - output)[0, 0])
print("loss E = 1/2 e^2    ", loss.value(np, output, target)[0])
print("its slope, -e       ", loss.gradient(np, output, target)[0, 0])
print("the slope, measured ", slopes(lambda o: float(loss.value(np, o, target)[0]), output)[0, 0])
