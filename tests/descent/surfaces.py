"""Surfaces of small networks for the tests of their page, the same on every machine."""

from functools import cache

import numpy as np

import clearprop as cp
from clearprop.descent import NetworkLoss, path_surface, random_surface, train_paths

NET = cp.Chain(cp.Dense(3, 5), cp.Tanh(), cp.Dense(5, 2))


def rows():
    x = np.random.default_rng(0).standard_normal((40, 3))
    return x, np.column_stack([np.sin(x[:, 0]), x[:, 1] * x[:, 2]])


@cache
def trained():
    params = NET.init(np.random.default_rng(0))
    options = {"optimizer": cp.Adam(0.02), "epochs": 25, "engine": "numpy"}
    paths = train_paths(NET, cp.SquaredError(), params, *rows(), restarts=3, seed=0, **options)
    return NetworkLoss.of(NET, cp.SquaredError(), params, *rows(), engine="numpy"), paths


@cache
def plane(points=31):
    loss, paths = trained()
    return path_surface(loss, paths, points=points, curvature=True)


@cache
def line():
    loss, paths = trained()
    return path_surface(loss, paths[:1], points=21, dimensions=1)


@cache
def around(points=15, reach=1.0):
    loss, paths = trained()
    return random_surface(loss, paths[0].weights[-1], points=points, reach=reach)


@cache
def overflowing():
    """Heights of which some are infinite."""
    loss, paths = trained()
    return random_surface(loss, paths[0].weights[-1], points=9, reach=1e154)


SURFACES = {"plane": plane, "line": line, "around": around, "overflowing": overflowing}
