"""Letter: 26 capital letters from 16 moments of their pixels: python letter.py FOLDER."""

import numpy as np
from sets import folder, tell

import clearprop as cp
from clearprop.data import read

data = read(folder("letter") / "LetterRecognition.csv.gz", target="lettr")
first = np.arange(len(data.y)) < 16_000  # the donor's split: train on the first 16,000

model = cp.TableClassifier(random_state=0).fit(data.X[first], data.y[first])
accuracy = model.score(data.X[~first], data.y[~first])
tell(
    data.y[~first],
    ("accuracy", f"{100 * accuracy:.2f} %"),
    published="a little over 80 % (the set's own description, of Frey and Slate 1991)",
)
