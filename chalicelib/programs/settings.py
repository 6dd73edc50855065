"""A program's settings: how people come into it, what they share, and who its emails come from."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import urls
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import InvalidValue, refuse_invalid
from chalicelib.programs import share_texts as texts
from chalicelib.programs.find import ProgramTerms, find, read
from chalicelib.programs.shapes import Consent, Joining, NewSender
from chalicelib.programs.share_texts import ShareTexts
from chalicelib.programs.table import Program

_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(:[1-9]\d{0,4})?")


def change_settings(
    reference: str,
    *,
    joining: Joining | None = None,
    consent: Consent | None = None,
    origins: Sequence[str] | None = None,
    share_texts: Mapping[str, ShareTexts] | None = None,
    actor: Actor,
    at: datetime,
) -> ProgramTerms:
    """
    Set what is given, and leave the rest; in effect within half a minute. Terms are another matter.

    Refused: what is no origin as a browser sends it, and a share text with a name that does not exist.
    """
    check_settings(origins=origins or (), share_texts=share_texts or {})
    program = read(find(reference).program.id).program
    actions = []
    if joining is not None:
        actions.append(Program.joining.set(joining))
    if consent is not None:
        actions.append(Program.consent.set(consent))
    if origins is not None:
        actions.append(Program.origins.set(list(origins)))
    if share_texts is not None:
        actions.append(Program.share_texts.set(dict(share_texts)))
    if actions:
        changed = writes.update_if(program, *actions, condition=Program.created_at == program.created_at)
        actor.commit(changed, action="program.settings_changed", subject=program.id, at=at)
    return read(program.id)


def check_settings(*, origins: Sequence[str], share_texts: Mapping[str, ShareTexts]) -> None:
    """Refuse what is no origin, and share texts with names that do not exist, with all that is wrong."""
    sentence = "An origin is `https://`, a host, and a port if it is not 443."
    no_origins = [(f"/origins/{number}", sentence) for number, one in enumerate(origins) if not is_origin(one)]
    refuse_invalid([*no_origins, *texts.find_objections(share_texts)])


def is_origin(text: str) -> bool:
    """Return whether this is an origin as browsers send it: scheme, host, and a port unless it is the usual one."""
    parts = _ORIGIN.fullmatch(text)
    if parts is None or not urls.is_host(parts[2]) or parts[3] in (":443", ":80"):
        return False
    return parts[1] == "https" or parts[2] in ("localhost", "127.0.0.1")


def set_sender(reference: str, new: NewSender, *, actor: Actor, at: datetime) -> Program:
    """
    Set sender and address for answers, or none; in effect within half a minute.

    Refused: a name without an address.
    """
    if new.name is not None and new.email is None:
        raise InvalidValue("A sender needs an address, not only a name.", pointer="/email")
    program = read(find(reference).program.id).program
    actions = [
        field.set(value) if value is not None else field.remove()
        for field, value in (
            (Program.sender_email, new.email),
            (Program.sender_name, new.name),
            (Program.reply_to, new.reply_to),
        )
    ]
    changed = writes.update_if(program, *actions, condition=Program.created_at == program.created_at)
    actor.commit(changed, action="program.sender_changed", subject=program.id, at=at)
    program.sender_email, program.sender_name, program.reply_to = new.email, new.name, new.reply_to
    return program
