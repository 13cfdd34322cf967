"""SMS spam: one column of text, between tabs and full of quotes: python spam.py FOLDER."""

import numpy as np
from sets import folder, tell

import clearprop as cp
from clearprop.data import read

data = read(folder("sms-spam") / "SMSSpamCollection.gz", columns=["label", "text"], target="label")
print(*data.notes, sep="\n")
first = np.arange(len(data.y)) < round(0.3 * len(data.y))  # 30 % for training, as published

model = cp.TableClassifier(random_state=0).fit(data.X[first], data.y[first])
print(*model.inputs_.describe(), sep="\n")
found, truth = model.predict(data.X[~first]), data.y[~first]
tell(
    truth,
    ("accuracy", f"{100 * np.mean(found == truth):.2f} %"),
    ("spam that is caught", f"{100 * np.mean(found[truth == 'spam'] == 'spam'):.1f} %"),
    ("ham that is blocked", f"{100 * np.mean(found[truth == 'ham'] == 'spam'):.2f} %"),
    published="97.64 %, linear support vectors (Almeida et al. 2011, 30 % for training; not "
    "checked\nagainst the paper)",
)
