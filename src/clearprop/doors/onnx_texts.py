"""A column of texts in an ONNX graph: its words counted, weighed and scaled.

ONNX has no operator that splits a text into words; onnxruntime has one, `Tokenizer`.
"""

from __future__ import annotations

import numpy as np

from clearprop.doors.onnx_nodes import ONNXRUNTIME, Nodes
from clearprop.tables.codes.text import TextCode

WORD = r"[\pL\pN_]+"
"""Letters, digits and underscores, as \\w is in Python; onnxruntime's own \\w is ASCII only."""

PAD = "\x00"
"""What the operator fills short rows with: no word."""


def text_weights(nodes: Nodes, code: TextCode) -> str:
    """Return the inputs (N, words) of a column of texts, as `TextCode.sparse` makes them.

    The weight of a word is (1 + ln count) idf, and each row is scaled to one length.
    """
    flat = nodes.add("Reshape", code.name, nodes.constant([-1], np.int64))
    lower = nodes.add("StringNormalizer", flat, case_change_action="LOWER", locale="C")
    words = nodes.add(
        "Tokenizer", lower, domain=ONNXRUNTIME, mark=0, mincharnum=1, pad_value=PAD, tokenexp=WORD
    )
    spellings = [(form, place) for place, word in enumerate(code.words) for form in forms(word)]
    counts = nodes.add(
        "TfIdfVectorizer", words, mode="TF", min_gram_length=1, max_gram_length=1, max_skip_count=0,
        ngram_counts=[0], ngram_indexes=[place for _, place in spellings],
        pool_strings=[form for form, _ in spellings],
    )  # fmt: skip
    zero, one = (nodes.constant(number, np.float32) for number in (0.0, 1.0))
    logarithms = nodes.add("Add", nodes.add("Log", nodes.add("Max", counts, one)), one)
    weights = nodes.add("Mul", logarithms, nodes.constant(code.idf, np.float32, "idf"))
    weights = nodes.add("Where", nodes.add("Greater", counts, zero), weights, zero)
    norm = nodes.add("ReduceL2", weights, nodes.constant([1], np.int64), keepdims=1)
    norm = nodes.add("Where", nodes.add("Greater", norm, zero), norm, one)
    scaled = nodes.add("Div", weights, norm)
    return nodes.add("Mul", scaled, nodes.constant(code.length, np.float32))


def forms(word: str) -> list[str]:
    """Return how a word may be written after the letters A to Z are made small.

    The operator knows no other capital letters without a locale, which machines may lack.

    >>> forms("été"), forms("sun")
    (['été', 'Été', 'ÉtÉ'], ['sun'])
    """
    ascii_lower = {ord(letter): letter.lower() for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
    written = (word, word.capitalize(), word.upper())
    found = dict.fromkeys(one.translate(ascii_lower) for one in written)
    return [one for one in found if one.lower() == word]
