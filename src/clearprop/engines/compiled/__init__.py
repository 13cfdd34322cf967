"""The fast reading: hot formulas restated as fused kernels, each bound to its definition."""
