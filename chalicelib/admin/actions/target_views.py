"""The pages of targets and of partners who need attention; targets are set, replaced and ended."""

from collections.abc import Mapping
from functools import partial
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.actions import target_pages
from chalicelib.admin.actions.check_in_list import check_ins
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.once import begin_once
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.money import minor_units
from chalicelib.kit.revisions import PreconditionFailed, read_if_match
from chalicelib.programs import find as programs
from chalicelib.targets.set_target import end_target, find, replace_target, set_target
from chalicelib.targets.shapes import NewTarget, TargetEnd, TargetReplacement
from chalicelib.web.forms import takes

_MOST_DIGITS = 15
_STALE = "Someone else changed this target after you opened this page, so nothing was saved. Check it, and try again."


@signed_in
@needs("stats:read", "program")
def show_check_ins(visit: AdminVisit, id: str) -> Response:
    """Show who is stuck, or has gone quiet."""
    return show_list(visit, check_ins(id))


@signed_in
@needs("stats:read", "program")
def save_check_ins(visit: AdminVisit, id: str) -> Response:
    """Save who is stuck, or has gone quiet."""
    return save_list(visit, check_ins(id))


@signed_in
@needs("stats:read", "program")
def show_targets(visit: AdminVisit, id: str) -> Response:
    """Show a program's targets, and what was done."""
    return respond(visit, target_pages.targets(id, done=done_before(visit, _targets_of(id)), at=visit.at))


@signed_in
@needs("partners:write", "program")
@takes(*target_pages.FIELDS)
def add_target(visit: AdminVisit, id: str) -> Response:
    """Set a target, once however often the form is sent."""
    form = visit.form
    try:
        program = programs.find(id).program
        subject = f"partner:{form.get('partner', '')}" if form.get("for") == "partner" else form.get("for", "")
        fields = {name: form.get(name, "") for name in ("metric", "period")}
        days = {"from": form["from"]} if form.get("from") else {}
        value = _read_value(form, form.get("metric", ""), program.currency)
        new = bodies.typed({"for": subject, **fields, "value": value, **days}, NewTarget, strict=True)
        begin = partial(set_target, program.id, new, actor=visit.actor, at=visit.at)
        begin_once(
            form,
            _targets_of(program.id),
            new,
            lambda receipt: begin(receipt=receipt),
            id_of=lambda target: target.id,
            actor=visit.actor,
            at=visit.at,
        )
    except Refused as refusal:
        again = target_pages.targets(id, typed=form, at=visit.at)
        return respond_again(visit, again, refusal, rest="for")
    return go_on(visit, _targets_of(id), "The target is set.")


@signed_in
@needs("stats:read", "target")
def show_target(visit: AdminVisit, id: str) -> Response:
    """Show a target, and what was done."""
    return respond(visit, target_pages.target_page(id, done=done_before(visit, _page_of(id)), at=visit.at))


@signed_in
@needs("partners:write", "target")
@takes("action", "value", "from", "until", "etag", "once")
def change_target(visit: AdminVisit, id: str) -> Response:
    """Replace a target by one with another value, or end it."""
    target = find(id)
    try:
        done = _change(visit, id)
    except PreconditionFailed:
        page = target_pages.target_page(id, typed=visit.form, at=visit.at)
        return respond_again(visit, page, PreconditionFailed(_STALE))
    except Refused as refusal:
        return respond_again(visit, target_pages.target_page(id, typed=visit.form, at=visit.at), refusal)
    return go_on(visit, _targets_of(target.program_id), done)


def _change(visit: AdminVisit, id: str) -> str:
    form, action, target = visit.form, visit.form.get("action"), find(id)
    if_match = read_if_match(form.get("etag"))
    if action == "replace":
        value = _read_value(form, target.metric, programs.find(target.program_id).program.currency)
        days = {"from": form["from"]} if form.get("from") else {}
        new = bodies.typed({"value": value, **days}, TargetReplacement, strict=True)
        begin = partial(replace_target, id, new, if_match=if_match, actor=visit.actor, at=visit.at)
        begin_once(
            form,
            _page_of(id),
            new,
            lambda receipt: begin(receipt=receipt),
            id_of=lambda target: target.id,
            actor=visit.actor,
            at=visit.at,
        )
        return "The target is replaced."
    if action == "end":
        days = {"until": form["until"]} if form.get("until") else {}
        end = bodies.typed(days, TargetEnd, strict=True)
        end_target(id, end, if_match=if_match, actor=visit.actor, at=visit.at)
        return "The target is ended."
    raise InvalidValue("Choose what to do.", pointer="/action")


def _read_value(form: Mapping[str, str], metric: str, currency: str) -> int:
    """Return a value as it is typed: a whole number, or an amount of money."""
    text = form.get("value", "")
    if metric == "net_revenue":
        value = minor_units(text, currency)
    else:
        value = int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
    if value is None:
        example = (
            f"an amount in {currency}, such as 2500.00" if metric == "net_revenue" else "a whole number, such as 50"
        )
        raise InvalidValue(f"Enter {example}.", pointer="/value")
    return value


def _targets_of(program: str) -> str:
    return f"/admin/programs/{quote(program, safe='')}/targets"


def _page_of(identifier: str) -> str:
    return f"/admin/targets/{identifier}"
