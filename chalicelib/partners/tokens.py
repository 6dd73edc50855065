"""Signed tokens: an invitation's link and the join form's own, and a link that confirms another email address."""

from datetime import datetime, timedelta

from chalicelib.kit import config, ids, signing
from chalicelib.kit.errors import Refused
from chalicelib.kit.ids import as_test, is_test
from chalicelib.partners.find import find_all, find_email_request
from chalicelib.partners.joining_table import Invitation
from chalicelib.partners.table import EmailRequest

_INVITED, _FORM, _CONFIRM = "invitation", "join form", "confirm address"
_ULID, _SIGNATURE = 26, 22
# A form that was open for longer is shown again.
FORM_GOOD_FOR = timedelta(hours=24)


class ConfirmationLinkRefused(Refused):
    """The confirmation link is invalid, was already used or has expired, or the address has changed."""

    STATUS_CODE = 410

    def __init__(self) -> None:
        super().__init__("This link was already used or has expired. Enter the address again in your settings.")


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
    if not made <= at < made + FORM_GOOD_FOR:
        return None
    return as_test(f"ptr_{name}") if is_test(program_id) else f"ptr_{name}"


def confirmation_url(request: EmailRequest) -> str:
    """Return the address that confirms a request; it goes into an email to the new mailbox, and nowhere else."""
    name = f"{request.partner_id.removeprefix('ptr_')}{request.sort.removeprefix('request#')}"
    return f"{config.public_url()}/portal/confirm/{name}{signing.sign(_CONFIRM, _signed(request))}"


def find_request(token: str, *, at: datetime) -> EmailRequest:
    """Return the request a token is of. Refuses what is not one, was used, is too old or outdated, all alike."""
    partner, request_id, signature = token[:_ULID], token[_ULID : 2 * _ULID], token[2 * _ULID :]
    plausible = len(token) == 2 * _ULID + _SIGNATURE and token.isascii()
    request = find_email_request(f"ptr_{partner}", f"request#{request_id}") if plausible else None
    if request is None or not signing.verifies(_CONFIRM, _signed(request), signature) or not is_open(request, at=at):
        raise ConfirmationLinkRefused
    return request


def is_open(request: EmailRequest, *, at: datetime) -> bool:
    """Return whether a request can be confirmed: not used, not expired, and no one else has the account."""
    profile = find_all([request.partner_id]).get(request.partner_id)
    # One who was merged into another partner is reached at that one's address.
    stands = profile is not None and profile.partner.merged_into is None
    same = profile is not None and stands and profile.partner.email == request.email_before
    handed_over_at = profile.partner.handed_over_at if profile is not None else None
    if handed_over_at is not None and request.created_at <= handed_over_at:
        # The former holder asked for it.
        return False
    return same and request.confirmed_at is None and at < request.good_until


def _signed(request: EmailRequest) -> str:
    return f"{request.partner_id}{request.sort}{request.email}{request.nonce}"
