"""Signed tokens of the join page: an invitation's link, and the form's own."""

from datetime import datetime, timedelta

from chalicelib.kit import config, ids, signing
from chalicelib.partners.table import Invitation

_INVITED, _FORM = "invitation", "join form"
# A form that was open for longer is shown anew.
FORM_GOOD_FOR = timedelta(hours=24)


def invitation_url(invitation: Invitation) -> str:
    """Return the address of the join page that an invitation's email links to."""
    name = invitation.id.removeprefix("inv_")
    signature = signing.sign_lasting(_INVITED, name)
    return f"{config.public_url()}/join/{invitation.program_id}?invited={name}{signature}"


def read_invitation(token: str) -> str | None:
    """Return the id of the invitation a token is of, or None if it is not ours."""
    name, signature = token[:26], token[26:]
    return f"inv_{name}" if token.isascii() and signing.verifies_lasting(_INVITED, name, signature) else None


def new_form(program_id: str, invited: str, at: datetime) -> str:
    """Return a new form's token: it holds the id of the partner it will make, so that sending it twice makes one."""
    name = ids.ulid(at)
    return name + signing.sign(_FORM, f"{program_id} {invited} {name}")


def read_form(token: str, program_id: str, invited: str, at: datetime) -> str | None:
    """Return the id of the partner a form makes; None if its token is too old, or not of this form."""
    name, signature = token[:26], token[26:]
    if not token.isascii() or not signing.verifies(_FORM, f"{program_id} {invited} {name}", signature):
        return None
    made = ids.time_of(name)
    return f"ptr_{name}" if made <= at < made + FORM_GOOD_FOR else None
