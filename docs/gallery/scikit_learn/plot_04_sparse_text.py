"""
Sentences as sparse rows
========================

A bag of words is a matrix that is nearly all zeros. It goes into the network as it is: the
first layer multiplies only what is there.
"""

# %%
# Real sentences without a download: the descriptions of scikit-learn's data sets. Which set is a
# line about?

import re

import numpy as np
from sklearn import datasets
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

import clearprop as cp

about = {
    "iris": datasets.load_iris,
    "wine": datasets.load_wine,
    "cancer": datasets.load_breast_cancer,
}
about |= {"digits": datasets.load_digits, "diabetes": datasets.load_diabetes}
lines, kind = [], []
for name, load in about.items():
    found = [line for line in load().DESCR.splitlines() if len(re.findall("[a-z]{3,}", line)) >= 4]
    lines += found
    kind += [name] * len(found)
print(len(lines), "lines; one of them:", lines[20].strip())

# %%
# Words and pairs of words, then a network with dropout. ``class_weight`` makes short descriptions
# count as much.

train, test, kind_train, kind_test = train_test_split(lines, kind, stratify=kind, random_state=0)
pipe = make_pipeline(
    TfidfVectorizer(ngram_range=(1, 2)),
    cp.MLPClassifier(
        (32,), dropout=0.3, class_weight="balanced", random_state=0, learning_rate_init=0.01
    ),
).fit(train, kind_train)
rows = pipe[0].transform(train)
print(
    f"{rows.shape[0]} × {rows.shape[1]}, of which {rows.nnz / np.prod(rows.shape):.1%} are not zero"
)

# %%
# Lines it has never seen, and the commonest kind for comparison.

common = max(set(kind_test), key=kind_test.count)
print(f"right: {pipe.score(test, kind_test):.0%}")
print(f"always {common!r}: {np.mean(np.array(kind_test) == common):.0%}")
for line in ("each picture is a handwritten number", "age, sex and blood pressure of patients"):
    print(f"{line!r}: {pipe.predict([line])[0]}")
