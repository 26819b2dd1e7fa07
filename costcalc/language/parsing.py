"""Parse the text of an expression by Python's parser, without the signs our grammar lacks."""

import re
import warnings
from typing import TYPE_CHECKING, NamedTuple

from costcalc.errors import CostcalcError
from costcalc.layers.fields import show

if TYPE_CHECKING:
    import ast

MAX_LENGTH = 1000
"""Characters of an expression."""
_WORD = re.compile(r"[A-Za-z_]\w*|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_STRAY = re.compile(r"[^\w\s+\-*/%<>=!()\[\],.&|^~?:$\"']|[^\x00-\x7f]|[#\\`@;]")
_UNQUOTED = "inside { } or [ ] an expression with a comma needs quotes"


class ExpressionError(CostcalcError):
    """A fault at an offset in the expression's text."""

    def __init__(self, message: str, offset: int = 0, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.offset = offset


class Parsed(NamedTuple):
    tree: "ast.expr"
    source: str
    """What the parser read. It is as long as the text, so that offsets hold for both."""
    indent: int
    """Blanks before the tree's first column."""


def parse(text: str) -> Parsed:
    """Return the tree of an expression; raise ExpressionError if the text is not one."""
    import ast  # only a network with an expression needs it

    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"an expression has at most {MAX_LENGTH} characters")
    stray = _STRAY.search(text)
    if stray:
        raise ExpressionError(
            f"{stray[0]!r} has no meaning in an expression", stray.start(), _UNQUOTED
        )
    source = re.sub(r"\s", " ", _WORD.sub(_without_zeros, text))
    indent = len(source) - len(source.lstrip())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the parser's advice on Python does not apply
            tree = ast.parse(source.strip(), mode="eval")
    except SyntaxError as error:
        offset = indent + (error.offset or 1) - 1
        unbalanced = text.count("(") != text.count(")") or text.count("[") != text.count("]")
        raise ExpressionError(
            f"{show(text)} is not an expression",
            min(offset, len(text)),
            _UNQUOTED if unbalanced else None,
        ) from None
    except (ValueError, RecursionError, MemoryError, OverflowError):
        raise ExpressionError(f"{show(text)} is not an expression") from None
    return Parsed(tree.body, source, indent)


def _without_zeros(word: re.Match[str]) -> str:
    """Replace zeros before a number by blanks: 010 is ten, which Python would refuse."""
    number = re.sub(r"^0+(?=\d)", "", word[0])
    return number.rjust(len(word[0]))
