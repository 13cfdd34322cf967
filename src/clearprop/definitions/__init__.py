"""Every formula of the package, once: layers, losses, optimizers, schedules, initial weights.

A definition computes in a namespace ``xp`` that it is given. :mod:`clearprop.readings` has those
namespaces, and decides with them what a definition means: numbers, a proof, or an equation.
"""
