"""The pages of asking: what it brought, limits and rules, and the list of moments."""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import quote, urlencode

from chalice.app import Response
from msgspec import Meta, Struct
from msgspec.structs import replace

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import asking_pages
from chalicelib.admin.programs.asking_words import read_metadata
from chalicelib.admin.programs.moment_list import moments
from chalicelib.admin.revised_forms import in_words
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.money import minor_units
from chalicelib.kit.revisions import read_if_match
from chalicelib.language.texts import languages
from chalicelib.moments.settings import set_asking
from chalicelib.programs import find as programs
from chalicelib.programs.asking import MOST_RULES, Asking, AskRule, NotBefore
from chalicelib.programs.table import Program
from chalicelib.web.forms import takes

_WORDS = tuple(f"words_{tag}" for tag, _ in languages())


class _Limits(Struct, forbid_unknown_fields=True):
    """How often customers are asked at most, as `Asking` has it."""

    quiet_days: Annotated[int, Meta(ge=1, le=365)]
    most_a_year: Annotated[int, Meta(ge=1, le=12)]


@signed_in
@needs("stats:read", "program")
def show_asking(visit: AdminVisit, id: str) -> Response:
    """Show what asking brought, the rules and the limits."""
    return respond(visit, asking_pages.asking(id, done=done_before(visit, _path(id)), at=visit.at))


@signed_in
@needs("moments:write", "program")
@takes(*asking_pages.LIMITS, "etag")
def save_limits(visit: AdminVisit, id: str) -> Response:
    """Save how often customers are asked at most, what they have done before, and how many are held out."""
    program = programs.read(programs.find(id).program.id).program
    try:
        changed = _with_limits(program.asking or Asking(), visit.form)
        if_match = read_if_match(visit.form.get("etag"))
        set_asking(id, changed, if_match=if_match, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = asking_pages.asking(id, typed=visit.form, refusal=refusal, at=visit.at)
        return respond_again(visit, page, in_words(refusal))
    return go_on(visit, _path(id), "Saved. It is in effect within half a minute.")


@signed_in
@needs("moments:write", "program")
def show_rule(visit: AdminVisit, id: str) -> Response:
    """Show the form of a rule, or of a new one."""
    name = visit.query.get("name", "")
    return respond(visit, asking_pages.rule_page(id, name, done=done_before(visit, _rule_path(id, name))))


@signed_in
@needs("moments:write", "program")
@takes(*asking_pages.RULE, *_WORDS, "etag")
def save_rule(visit: AdminVisit, id: str) -> Response:
    """Save a rule: a new one, or one that is there, whose name stays."""
    name = visit.form.get("rule", "")
    program = programs.read(programs.find(id).program.id).program
    try:
        rule = _rule_of(visit.form, name, program)
        stored = program.asking or Asking()
        if not name and stored.rule(rule.name) is not None:
            raise InvalidValue("Another rule has this name.", pointer="/name")
        if stored.rule(rule.name) is None and len(stored.rules) >= MOST_RULES:
            raise InvalidValue(f"A program has at most {MOST_RULES} rules.", pointer="/name")
        if_match = read_if_match(visit.form.get("etag"))
        set_asking(id, stored.with_rule(rule), if_match=if_match, actor=visit.actor, at=visit.at)
    except NotFound:
        raise
    except Refused as refusal:
        page = asking_pages.rule_page(id, name, typed=visit.form, refusal=_of_field(refusal))
        return respond_again(visit, page, in_words(_of_field(refusal)))
    return go_on(visit, _path(id), f"The rule {rule.name} is saved. It is in effect within half a minute.")


@signed_in
@needs("stats:read", "program")
def show_moments(visit: AdminVisit, id: str) -> Response:
    """Show who was asked, who was not and why, and what became of it."""
    return show_list(visit, moments(id))


@signed_in
@needs("stats:read", "program")
def save_moments(visit: AdminVisit, id: str) -> Response:
    """Save who was asked, who was not and why, and what became of it."""
    return save_list(visit, moments(id))


def _with_limits(stored: Asking, form: Mapping[str, str]) -> Asking:
    """Return settings with the limits that were typed; a refusal points to its field."""
    least = {name: _whole(form, name) for name in ("purchases", "days") if form.get(name, "").strip()}
    hold_out = form.get("hold_out", "").strip().replace(",", ".")
    try:
        share = round(float(hold_out) * 100) if len(hold_out) <= 6 else -1
    except ValueError:
        share = -1
    if not 0 <= share <= 5000:
        raise InvalidValue("Enter a percentage from 0 to 50, such as 10.", pointer="/hold_out")
    typed = {name: _whole(form, name) for name in ("quiet_days", "most_a_year")}
    limits = bodies.typed(typed, _Limits, strict=True)
    not_before = bodies.typed(least, NotBefore, strict=True)
    return replace(
        stored,
        quiet_days=limits.quiet_days,
        most_a_year=limits.most_a_year,
        hold_out_bp=share,
        not_before=not_before,
    )


def _rule_of(form: Mapping[str, str], name: str, program: Program) -> AskRule:
    when: dict[str, object] = {"metadata": read_metadata(form.get("metadata", ""))}
    if form.get("number", "").strip():
        when["number"] = _whole(form, "number")
    if form.get("minimum_amount", "").strip():
        amount = minor_units(form["minimum_amount"], program.currency)
        if amount is None:
            raise InvalidValue(f"Enter an amount in {program.currency}, such as 25.00.", pointer="/minimum_amount")
        when["minimum_amount"] = amount
    own = {tag: form[f"words_{tag}"].replace("\r\n", "\n") for tag, _ in languages() if form.get(f"words_{tag}")}
    body = {
        "name": name or form.get("name", "").strip(),
        "on": form.get("on", "").strip(),
        "active": form.get("active") == "yes",
        "when": when,
        "wait_hours": _whole(form, "wait_hours"),
        "by": form.get("by", ""),
        "words": own,
    }
    return bodies.typed(body, AskRule, strict=True)


def _whole(form: Mapping[str, str], name: str) -> int:
    text = form.get(name, "").strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InvalidValue("Enter a whole number.", pointer=f"/{name}")
    return int(text)


def _of_field(refusal: Refused) -> Refused:
    """Return a refusal that points to the form's own fields: those of conditions and of words are nested in the API."""
    if isinstance(refusal, InvalidValue):
        for one in (refusal, *refusal.others):
            parts = (one.pointer or "").strip("/").split("/")
            if parts[0] == "rules" and len(parts) > 2:
                parts = parts[2:]
            if parts[0] == "when":
                one.pointer = f"/{parts[1]}" if len(parts) > 1 else "/on"
            elif parts[0] == "words":
                one.pointer = f"/words_{parts[1]}" if len(parts) > 1 else f"/{_WORDS[0]}"
            else:
                one.pointer = f"/{parts[0]}"
    return refusal


def _path(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/asking"


def _rule_path(program: str, name: str) -> str:
    return f"{_path(program)}/rule" + (f"?{urlencode({'name': name})}" if name else "")
