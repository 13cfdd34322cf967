"""Tests of the readers' primitives."""
