"""The readers: namespaces that the layers' and losses' mathematics is computed in.

A definition is written once, for a namespace ``xp``; who passes which namespace decides what the
definition means. Beside the operators ``+ - * / @ ** >`` and ``.T`` on its arrays, ``xp`` offers:

========================================  =======================================================
``sum mean`` (axis, keepdims)             over rows (axis 0) or within them (axis 1)
``exp expm1 log sqrt tanh``               the functions of these names
``absolute sign maximum minimum where``   with kinks; ``ones_like`` for their constants
``expit softplus``                        σ(z) = 1 / (1 + e⁻ᶻ), ln(1 + eᶻ)
``ndtr``                                  Φ(z), the standard normal's distribution function
``softmax log_softmax``                   within each row
========================================  =======================================================

That is all a layer may use. :mod:`~clearprop.readings.numpy` computes,
:mod:`~clearprop.readings.complex_step` differentiates without our formulas;
``clearprop.readings.jax`` compiles, where JAX is installed, and ``clearprop.readings.jax_shards``
reads a batch that is cut into shards as the whole batch.
"""

from clearprop.readings import complex_step, numpy

__all__ = ["complex_step", "numpy"]
