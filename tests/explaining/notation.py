"""Reading what is printed: text, LaTeX and MathML, as a person reads them.

Each notation becomes one row of tokens; what is invisible on paper (LaTeX's braces, MathML's mrow)
is dropped, so that what only looks grouped in the source is not grouped here. One parser computes
the row with school's rules: powers first, then · and / from the left, then + and −.
"""

import re
from typing import Any, NamedTuple
from xml.etree import ElementTree

from tests.explaining.intervals import FUNCTIONS, PICKED, Interval, exactly, printed


class Token(NamedTuple):
    """A sign or word, or a form that holds rows of its own: sup, frac, sqrt, cases."""

    kind: str
    rows: tuple[Any, ...] = ()


Row = list[Token]
SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
TEXT = re.compile(
    r"(?P<number>\d+(\.\d+)?(e[+−]?\d+)?)|(?P<sup>[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|"
    r"(?P<word>ln softmax|[a-zA-ZσΦ]+\d?)|(?P<sign>[+−·/>(),\[\]|√^:])|\s+"
)
LATEX = re.compile(r"\d+(\.\d+)?|\\[a-zA-Z]+|[a-zA-Z]+\d?|\\\\|\\[,|]|[{}()\[\]|+\-,&^_>:]|\s+")
COMMANDS = {
    r"\cdot": "·", "-": "−", r"\exp": "exp", r"\ln": "ln", r"\tanh": "tanh", r"\max": "max",
    r"\min": "min", r"\sigma": "σ", r"\Phi": "Φ",
}  # fmt: skip


def read_text(text: str) -> Interval:
    """Return what a line of text comes to."""
    row: Row = []
    for match in _whole(TEXT, text.replace("½", "0.5")):
        if match["number"]:
            row.append(Token("number", (match["number"].replace("−", "-"),)))
        elif match["sup"]:
            row.append(Token("sup", ([Token("exact", (match["sup"].translate(SUPERSCRIPTS),))],)))
        elif match["word"] or match["sign"]:
            row.append(Token(match["word"] or match["sign"]))
    return _computed(row)


def read_latex(text: str) -> Interval:
    """Return what a LaTeX formula comes to."""
    text = text.replace(r"\tfrac{1}{2}", "0.5")
    tokens = [match[0] for match in _whole(LATEX, text) if not match[0].isspace()]
    return _computed(_LatexReader(tokens).row(""))


def _whole(pattern: re.Pattern[str], text: str) -> list[re.Match[str]]:
    found, place = [], 0
    while place < len(text):
        match = pattern.match(text, place)
        assert match, f"cannot read {text[place:]!r}"
        found.append(match)
        place = match.end()
    return found


class _LatexReader:
    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.place = tokens, 0

    def take(self, expected: str = "") -> str:
        token = self.tokens[self.place]
        assert not expected or token == expected, f"{expected} expected, not {token}"
        self.place += 1
        return token

    def group(self) -> Row:
        self.take("{")
        return self.row("}")

    def word(self) -> str:
        self.take("{")
        end = self.tokens.index("}", self.place)
        words, self.place = self.tokens[self.place : end], end + 1
        return " ".join(words)

    def row(self, end: str) -> Row:
        """Read up to `end`; a group that nothing asks for is invisible."""
        found: Row = []
        while self.place < len(self.tokens):
            token = self.take()
            if token == end:
                return found
            if token == "{":
                found += self.row("}")
            elif token in (r"\left", r"\right", r"\,"):
                continue
            elif token == "^":
                exponent = self.group()
                ten = len(found) > 1 and found[-1] == Token("number", ("10",))
                found.append(Token("sup", (_exact(exponent) if ten else exponent,)))
            elif token == r"\frac":
                found.append(Token("frac", (self.group(), self.group())))
            elif token == r"\sqrt":
                found.append(Token("sqrt", (self.group(),)))
            elif token == r"\operatorname":
                found.append(Token(self.word()))
            elif token == r"\text":
                found += [Token(word) for word in re.findall(r"\w+|:", self.word())]
            elif token == r"\begin":
                found.append(self.cases())
            elif token[0].isdigit():
                found.append(Token("number", (token,)))
            else:
                found.append(Token(COMMANDS.get(token, token)))
        assert not end, f"{end} is missing"
        return found

    def cases(self) -> Token:
        assert self.word() == "cases"
        yes, condition, no = self.row("&"), self.row("\\\\"), self.row("&")
        assert condition.pop(0) == Token("where")
        assert self.row(r"\end") == [Token("else")]
        assert self.word() == "cases"
        return Token("cases", (yes, condition, no))


def _exact(row: Row) -> Row:
    return [Token("exact", token.rows) if token.kind == "number" else token for token in row]


CHILDREN = {"mfrac": 2, "msup": 2, "msub": 2, "munder": 2, "msubsup": 3, "msqrt": 1}
CORE = {"math", "mrow", "mi", "mn", "mo", "mtext", "mtable", "mtr", "mtd", *CHILDREN}
"""Elements of MathML Core that may be used, and how many children some must have."""


def check_mathml(source: str) -> ElementTree.Element:
    """Return the element, of MathML Core alone, each with as many children as it must have."""
    top = ElementTree.fromstring(source)
    for element in top.iter():
        name = _name(element)
        assert name in CORE, f"{name} is not of MathML Core"
        assert not element.attrib
        leaf = name in ("mi", "mn", "mo", "mtext")
        assert bool((element.text or "").strip()) == leaf
        assert not (element.tail or "").strip()
        if leaf:
            assert len(element) == 0
        if name in CHILDREN:
            assert len(element) == CHILDREN[name], f"{name} has {len(element)} children"
    return top


