"""An output that lacks a character gets it spelled: no number changes, nothing fails."""

import ast
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import clearprop as cp
from clearprop.cli import encoding
from tests.cli.conftest import people

PROGRAM = [sys.executable, "-c", "from clearprop.cli import main; main()"]
SOURCE = Path(cp.__file__).parent


@pytest.fixture(autouse=True)
def handler():
    """Register the error handler, as the program does."""
    encoding.codecs.register_error(encoding.HANDLER, encoding.spell)


@pytest.mark.parametrize(
    ("text", "ascii_text", "latin_1"),
    [
        ("∂E/∂W₁ = xᵀ δ₁", "dE/dW1 = x^T delta1", "dE/dW1 = x^T delta1"),
        ("δ₁ = ∂E/∂a₁ ⊙ (1 − a₁²)", "delta1 = dE/da1 * (1 - a1^2)", "delta1 = dE/da1 * (1 - a1²)"),
        ("W₂ⁿᵉʷ = W₂ − η · ∂E/∂W₂", "W2^new = W2 - eta * dE/dW2", "W2^new = W2 - eta · dE/dW2"),
        ("4 · (−3.75) ≈ −15", "4 * (-3.75) ~ -15", "4 · (-3.75) ~ -15"),
        ("e⁻ᶻ, x⁴, x¹²", "e^-z, x^4, x^12", "e^-z, x^4, x¹²"),
        ("x̂ = ½ Σ_n √v(μ)", "x_hat = 1/2 sum_n sqrt v(mu)", "x_hat = ½ sum_n sqrt v(mu)"),
        ("64 → 10, 3 × 4, −∞", "64 -> 10, 3 x 4, -inf", "64 -> 10, 3 × 4, -inf"),
        ("\u2800⢸⣿", " ..".replace(" ", "\\u2800"), "\\u2800.."),
        ("Zoë, 東", "Zo\\xeb, \\u6771", "Zoë, \\u6771"),
    ],
)
def test_characters_are_spelled(text, ascii_text, latin_1):
    assert text.encode("ascii", encoding.HANDLER).decode("ascii") == ascii_text
    assert text.encode("latin-1", encoding.HANDLER).decode("latin-1") == latin_1
    assert text.encode("utf-8", encoding.HANDLER).decode() == text


def printed_characters():
    """Return the characters beyond ASCII of the package's strings that are no docstrings."""
    found = set()
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        docs = {
            id(node.value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(node.value) if id(node) not in docs else set()
    return {one for one in found if not one.isascii() and one.isprintable()}


def test_every_character_that_the_package_prints_has_a_spelling():
    letters = set("éøü")  # of names of people
    letters |= set("年月日итогвсе合计計总")  # of words that are looked for in tables
    printed = printed_characters()
    assert len(printed) > 40
    for character in printed - letters:
        spelled = character.encode("ascii", encoding.HANDLER).decode("ascii")
        assert "\\" not in spelled, character
        assert spelled, character


def test_a_decoding_error_is_not_spelled():
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", encoding.HANDLER)


class Stream(io.TextIOWrapper):
    """A stream of some encoding, and what was written to it."""

    def __init__(self, name):
        super().__init__(io.BytesIO(), encoding=name, write_through=True)

    @property
    def bytes(self):
        return self.buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "written"),
    [("ascii", b"-1 -> delta\n"), ("latin-1", b"-1 -> delta\n"),
     ("utf-8", "−1 → δ\n".encode())],
)  # fmt: skip
def test_what_is_said_is_in_the_encoding_of_the_stream(name, written, monkeypatch):
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    for place in ("stdout", "stderr"):
        monkeypatch.setattr(sys, place, Stream(name))
    encoding.prepare()
    encoding.say("−1 → δ")
    encoding.say("−1 → δ", err=True)
    assert sys.stdout.bytes == sys.stderr.bytes == written


@pytest.mark.parametrize(
    ("wish", "errors"),
    [("ascii", encoding.HANDLER), ("ascii:backslashreplace", "backslashreplace"),
     ("ascii:replace", "replace"), (":ignore", "ignore")],
)  # fmt: skip
def test_an_error_handler_that_was_wished_stays(wish, errors, monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", wish)
    stream = Stream("ascii")
    if ":" in wish:
        stream.reconfigure(errors=wish.partition(":")[2])
    for place in ("stdout", "stderr"):
        monkeypatch.setattr(sys, place, stream)
    encoding.prepare()
    assert stream.errors == errors


@pytest.mark.parametrize("name", ["ascii", "latin-1", "utf-8"])
def test_json_is_the_same_document_in_every_encoding(name, monkeypatch):
    monkeypatch.setattr(sys, "stdout", Stream(name))
    document = {"equation": "δ₁ = −½", "x": [1.5, None]}
    encoding.say_json(document)
    assert json.loads(sys.stdout.bytes.decode(name)) == document
    assert ("δ" in sys.stdout.bytes.decode(name)) == (name == "utf-8")
    with pytest.raises(ValueError, match="JSON"):
        encoding.say_json({"x": float("nan")})


def said(folder, name, *arguments):
    """Return what the program prints in an encoding, decoded."""
    done = subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        cwd=folder, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": name},
    )  # fmt: skip
    return done.stdout.decode(name.partition(":")[0])


def check_told_in_ascii(folder, run, *arguments):
    unicode, spelled = run(*arguments).out, said(folder, "ascii", *arguments)
    assert spelled.isascii()
    assert "?" not in spelled
    assert "\\" not in spelled
    assert spelled == unicode.encode("ascii", encoding.HANDLER).decode()
    assert unicode.count("−") <= spelled.count("-")


def test_a_descent_is_told_in_ascii(folder, run):
    check_told_in_ascii(folder, run, "descend", "x**4 - 3*x**2 + x", "--starts", "2")


@pytest.mark.slow
def test_a_step_is_told_in_ascii(folder, run):
    people(rows=40).to_csv("people.csv", index=False)
    assert run("train", "people.csv", "--target", "member", "--epochs", "2").code == 0
    check_told_in_ascii(folder, run, "explain", "people.clearprop", "people.csv", "--row", "1")
