"""Does what is said on the page of terms: tries other terms, promises them, or withdraws some that have not begun."""

from datetime import datetime
from typing import Any

from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs.find import find, read
from chalicelib.programs.shapes import NewTerms, WithdrawnTerms
from chalicelib.programs.terms_versions import add_version, withdraw_version
from chalicelib.rewards.dry_run import dry_run
from chalicelib.rewards.impact_preview import preview_impact
from chalicelib.rewards.shapes import AffectedView, DryRun


def set_terms(program: str, form: dict[str, str], *, at: datetime) -> dict[str, Any]:
    """Do the one thing a form asks for, and return what came of it, for the page. Refuses what the API refuses."""
    if form.get("action") == "withdraw":
        version = bodies.typed({"version": form.get("version", "")}, WithdrawnTerms, strict=False).version
        return {"withdrawn": withdraw_version(program, version, at=at).version}
    draft = form.get("draft", "")
    if form.get("action") == "change":
        terms = add_version(find(program).program.id, bodies.read_body(draft, NewTerms), at=at)
        return {"changed": AffectedView.of(preview_impact(read(terms.id), terms))}
    return {"tried": _rehearsed(program, draft, form.get("from", ""), form.get("to", ""), at=at)}


def _rehearsed(program: str, draft: str, begins: str, ends: str, *, at: datetime) -> dict[str, object]:
    promise = read(find(program).program.id)
    body = bodies.read_body(draft, dict)
    new = bodies.typed({**body, "from": begins, "to": ends}, DryRun, strict=True)
    begin = bodies.read_instant(begins, pointer="/from")
    end = min(bodies.read_instant(ends, pointer="/to"), at)
    if begin >= end:
        raise InvalidValue("A span of time begins before it ends.", pointer="/from")
    found = dry_run(promise.program.id, new, begin=begin, end=end, at=at)
    return {"found": found, "currency": promise.program.currency, "complete": found.until >= end}
