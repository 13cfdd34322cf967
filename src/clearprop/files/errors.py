"""What is said when a file or the data in it cannot be used, in one sentence for a person."""


class DataError(ValueError):
    """Data that cannot be used as it is; the message says where it is wrong and what to do."""
