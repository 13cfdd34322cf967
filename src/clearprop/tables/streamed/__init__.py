"""Table estimators fitted to streams: rows of raw columns that do not fit into memory."""
