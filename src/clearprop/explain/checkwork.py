"""Checking one's own numbers against a step: the first wrong one, and its likely cause."""
