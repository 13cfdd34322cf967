"""How well a training is: the numbers of one step, what they should be, and what to try."""
