"""The OpenAPI 3.1 document, written from the very types that validate requests and from what their views may refuse."""

import json
import re
from collections.abc import Iterable
from types import UnionType
from typing import Any, get_args

import msgspec

from chalicelib.access.endpoint import Endpoint
from chalicelib.kit.responses import Document, ExportPart
from chalicelib.kit.shapes import END, Problem
from infra.reference import prose

_COMPONENTS = "#/components/schemas/{name}"
_JSON, _PROBLEM = "application/json", "application/problem+json"
_TEXT = {"type": "string"}

Schema = dict[str, Any]
# What a file may be written as, and the headers that go with it.
FILES: dict[Any, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Document: (("text/csv",), ("Content-Disposition", "Goodword-Part")),
    ExportPart: (
        ("text/csv", "application/x-ndjson"),
        ("Content-Disposition", "Goodword-Next-Cursor", "Goodword-Complete-Until"),
    ),
}


def schemas_of(endpoints: list[Endpoint], *, called: Iterable[Any]) -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """
    Return what refers to each type that is sent or answered, and the named schemas those are made of.

    *called* are the bodies of calls that are made of others' servers.
    """
    kinds: list[Any] = [Problem, *dict.fromkeys(called)]
    for spec in endpoints:
        body = spec.body if spec.takes == _JSON else None
        kinds += [kind for kind in (body, *answers_of(spec)) if kind not in (None, *FILES, *kinds)]
    references, named = msgspec.json.schema_components(kinds, ref_template=_COMPONENTS)
    whole = _portable({"references": list(references), "named": named})
    named = {_page_name(name): {**schema, "title": _page_name(name)} for name, schema in whole["named"].items()}
    return dict(zip(kinds, whole["references"], strict=True)), named


def _portable(part: Any) -> Any:
    """Return schemas as others read them: pages under names of their own, patterns that end as ECMA-262's do."""
    written = json.dumps(part)
    written = re.sub(r'(?<=#/components/schemas/)[^"]+', lambda match: _page_name(match[0]), written)
    return json.loads(written.replace(json.dumps(END)[1:-1], "$"), object_hook=_open)


def _open(part: Schema) -> Schema:
    """Return a schema of names and values of any kind as one that says so: generators take it for an empty one."""
    return part | {"additionalProperties": True} if part == {"type": "object"} else part


def _page_name(name: str) -> str:
    """Return the name of a schema; what is generic has another than Python gives it."""
    inner = re.fullmatch(r"(?:List)?Page_(\w+)_", name)
    return f"{inner[1].removesuffix('View')}Page" if inner else name


def operation(
    path: str, method: str, *, name: str, spec: Endpoint, refusals: dict[str, int], references: dict[Any, Schema]
) -> Schema:
    """Return an endpoint's operation; *refusals* are the codes it may answer with, and the status of each."""
    security: list[Schema] = [{_scheme(spec.scope): []}] if spec.scope else []
    described: Schema = {
        "operationId": _camel(name),
        "summary": _summary(spec.summary),
        "description": "\n\n".join([spec.summary, *_remarks(spec, method)]),
        "tags": [tag(path)],
        "security": security,
        "parameters": _parameters(path, method, spec),
        "responses": {str(spec.status): _answer(method, spec, references)} | problems(refusals),
    }
    if spec.scope is not None:
        described["x-scope"] = spec.scope
    if spec.body is not None:
        schema = references.get(spec.body, _TEXT)
        described["requestBody"] = {
            "description": prose.of_shape(spec.body) if spec.takes == _JSON else prose.CSV_OF_PEOPLE,
            "required": True,
            "content": {spec.takes: {"schema": schema}},
        }
    return described


def webhook(name: str, asks: str, reference: Schema) -> Schema:
    """Return a call to another party's server: an operation of theirs, with the body the document describes."""
    return {
        "post": {
            "operationId": _camel(f"receive_{name}".replace(".", "_")),
            "summary": asks.rstrip("."),
            "description": f"{asks}\n\n{prose.SIGNED}",
            "security": [],
            "parameters": prose.SIGNATURE_HEADERS,
            "requestBody": {"required": True, "content": {_JSON: {"schema": reference}}},
            "responses": {"2XX": {"description": "It was done."}},
        }
    }


