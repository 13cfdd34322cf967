"""Tests of the layers, one module for each of theirs."""
