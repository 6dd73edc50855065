"""Does what the forms of invitations and applications ask for, and refuses what the API refuses."""

from collections import Counter
from datetime import datetime

from chalicelib.admin.english import LOCALE
from chalicelib.admin.once import Form
from chalicelib.audit.actor import Actor
from chalicelib.emails.suppressions import UNSUBSCRIBED
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.language.formats import listed
from chalicelib.notes.table import new_note
from chalicelib.onboarding.applications import ApplicationNotFound, approve, refuse
from chalicelib.onboarding.applications import find as find_application
from chalicelib.onboarding.invitations import BANNED, BEFORE, INVITED, PARTNER, TWICE, invite
from chalicelib.onboarding.shapes import Invitee, Refusal, read_invitees
from chalicelib.programs.find import find

_INVITED = {INVITED: "invited", BEFORE: "already invited", PARTNER: "already in the program", TWICE: "listed twice"}
_LEFT_OUT = {UNSUBSCRIBED: "unsubscribed from invitations", BANNED: "could not be invited (banned)"}
# They are in a flash message, and so in a cookie, which has 4,096 bytes at most.
_MOST_NAMED = 10


def admit(program: str, form: Form, *, actor: Actor, at: datetime) -> str:
    """Invite people, or answer an application. Returns the result, as a sentence."""
    action = form.get("action", "")
    if action in ("approve", "refuse"):
        _check_application(form.get("application", ""), program)
    if action == "approve":
        application = approve(form.get("application", ""), actor=actor, at=at)
        return f"{application.name} was approved and gets an email with the link to their page."
    if action == "refuse":
        words = bodies.typed({"note": form.get("note", "")}, Refusal, strict=True).note
        application = refuse(form.get("application", ""), new_note(words, at=at), actor=actor, at=at)
        return f"{application.name} was refused and gets an email. The note is kept on record and not sent."
    invitees = _invitees(action, form)
    results = [result for result, _ in invite(program, invitees, actor=actor, at=at)]
    numbers = Counter(results)
    done = ", ".join(f"{numbers[result]} {words}" for result, words in _INVITED.items() if numbers[result])
    parts = [done]
    for left_out, words in _LEFT_OUT.items():
        emails = [one.email for one, result in zip(invitees, results, strict=True) if result == left_out]
        more = [f"{len(emails) - _MOST_NAMED} more"] if len(emails) > _MOST_NAMED else []
        parts += [f"{listed([*emails[:_MOST_NAMED], *more], LOCALE)} {words}"] if emails else []
    return " ".join(f"{part}." for part in parts if part)


def _check_application(application: str, program: str) -> None:
    """Refuse an application to another program: who answers those of one may not answer them."""
    if find_application(application).program_id != find(program).program.id:
        raise ApplicationNotFound(f"There is no application {application!r} to this program.")


def _invitees(action: str, form: Form) -> list[Invitee]:
    if action == "invite":
        fields = {name: form[name] for name in ("email", "name", "locale") if name in form}
        return [bodies.typed(fields, Invitee, strict=True)]
    if action == "invite_all":
        return read_invitees(form.get("csv", "").encode())
    raise InvalidValue("Choose to invite, approve or refuse.", pointer="/action")
