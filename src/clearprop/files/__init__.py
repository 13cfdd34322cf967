"""Atomic writes, the container of model files, and strict JSON."""
