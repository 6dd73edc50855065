"""The page of errors: every code, from where the code defines it."""

from typing import Any

from chalicelib.kit import errors
from infra.reference import document as source
from infra.reference.markdown import slug, table

# What helps, by status: it is what the status promises. A refusal that asks for something else says so itself, in a
# further paragraph of its docstring.
_TO_DO = {
    400: "Send valid JSON in UTF-8, with each name once.",
    401: "Send a valid key, as `Authorization: Bearer rk_...`; `make keys` makes one.",
    403: "Use a key that has the scope.",
    404: "Check the ID and whose it is: what belongs to someone else is not found either.",
    405: "Use a method that [api.md](api.md) lists for this address.",
    409: "Read in `detail` how things are now, and decide again; the same call is refused again.",
    410: "Ask for a new one: this one was used, or is too old.",
    412: "Read it again, and send the change with its current `ETag`.",
    413: "Send less in one call.",
    415: "Send the type of content that [api.md](api.md) names.",
    422: "Change what `pointer` in `errors` names, as `detail` says; the same call is refused again.",
    429: "Wait as long as `Retry-After` says, and send the same call again.",
    500: "Send the same call again, with the same `Idempotency-Key`; if that fails, the logs have its `request_id`.",
    503: "Wait as long as `Retry-After` says, and send the same call again.",
}


def page(document: dict[str, Any]) -> str:
    kinds = {errors.code_of(kind): kind for kind in _kinds(errors.Refused)}
    listed = errors.codes()
    parts = [
        "# Errors",
        "Every refusal is `application/problem+json` (RFC 9457) with a `code`, which is stable, and a `detail`, for"
        " people. A refusal changes nothing. `GET /v1/errors` answers with the same list.",
        table(
            ("code", "status", "meaning"),
            ((f"[`{one['code']}`](#{slug(one['code'])})", one["status"], one["meaning"]) for one in listed),
        ),
    ]
    parts += [_error(one, kinds.get(one["code"]), document) for one in listed]
    return "\n\n".join(part.rstrip() for part in parts)


def to_do(status: int, kind: type[errors.Refused] | None) -> str:
    """Return what helps: in the refusal's own words, or as its status promises."""
    _, _, further = (kind.__doc__ or "" if kind else "").strip().partition("\n\n")
    return " ".join(further.split()) or _TO_DO[status]


def _error(one: dict[str, Any], kind: type[errors.Refused] | None, document: dict[str, Any]) -> str:
    calls = [
        f"[`{method.upper()} {path}`](api.md#{slug(f'{method.upper()} {path}')})"
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if one["code"] in source.codes_of(operation)
    ]
    if one["code"] in source.at_the_door():
        calls = ["any call of the API"]
    where = f"`{kind.__module__}.{kind.__name__}`" if kind else f"`{errors.__name__}`"
    parts = [
        f"### {one['code']}",
        f"{one['status']}. {one['meaning']}",
        f"What to do: {to_do(one['status'], kind)}",
        f"Answered by: {', '.join(calls)}." if calls else "",
        f"Defined in {where}.",
    ]
    return "\n\n".join(part for part in parts if part)


def _kinds(kind: type[errors.Refused]) -> list[type[errors.Refused]]:
    return [kind, *(one for inner in kind.__subclasses__() for one in _kinds(inner))]