def tag(path: str) -> str:
    """Return which part of the API an address belongs to: its first word that is neither a version nor a variable."""
    words = [word for word in path.split("/") if word and not word.startswith("{")]
    return words[1] if words[0] == "v1" else "service"


def problems(refusals: dict[str, int]) -> Schema:
    """Return the responses for codes, by their status; each code has its example among the components."""
    by_status: dict[str, list[str]] = {}
    for code, status in sorted(refusals.items()):
        by_status.setdefault(str(status), []).append(code)
    return {status: _refused(status, codes) for status, codes in sorted(by_status.items())}


def _refused(status: str, codes: list[str]) -> Schema:
    examples = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
    headers = {"X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}}
    if status in prose.HEADERS_OF_STATUS:
        name = prose.HEADERS_OF_STATUS[status]
        headers[name] = {"$ref": f"#/components/headers/{name}"}
    return {
        "description": f"{prose.STATUSES[status]} Code: {' or '.join(f'`{code}`' for code in codes)}.",
        "headers": headers,
        "content": {_PROBLEM: {"schema": {"$ref": _COMPONENTS.format(name="Problem")}, "examples": examples}},
    }


def answers_of(spec: Endpoint) -> tuple[Any, ...]:
    """Return what an endpoint answers with: one shape, or also a file."""
    return get_args(spec.answer) if isinstance(spec.answer, UnionType) else (spec.answer,)


def _answer(method: str, spec: Endpoint, references: dict[Any, Schema]) -> Schema:
    answers, content, names = answers_of(spec), list[tuple[str, Schema]](), ["X-Request-Id"]
    for one in answers:
        kinds, headers = FILES.get(one, ((_JSON,), ()))
        content += [(kind, _TEXT if one in FILES else references[one]) for kind in kinds]
        names += headers
    if method == "POST" and (spec.replays or spec.status == 201):
        names.append("Idempotent-Replayed")
    if spec.tagged:
        names.append("ETag")
    shapes = [one for one in answers if one not in FILES]
    return {
        "description": prose.of_shape(shapes[0]) if shapes else prose.FILES[answers[0]],
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {kind: {"schema": schema} for kind, schema in content},
    }


def _parameters(path: str, method: str, spec: Endpoint) -> list[Schema]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": prose.PATH_SCHEMA}
        for name in re.findall(r"\{(\w+)\}", path)
    ]
    schema = _portable(msgspec.json.schema(spec.query))
    query = schema["$defs"][schema["$ref"].rpartition("/")[2]]
    for name, kind in query.get("properties", {}).items():
        required = name in query.get("required", [])
        parameters.append({"name": name, "in": "query", "required": required, "schema": _without_null(kind)})
    if method == "POST" and spec.replays:
        parameters.append({"$ref": "#/components/parameters/Idempotency-Key"})
    if method == "PATCH" and spec.tagged:
        parameters.append({"$ref": "#/components/parameters/If-Match"})
    return parameters


def _without_null(schema: Schema) -> Schema:
    """Return the schema of a query parameter where it is given: in a query string there is no null."""
    choices: list[Schema] = [one for one in schema.get("anyOf", []) if one.get("type") != "null"]
    return choices[0] if len(choices) == 1 else schema


def _scheme(scope: str) -> str:
    return "publishableKey" if scope == "leads:write" else "secretKey"


def _summary(sentence: str) -> str:
    """Return the first part of a sentence, which says what is done."""
    return re.split(r"[;:]| by default| up to ", sentence)[0].rstrip(".,")


def _remarks(spec: Endpoint, method: str) -> list[str]:
    remarks = [f"Needs a key with the scope `{spec.scope}`." if spec.scope else "Needs no key."]
    if method == "POST" and spec.replays:
        remarks.append("With an `Idempotency-Key`, a repeat is answered as the first call was.")
    return remarks


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.title() for word in rest)
