"""Learning by doing: the page on which a network trains with the package's own definitions."""
