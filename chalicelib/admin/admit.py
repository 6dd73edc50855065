"""Does what is said on the page of who joins: invites people, and answers those who asked to take part."""

from collections import Counter
from datetime import datetime

from chalicelib.emails.suppressions import UNSUBSCRIBED
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue
from chalicelib.onboarding.applications import approve, refuse
from chalicelib.onboarding.invitations import BEFORE, INVITED, PARTNER, TWICE, invite
from chalicelib.onboarding.shapes import Invitee, Refusal, read_invitees

_TOLD = {INVITED: "invited", BEFORE: "already invited", PARTNER: "already in the program", TWICE: "listed twice"}


def admit(program: str, form: dict[str, str], *, at: datetime) -> str:
    """Do the one thing a form asks for, and say what was done. Refuses what the API refuses."""
    action = form.get("action", "")
    if action == "approve":
        application = approve(form.get("application", ""), at=at)
        return f"{application.name} is approved and gets the link to their page by email."
    if action == "refuse":
        reason = bodies.typed({"reason": form.get("reason", "")}, Refusal, strict=True).reason
        application = refuse(form.get("application", ""), reason, at=at)
        return f"{application.name} was refused and will be told; the reason is kept on record, not sent."
    invitees = _invitees(action, form)
    results = [result for result, _ in invite(program, invitees, at=at)]
    done = Counter(results)
    told = ", ".join(f"{done[result]} {said}" for result, said in _TOLD.items() if done[result])
    no = [one.email for one, result in zip(invitees, results, strict=True) if result == UNSUBSCRIBED]
    unwanted = f"{', '.join(no)} unsubscribed from invitations" if no else ""
    return " ".join(f"{part}." for part in (told, unwanted) if part)


def _invitees(action: str, form: dict[str, str]) -> list[Invitee]:
    if action == "invite":
        given = {name: form[name] for name in ("email", "name", "locale") if name in form}
        return [bodies.typed(given, Invitee, strict=True)]
    if action == "invite_all":
        return read_invitees(form.get("csv", "").encode())
    raise InvalidValue("People are invited, approved or refused.", pointer="/action")