def read_mathml(source: str) -> Interval:
    """Return what a MathML formula comes to."""
    return _computed(_mathml_row(check_mathml(source)))


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


def _mathml_row(element: ElementTree.Element) -> Row:
    name, text = _name(element), element.text or ""
    parts = [_mathml_row(child) for child in element]
    if name in ("mrow", "math", "mtd", "mtr"):
        return [token for part in parts for token in part]
    if name == "mn":
        return [Token("number", (text.replace("−", "-").replace("½", "0.5"),))]
    if name == "mtext":
        words = [text] if text in PICKED else re.findall(r"\d+|\w+|:", text)
        return [Token("number", (w,)) if w.isdigit() else Token(w) for w in words]
    if name in ("mi", "mo"):
        return [] if text == "{" else [Token(text)]
    if name == "mfrac":
        return [Token("frac", tuple(parts))]
    if name == "msqrt":
        return [Token("sqrt", tuple(parts))]
    if name == "msup":
        return [*parts[0], Token("sup", (parts[1],))]
    assert name == "mtable", f"{name} does not belong among numbers"
    (yes, (where, *condition)), (no, otherwise) = [
        [_mathml_row(cell) for cell in line] for line in element
    ]
    assert where == Token("where") and otherwise == [Token("else")]
    return [Token("cases", (yes, condition, no))]


def _computed(row: Row) -> Interval:
    parser = _Parser(row)
    value = parser.choice()
    assert parser.place == len(row), f"what does {row[parser.place :]} mean?"
    return value


class _Parser:
    """Recursive descent over one row; each method reads what binds at least so tightly."""

    def __init__(self, row: Row) -> None:
        self.row, self.place = row, 0

    def next(self) -> str:
        return self.row[self.place].kind if self.place < len(self.row) else ""

    def take(self, expected: str = "") -> Token:
        assert self.place < len(self.row), "the formula breaks off"
        token = self.row[self.place]
        assert not expected or token.kind == expected, f"{expected} expected, not {token.kind}"
        self.place += 1
        return token

    def choice(self) -> Interval:
        yes = self.sum()
        if self.next() != "where":
            return yes
        self.take()
        condition = self.condition()
        self.take(",")
        self.take("else")
        return _chosen(condition, yes, self.sum())

    def condition(self) -> bool | None:
        """Return whether left > right, None where the digits do not tell."""
        left = self.sum()
        self.take(">")
        right = self.sum()
        if left.low > right.high:
            return True
        return False if left.high <= right.low else None

    def sum(self) -> Interval:
        value = self.product()
        while self.next() in ("+", "−"):
            sign, other = self.take().kind, self.product()
            value = value + other if sign == "+" else value - other
        return value

    def product(self) -> Interval:
        if self.next() == "−":
            self.take()
            return -self.product()
        value = self.power()
        while self.next() in ("·", "/"):
            sign, other = self.take().kind, self.power()
            value = value * other if sign == "·" else value / other
        return value

    def power(self) -> Interval:
        value = self.atom()
        if self.next() == "^":
            self.take()
            return value ** self.power()
        if self.next() == "sup":
            value = value ** _exponent(self.take().rows[0])
            assert self.next() != "sup", "a power of a power needs parentheses"
        return value

    def atom(self) -> Interval:
        token = self.take()
        if token.kind in ("number", "exact"):
            ten = token.rows == ("10",) and self.next() == "sup"
            return exactly(10.0) if ten else _number(token)
        if token.kind == "frac":
            return _computed(token.rows[0]) / _computed(token.rows[1])
        if token.kind == "sqrt":
            return FUNCTIONS["√"](_computed(token.rows[0]))
        if token.kind == "cases":
            yes, condition, no = token.rows
            return _chosen(_Parser(condition).condition(), _computed(yes), _computed(no))
        if token.kind == "√":
            return FUNCTIONS["√"](self.atom())
        if token.kind == "|":
            inside = self.sum()
            self.take("|")
            return inside.size()
        if token.kind == "(":
            return self.fenced()
        if token.kind == "ln" and self.next() == "softmax":
            self.take()
            return self.picked("ln softmax")
        if token.kind in PICKED:
            return self.picked(token.kind)
        assert token.kind in FUNCTIONS, f"{token.kind!r} is not a number"
        return FUNCTIONS[token.kind](*self.arguments())

    def fenced(self) -> Interval:
        if [token.kind for token in self.row[self.place + 1 : self.place + 3]] == ["more", ":"]:
            self.place += 3
        inside = self.choice()
        self.take(")")
        return inside

    def arguments(self) -> list[Interval]:
        self.take("(")
        found = [self.choice()]
        while self.next() == ",":
            self.take()
            found.append(self.choice())
        self.take(")")
        return found

    def picked(self, function: str) -> Interval:
        row = self.arguments()
        self.take("[")
        place = self.take("number").rows[0]
        self.take("]")
        return PICKED[function](*row)[int(place)]


def _exponent(row: Row) -> Interval:
    """A whole number in an exponent is exact."""
    if len(row) == 1 and row[0].kind in ("number", "exact") and row[0].rows[0].isdigit():
        return exactly(float(row[0].rows[0]))
    if len(row) == 2 and row[0].kind == "−" and row[1].kind == "exact":
        return exactly(-float(row[1].rows[0]))
    return _computed(row)


def _number(token: Token) -> Interval:
    text = token.rows[0]
    return exactly(float(text)) if token.kind == "exact" else printed(text)


def _chosen(condition: bool | None, yes: Interval, no: Interval) -> Interval:
    if condition is None:
        return yes.or_else(no)
    return yes if condition else no
