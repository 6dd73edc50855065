"""What the API says of itself, held against all that it answers in the flow tests."""

from collections import defaultdict
from types import UnionType
from typing import get_args

import msgspec

import app as goodword
from chalicelib.kit.responses import Document, ExportPart
from chalicelib.kit.shapes import Problem
from infra.local.gateway import pattern

# By the method, and by how many parts an address has: where it is, and what answers there.
_ENDPOINTS = defaultdict(list)
for _path, _methods in goodword.app.routes.items():
    _address = pattern(_path)
    for _method, _route in _methods.items():
        if _endpoint := getattr(_route.view_function, "endpoint", None):
            _ENDPOINTS[_method, _path.count("/")].append((_address, _endpoint))


def check(method, path, answer):
    """Hold an answer against what its endpoint declares: its status, its shape, and every choice in it."""
    plain = path.partition("?")[0]
    alike = _ENDPOINTS.get((method, plain.count("/")), [])
    endpoint = next((endpoint for address, endpoint in alike if address(plain)), None)
    if endpoint is None or method == "HEAD":
        return
    if answer.status >= 400:
        msgspec.convert(answer.json, Problem)
        return
    assert answer.status == endpoint.status, f"{method} {path} answers {answer.status}"
    kinds = get_args(endpoint.answer) if isinstance(endpoint.answer, UnionType) else (endpoint.answer,)
    if answer.json is None:
        assert Document in kinds or ExportPart in kinds
    else:
        msgspec.convert(answer.json, next(kind for kind in kinds if kind is not Document))
