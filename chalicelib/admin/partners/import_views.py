"""Partners by a table: pasted, checked line by line, and imported; then what became of each line."""

from collections.abc import Mapping
from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.page import SHELL, AdminVisit, respond
from chalicelib.admin.partners import import_pages, import_results
from chalicelib.admin.partners.import_file import MOST_BYTES, text_of
from chalicelib.admin.partners.import_reading import read_table
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.programs import find as programs
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("partners:write", "program")
def show_form(visit: AdminVisit, id: str) -> Response:
    """Show the form that imports partners; with a token, the results of the import by it."""
    program, once = programs.find(id).program, visit.query.get("result", "")
    results = import_results.find_results(program.id, once, actor=visit.actor, at=visit.at) if once else None
    return respond(visit, import_pages.form(program, once=once, results=results))


@signed_in
@needs("partners:write", "program")
@takes("action", "once", "csv", "file")
def send_form(visit: AdminVisit, id: str) -> Response:
    """Check a pasted or uploaded table, go back to its form, or import its lines, once however often it is sent."""
    program, action = programs.find(id).program, visit.form.get("action")
    csv = visit.form.get("csv", "")
    try:
        csv = _text_in(visit.form)
    except InvalidValue as refusal:
        return respond_again(visit, import_pages.form(program, csv=csv), refusal, rest="file")
    if action == "form":
        return respond(visit, import_pages.form(program, csv=csv))
    if action not in ("check", "import"):
        raise InvalidValue("Choose to check or to import the table.", pointer="/action")
    try:
        if len(csv.encode()) > MOST_BYTES:
            raise InvalidValue(f"The text has more than {MOST_BYTES:,} bytes. Split it into several.", pointer="/")
        table = read_table(csv, program.id)
        if action == "check":
            results = import_results.check_lines(table, actor=visit.actor, at=visit.at)
            return respond(visit, import_pages.check(program, table, results, csv, at=visit.at))
        once = visit.form.get("once", "")
        import_results.import_once(csv, table, program_id=program.id, once=once, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        return respond_again(visit, import_pages.form(program, csv=csv), refusal, rest="csv")
    return shell.redirect(SHELL, f"/admin/programs/{program.id}/import?result={quote(once)}")


def _text_in(form: Mapping[str, str]) -> str:
    """Return the table in a form. Refuses a file beside text: which of them counts would be a guess."""
    text = form.get("csv", "")
    if "file" in form:
        if text:
            raise InvalidValue("Choose a file or paste text, not both.", pointer="/")
        text = text_of(form["file"])
    # Browsers end lines with CR and LF, and so do spreadsheets.
    return text.replace("\r\n", "\n").strip()


@signed_in
@needs("partners:write", "program")
def save_results(visit: AdminVisit, id: str) -> Response:
    """Save the results of an import as CSV."""
    program = programs.find(id).program
    results = import_results.find_results(program.id, visit.query.get("result", ""), actor=visit.actor, at=visit.at)
    saved = import_results.as_csv(results, program.id)
    return shell.save_as(SHELL, saved.text, saved.name)
