"""The list of a program's applications; several are approved or refused at once."""

from functools import partial

from chalice.app import Response

from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.partners import joining_forms
from chalicelib.admin.partners.application_list import applications, describe, find_selected, path_of
from chalicelib.admin.permissions import needs
from chalicelib.admin.selected import FIELDS, do_with_each, find_results, question, results_page, selected_ids
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import InvalidValue
from chalicelib.onboarding.shapes import Refusal
from chalicelib.partners.joining_table import Application
from chalicelib.programs import find as programs
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "program")
def show_applications(visit: AdminVisit, id: str) -> Response:
    """Show a program's applications, by filters."""
    return show_list(visit, applications(id, at=visit.at))


@signed_in
@needs("stats:read", "program")
def save_applications(visit: AdminVisit, id: str) -> Response:
    """Save what a list of applications shows."""
    return save_list(visit, applications(id, at=visit.at))


@signed_in
@needs("partners:write", "program")
@takes(*FIELDS)
def decide_selected(visit: AdminVisit, id: str) -> Response:
    """Say what approving or refusing several applications does; or do it with each, once for each form."""
    form, program_id = visit.form, programs.find(id).program.id
    chosen = selected_ids(form)
    work, items = describe(form.get("action", ""), find_selected(chosen, program_id), program_id)
    if form.get("step") != "do":
        return respond(visit, question(work, items, typed=form, at=visit.at))
    try:
        if work.asks_note:
            bodies.typed({"note": form.get("note", "")}, Refusal, strict=True)
    except InvalidValue as refusal:
        return respond_again(visit, question(work, items, typed=form, at=visit.at), refusal)
    do = partial(_decide, visit, program_id)
    path = do_with_each(work, chosen, do, once=form.get("once", ""), actor=visit.actor, at=visit.at)
    return shell.redirect(SHELL, path)


def _decide(visit: AdminVisit, program_id: str, application: str) -> None:
    form = {"action": visit.form["action"], "application": application, "note": visit.form.get("note", "")}
    joining_forms.admit(program_id, form, actor=visit.actor, at=visit.at)


@signed_in
@needs("partners:write", "program")
def show_decided(visit: AdminVisit, id: str) -> Response:
    """Show what became of selected applications."""
    path = path_of(programs.find(id).program.id)
    if "result" not in visit.query:
        return shell.redirect(SHELL, f"/admin/{path}")
    results = find_results(path, visit.query["result"], actor=visit.actor, at=visit.at)
    stored = rows.find_all(Application, [(one.id, "application") for one in results])
    named = {one: (row.name, "") for (one, _), row in stored.items()}
    return respond(visit, results_page(path, "programs", results, named))
