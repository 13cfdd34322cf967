"""The numbers that items 2 to 5 and the errata share: four hidden units, two outputs.

The first output is the chapter's: 0.92 where 1 was wanted, weights 0.6, 0.4, 0.1 and 0.2. The
hidden values and the second output are ours.
"""

from __future__ import annotations

import numpy as np

WHO = np.array([[0.6, 0.4, 0.1, 0.2], [0.1, 0.3, 0.2, 0.1]])
"""The chapter's ``who``: a row for each output, a column for each hidden unit."""

HIDDEN = np.array([0.8, 0.7, 0.6, 0.5])
"""What the hidden units put out: ``WHO @ HIDDEN`` is (0.92, 0.46)."""

TARGET = np.array([1.0, 0.5])
