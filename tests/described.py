"""What the API says of itself, held against all that it answers in the flow tests."""

import re
from types import UnionType
from typing import get_args

import msgspec

import app as goodword
from chalicelib.kit.responses import Document
from chalicelib.kit.shapes import Problem

_PATTERNS = [
    (re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))), methods)
    for path, methods in goodword.app.routes.items()
]


def check(method, path, answer):
    """Hold an answer against what its endpoint declares: its status, its shape, and every choice in it."""
    plain = path.partition("?")[0]
    endpoint = next(
        (
            getattr(methods[method].view_function, "endpoint", None)
            for pattern, methods in _PATTERNS
            if method in methods and pattern.fullmatch(plain)
        ),
        None,
    )
    if endpoint is None or method == "HEAD":
        return
    if answer.status >= 400:
        msgspec.convert(answer.json, Problem)
        return
    assert answer.status == endpoint.status, f"{method} {path} answers {answer.status}"
    kinds = get_args(endpoint.answer) if isinstance(endpoint.answer, UnionType) else (endpoint.answer,)
    if answer.json is None:
        assert Document in kinds
    else:
        msgspec.convert(answer.json, next(kind for kind in kinds if kind is not Document))
