"""New terms: written in a form or as JSON, checked, and published; upcoming ones are withdrawn."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.admin.once import begin_once
from chalicelib.admin.page import SHELL, AdminPage, AdminVisit, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.admin.terms import terms_pages
from chalicelib.admin.terms.refused_fields import in_one, reasons_of
from chalicelib.admin.terms.terms_fields import ENTRY, NAMES, ROWS, field_at, label_of
from chalicelib.admin.terms.terms_reading import entries_of, fields_of_terms, read_terms, with_entries
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.idempotency import Receipt
from chalicelib.kit.revisions import PreconditionFailed
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.shapes import NewTerms, WithdrawnTerms
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms_versions import add_version, check_terms, withdraw_version
from chalicelib.web import shell
from chalicelib.web.forms import takes


@signed_in
@needs("stats:read", "program")
def show_terms(visit: AdminVisit, id: str) -> Response:
    """Show a program's terms, and what was just published or withdrawn."""
    done = {name: visit.query[name] for name in ("published", "withdrawn") if name in visit.query}
    return respond(visit, terms_pages.terms(id, at=visit.at, **done))


@signed_in
@needs("admin", "program")
@takes("action", "draft", "before", "once", "version", "days")
def change_terms(visit: AdminVisit, id: str) -> Response:
    """Publish terms that were checked, once however often the form is sent, or withdraw some that have not begun."""
    action, here = visit.form.get("action"), f"/admin/programs/{quote(id, safe='')}/terms"
    if action == "withdraw":
        try:
            version = bodies.typed({"version": visit.form.get("version", "")}, WithdrawnTerms, strict=False).version
            withdrawn = withdraw_version(id, version, actor=visit.actor, at=visit.at).version
        except Refused as refusal:
            return respond_again(visit, terms_pages.terms(id, at=visit.at), refusal)
        return shell.redirect(SHELL, f"{here}?withdrawn={withdrawn}")
    if action != "publish":
        raise InvalidValue("Choose to publish or to withdraw.", pointer="/action")
    program_terms = programs.read(programs.find(id).program.id)
    try:
        published = _publish(visit, program_terms)
    except Refused as refusal:
        return _not_published(visit, program_terms, refusal)
    return shell.redirect(SHELL, f"{here}?published={published}")


def _publish(visit: AdminVisit, program_terms: ProgramTerms) -> str:
    """Publish checked terms, unless others were published since. Returns the number of the version."""
    new = bodies.read_body(visit.form.get("draft", ""), NewTerms)
    program_id = program_terms.program.id

    def publish(receipt: Receipt) -> TermsVersion:
        last = program_terms.last.version
        if visit.form.get("before") != str(last):
            raise PreconditionFailed(
                f"Version {last} was published or withdrawn after you checked these terms, so nothing was published. "
                "Check them again."
            )
        return add_version(program_id, new, actor=visit.actor, at=visit.at, receipt=receipt)

    return begin_once(
        visit.form,
        f"/admin/programs/{program_id}/terms",
        new,
        publish,
        id_of=lambda terms: str(terms.version),
        actor=visit.actor,
        at=visit.at,
    )


def _not_published(visit: AdminVisit, program_terms: ProgramTerms, refusal: Refused) -> Response:
    """Answer with the terms in the form, to be checked again; as they were sent, if they cannot be read."""
    try:
        new = _read(visit, program_terms)
    except Refused:
        page = terms_pages.as_json(program_terms, visit.form.get("draft", ""), days=_days(visit))
        return respond_again(visit, page, refusal, rest="draft")
    return _again(visit, program_terms, refusal, _as_fields(visit, program_terms, new))


@signed_in
@needs("admin", "program")
def show_form(visit: AdminVisit, id: str) -> Response:
    """Show the form for new terms, filled in with a version's, or with the last one's."""
    program_terms = programs.read(programs.find(id).program.id)
    fields = terms_pages.fields_of_version(program_terms, visit.query.get("version", ""), at=visit.at)
    return respond(visit, terms_pages.form(program_terms, fields, at=visit.at))


