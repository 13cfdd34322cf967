"""The fast reading: formulas restated as fused kernels. Tests bind each to its definition."""
