"""The list of action items; one or several are assigned, done or dismissed."""

from functools import partial

import msgspec
from chalice.app import Response

from chalicelib.access.api_keys import Forbidden
from chalicelib.admin.actions.action_list import (
    PATH,
    actions,
    describe,
    find_selected,
    item_page,
    label_of,
    names_of,
)
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import SHELL, AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.selected import FIELDS, do_with_each, find_results, question, results_page, selected_ids
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.revisions import PreconditionFailed, read_if_match
from chalicelib.kit.shapes import Words
from chalicelib.targets.change import assign, dismiss, mark_done
from chalicelib.targets.find import ActionItemNotFound, find
from chalicelib.targets.item_shapes import Assignment, ItemDismissal, ItemDone
from chalicelib.targets.table import ITEM, ActionItem
from chalicelib.web import shell
from chalicelib.web.forms import takes

_STALE = "Someone else changed this item after you opened this page, so nothing was saved. Check it, and try again."


class _Note(msgspec.Struct):
    note: Words


@signed_in
@needs("stats:read", "any program")
def show_actions(visit: AdminVisit) -> Response:
    """Show action items, by filters."""
    return show_list(visit, actions(visit))


@signed_in
@needs("stats:read", "any program")
def save_actions(visit: AdminVisit) -> Response:
    """Save what a list of action items shows."""
    return save_list(visit, actions(visit))


@signed_in
@needs("stats:read", "action item")
def show_action(visit: AdminVisit, id: str) -> Response:
    """Show an action item, and what was done."""
    return respond(visit, item_page(id, visit.rights, done=done_before(visit, _page_of(id))))


@signed_in
@needs("partners:write", "action item")
@takes("action", "owner", "due_on", "note", "reason", "etag")
def change_action(visit: AdminVisit, id: str) -> Response:
    """Assign an action item, mark it as done, or dismiss it."""
    try:
        done = _change(visit, id)
    except ActionItemNotFound:
        raise
    except PreconditionFailed:
        return respond_again(visit, item_page(id, visit.rights, typed=visit.form), PreconditionFailed(_STALE))
    except Refused as refusal:
        return respond_again(visit, item_page(id, visit.rights, typed=visit.form), refusal)
    return go_on(visit, _page_of(id), done)


def _change(visit: AdminVisit, id: str) -> str:
    form, action = visit.form, visit.form.get("action")
    note = {"note": form["note"]} if form.get("note") else {}
    if action == "assign":
        due = {"due_on": form["due_on"]} if form.get("due_on") else {}
        assigned = bodies.typed({"owner": form.get("owner") or None, **due}, Assignment, strict=True)
        assign(id, assigned, if_match=read_if_match(form.get("etag")), actor=visit.actor, at=visit.at)
        return "Saved."
    if action == "done":
        mark_done(id, bodies.typed(note, ItemDone, strict=True), actor=visit.actor, at=visit.at)
        return "Done."
    if action == "dismiss":
        new = bodies.typed({"reason": form.get("reason", ""), **note}, ItemDismissal, strict=True)
        dismiss(id, new, actor=visit.actor, at=visit.at)
        return "Dismissed."
    raise InvalidValue("Choose what to do.", pointer="/action")


@signed_in
@needs("partners:write", "any program")
@takes(*FIELDS)
def change_selected(visit: AdminVisit) -> Response:
    """Say what doing or dismissing several action items does; or do it with each, once for each form."""
    form = visit.form
    chosen = selected_ids(form)
    work, items = describe(form.get("action", ""), find_selected(chosen, visit.rights), visit.rights)
    if form.get("step") != "do":
        return respond(visit, question(work, items, typed=form, at=visit.at))
    try:
        bodies.typed({"note": form.get("note", "")}, _Note, strict=True)
    except InvalidValue as refusal:
        return respond_again(visit, question(work, items, typed=form, at=visit.at), refusal)
    do = partial(_change_one, visit)
    path = do_with_each(work, chosen, do, once=form.get("once", ""), actor=visit.actor, at=visit.at)
    return shell.redirect(SHELL, path)


def _change_one(visit: AdminVisit, identifier: str) -> None:
    if not visit.rights.may("partners:write", [find(identifier).program_id]):
        raise Forbidden("Your role does not allow this in its program.")
    note = visit.form.get("note")
    if visit.form["action"] == "done":
        mark_done(identifier, ItemDone(note), actor=visit.actor, at=visit.at)
    else:
        dismiss(identifier, ItemDismissal("not_needed", note), actor=visit.actor, at=visit.at)


@signed_in
@needs("partners:write", "any program")
def show_changed(visit: AdminVisit) -> Response:
    """Show what became of selected action items."""
    if "result" not in visit.query:
        return shell.redirect(SHELL, f"/admin/{PATH}")
    results = find_results(PATH, visit.query["result"], actor=visit.actor, at=visit.at)
    stored = list(rows.find_all(ActionItem, [(one.id, ITEM) for one in results]).values())
    names = names_of(stored)
    named = {item.id: (label_of(item, names), f"/admin/actions/{item.id}") for item in stored}
    return respond(visit, results_page(PATH, "today", results, named))


def _page_of(identifier: str) -> str:
    return f"/admin/actions/{identifier}"