@signed_in
@needs("admin", "program")
@takes("action", "draft", "days", *NAMES)
def send_form(visit: AdminVisit, id: str) -> Response:
    """Check new terms, add or remove a part of the form, or turn it into JSON and back. Nothing is saved."""
    program_terms = programs.read(programs.find(id).program.id)
    verb, _, place = visit.form.get("action", "").partition(" ")
    changed = _changed(_fields(visit), verb, place)
    if changed is not None:
        return respond(visit, terms_pages.form(program_terms, changed, days=_days(visit), at=visit.at))
    if verb not in ("check", "form", "json"):
        raise InvalidValue("Choose to check the terms, or to show them as a form or as JSON.", pointer="/action")
    try:
        new = _read(visit, program_terms)
        return respond(visit, _page(verb, program_terms, new, visit))
    except Refused as refusal:
        if "draft" in visit.form:
            page = terms_pages.as_json(program_terms, visit.form["draft"], days=_days(visit))
            return respond_again(visit, page, refusal, rest="draft")
        return _again(visit, program_terms, refusal, _fields(visit))


def _read(visit: AdminVisit, program_terms: ProgramTerms) -> NewTerms:
    program = program_terms.program
    if "draft" not in visit.form:
        return read_terms(_fields(visit), program.currency, program.calendar.zone_at(visit.at))
    new = bodies.read_body(visit.form["draft"], NewTerms)
    if new.effective_from is not None:
        bodies.read_instant(new.effective_from, pointer="/effective_from")
    check_terms(new, currency=program.currency)
    return new


def _page(verb: str, program_terms: ProgramTerms, new: NewTerms, visit: AdminVisit) -> AdminPage:
    days = _days(visit)
    if verb == "json":
        return terms_pages.as_json(program_terms, terms_pages.draft_of(new), days=days)
    if verb == "form":
        return terms_pages.form(program_terms, _as_fields(visit, program_terms, new), days=days, at=visit.at)
    return terms_pages.check(program_terms, new, days=days, at=visit.at)


def _as_fields(visit: AdminVisit, program_terms: ProgramTerms, new: NewTerms) -> dict[str, str]:
    program = program_terms.program
    return fields_of_terms(new, program.currency, program.calendar.zone_at(visit.at))


def _again(visit: AdminVisit, program_terms: ProgramTerms, refusal: Refused, fields: dict[str, str]) -> Response:
    """Answer with the form as it was filled in: each field at fault with the reason, and all of them named above."""
    reasons = reasons_of(refusal, field_at)
    page = terms_pages.form(program_terms, fields, days=_days(visit), reasons=reasons, at=visit.at)
    return respond(visit, page, refusal=in_one(reasons, label_of), invalid=set(reasons) - {""})


def _changed(fields: dict[str, str], verb: str, place: str) -> dict[str, str] | None:
    """Return a form with one more entry in a list, one less, or one before the other; None if that is not asked for."""
    name, _, number = place.partition("/")
    rows = next((one for one in ROWS if one.name == name), None)
    if rows is None:
        return None
    entries = entries_of(fields, rows)
    if verb == "add":
        return with_entries(fields, rows, [*entries, {ENTRY: "on", **rows.new}][: rows.most])
    if number not in map(str, range(len(entries))):
        return None
    here = int(number)
    if verb == "remove":
        return with_entries(fields, rows, entries[:here] + entries[here + 1 :])
    if verb == "up" and here > 0:
        entries[here - 1 : here + 1] = reversed(entries[here - 1 : here + 1])
        return with_entries(fields, rows, entries)
    return None


def _fields(visit: AdminVisit) -> dict[str, str]:
    """Return the fields of the form for terms, with its entries numbered without gaps."""
    # Browsers end lines with CR and LF.
    sent = {name: text.replace("\r\n", "\n") for name, text in visit.form.items()}
    fields = {name: text for name, text in sent.items() if name not in ("action", "draft", "days")}
    for rows in ROWS:
        fields = with_entries(fields, rows, entries_of(fields, rows))
    return fields


def _days(visit: AdminVisit) -> int:
    """Return how many days a dry run is to go back."""
    return next((one for one in terms_pages.DAYS if str(one) == visit.form.get("days")), 30)


@signed_in
@needs("admin", "program")
def ask_to_withdraw_terms(visit: AdminVisit, id: str) -> Response:
    """Say what withdrawing a version of terms does."""
    return respond(visit, terms_pages.withdraw_terms(id, visit.query.get("version", "")))
