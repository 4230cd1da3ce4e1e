"""Code in colors, made on the server: `{% load code %}` and `{{ text|highlight:"terraform" }}`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Keyword, Literal, Name, Token, _TokenType, is_token_subtype
from pygments.util import ClassNotFound

register = template.Library()

# The first that fits: pygments' kinds of token are a tree, and these are the branches that get a color.
CLASSES: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "token-comment"),
    (Name.Tag, "token-key"),
    (Name.Attribute, "token-key"),
    (Name.Builtin, "token-keyword"),
    (Keyword, "token-keyword"),
    (Literal.String, "token-string"),
    (Literal.Number, "token-number"),
)


@register.filter
def highlight(text: str, language: str) -> SafeString:
    """The text with a `<span>` around what has a color; everything in it escaped. Unknown languages stay plain."""
    return format_html_join("", "{}{}{}", _parts(text, language))


def _parts(text: str, language: str) -> Iterator[tuple[SafeString | str, str, SafeString | str]]:
    lexer = _lexer(language)
    for kind, part in lexer.get_tokens(text) if lexer else [(Token, text)]:
        name = next((css for branch, css in CLASSES if is_token_subtype(kind, branch)), "")
        if name:
            yield SafeString(f'<span class="{name}">'), part, SafeString("</span>")
        else:
            yield "", part, ""


@cache
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False, ensurenl=False)
    except ClassNotFound:
        return None
