"""The JAX engine: the definitions compiled by JAX, for its CPU, GPU or TPU, or several of them.

No module here but those that `engine.py` imports late imports JAX, which need not be installed.
"""
