"""What an invitation's link and a join form carry, so that nobody else can make one."""

from datetime import datetime, timedelta

from chalicelib.kit import config, ids, signing
from chalicelib.partners.table import Invitation

_INVITED, _FORM = "invitation", "join form"
# A form that lay open for longer is shown anew.
FORM_GOOD_FOR = timedelta(hours=24)


def invitation_url(invitation: Invitation) -> str:
    """Return the address of the join page for whoever was invited."""
    name = invitation.id.removeprefix("inv_")
    signed = signing.sign(_INVITED, name)
    return f"{config.public_url()}/join/{invitation.program_id}?invited={name}{signed}"


def invitation_of(text: str) -> str | None:
    """Return the id of the invitation a link carries, or None if the link is not ours."""
    name, signature = text[:26], text[26:]
    return f"inv_{name}" if text.isascii() and signing.verifies(_INVITED, name, signature) else None


def form(program_id: str, invited: str, at: datetime) -> str:
    """Return a new form's pass: the id of the partner it will make, so that sending it twice makes one."""
    name = ids.ulid(at)
    return name + signing.sign(_FORM, f"{program_id} {invited} {name}")


def partner_of(text: str, program_id: str, invited: str, at: datetime) -> str | None:
    """Return the id of the partner a form makes; None if the pass is too old, or not of this form."""
    name, signature = text[:26], text[26:]
    if not text.isascii() or not signing.verifies(_FORM, f"{program_id} {invited} {name}", signature):
        return None
    made = ids.time_of(name)
    return f"ptr_{name}" if made <= at < made + FORM_GOOD_FOR else None
