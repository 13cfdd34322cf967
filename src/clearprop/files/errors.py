"""The error for a file or data that cannot be used."""


class DataError(ValueError):
    """Data that cannot be used. The message says what is wrong, where, and what to do."""
