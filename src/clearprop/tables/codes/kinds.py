"""What an input can be."""

VALUE = "value"
PIECE = "piece"
CATEGORY = "category"
MEAN = "mean of the target"
MISSING = "missing"
WORD = "word"
