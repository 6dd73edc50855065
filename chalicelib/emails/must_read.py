"""
The email about a new version of a material that partners must read.

Whoever has read it by then, or left, or whom it is no longer for, gets none.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit import config
from chalicelib.language.texts import texts
from chalicelib.outbox.table import Message
from chalicelib.programs import find as programs

# The job that enqueues them asks for no recipient.
if TYPE_CHECKING:
    from chalicelib.emails.recipients import Recipient

MUST_READ = "must_read"


def must_read_values(message: Message, _recipient: "Recipient", locale: str) -> dict[str, str]:
    """Return what is to be read: its title, and what it is."""
    # Few emails are about materials: no function's start waits for them.
    from chalicelib.materials import find as materials
    from chalicelib.materials.markup import fill_title

    material = materials.find(_named(message)[0])
    program, t = programs.find(message.program_id).program, texts(locale)
    return {
        "title": fill_title(material.title, program.name),
        "kind": t[f"material_{material.sort_of}"],
        "url": f"{config.public_url()}/portal/materials",
    }


def why_not_to_read(message: Message, recipient: "Recipient", at: datetime) -> str | None:
    """Return why a partner need not be asked any more to read a version, or None."""
    from chalicelib.materials import find as materials
    from chalicelib.materials import reading
    from chalicelib.materials.applies import is_for

    identifier, number = _named(message)
    material = materials.find(identifier)
    if material.state != "published":
        return "withdrawn"
    if material.version != number:
        return "replaced"
    profile = recipient.profile
    if profile is None or not profile.takes_part(material.program_id):
        return "has_left"
    if reading.find_reads(profile.partner, [material]):
        return "has_read"
    return None if is_for(material.audience, profile.standing(material.program_id, at)) else "not_for_them"


def _named(message: Message) -> tuple[str, int]:
    """Return the material and the version that a message is about."""
    identifier, _, number = message.subject_id.partition("#")
    return identifier, int(number)
