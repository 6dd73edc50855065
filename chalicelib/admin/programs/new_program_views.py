"""A new program, by a short form: written, checked, and created; then what to do next."""

from collections.abc import Mapping

from chalice.app import Response

from chalicelib.admin.once import begin_once
from chalicelib.admin.page import SHELL, AdminVisit, mode_asked, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.programs import new_program_pages
from chalicelib.admin.programs.new_program_reading import DEFAULTS, FIELDS, LABELS, field_at, read_program
from chalicelib.admin.session import signed_in
from chalicelib.admin.terms.refused_fields import in_one, reasons_of
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt
from chalicelib.programs.create import create
from chalicelib.programs.find import ProgramTerms
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("admin")
def show_form(visit: AdminVisit) -> Response:
    """Show the form for a new program."""
    return respond(visit, new_program_pages.form({**DEFAULTS, "mode": mode_asked(visit.query)}))


@signed_in
@needs("admin")
@takes("action", "once", *FIELDS)
def send_form(visit: AdminVisit) -> Response:
    """Check a new program, go back to its form, or create it, once however often the form is sent."""
    action, typed = visit.form.get("action"), _typed(visit)
    if action == "form":
        return respond(visit, new_program_pages.form(typed))
    if action not in ("check", "create"):
        raise InvalidValue("Choose to check or to create the program.", pointer="/action")
    try:
        new = read_program(typed)
        if action == "check":
            return respond(visit, new_program_pages.check(new, typed, at=visit.at))

        def begin(receipt: Receipt) -> ProgramTerms:
            return create(new, actor=visit.actor, at=visit.at, receipt=receipt)

        identifier = begin_once(
            visit.form,
            "/admin/programs",
            new,
            begin,
            id_of=lambda made: made.program.id,
            actor=visit.actor,
            at=visit.at,
        )
    except Refused as refusal:
        reasons = reasons_of(refusal, field_at)
        page = new_program_pages.form(typed, reasons)
        return respond(visit, page, refusal=in_one(reasons, LABELS.__getitem__), invalid=set(reasons) - {""})
    return shell.redirect(SHELL, f"/admin/programs/{identifier}/next-steps")


def _typed(visit: AdminVisit) -> Mapping[str, str]:
    # Browsers end lines with CR and LF.
    return {name: text.replace("\r\n", "\n") for name, text in visit.form.items() if name in FIELDS}


@signed_in
@needs("admin", "program")
def show_next_steps(visit: AdminVisit, id: str) -> Response:
    """Show what to do for a program, and what is done already."""
    return respond(visit, new_program_pages.next_steps(id))
