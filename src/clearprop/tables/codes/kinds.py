"""What an input can be."""

VALUE = "value"
PIECE = "piece"
CATEGORY = "category"
MISSING = "missing"
WORD = "word"
