"""The compiled loops. Each restates a definition; tests bind every one to it."""
