"""What goes wrong when a table is trained on."""


class TrainingError(Exception):
    """Training that could not even begin; the message says why and what to do."""
