"""Codes: how each column of a raw table becomes inputs of a network."""
