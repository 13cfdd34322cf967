"""Files that stay whole: atomic writes, the model file's container, strict JSON."""
