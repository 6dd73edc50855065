"""A program's webhook: where benefits are asked to be given; and the secrets that all webhook calls are signed with."""

import base64
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.kit import addresses, signing
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Refused
from chalicelib.programs.find import find, read
from chalicelib.programs.table import Program

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


class WebhookRefused(Refused):
    """A webhook address must be https, on port 443 of a public host."""


class BenefitsGivenElsewhere(Refused):
    """Another endpoint already gives this program's benefits; there can be only one."""

    STATUS_CODE = 409


def check_address(url: str) -> None:
    """Refuse an address that is not on the public internet."""
    try:
        addresses.check(url)
    except ValueError as error:
        raise WebhookRefused(f"The address is refused: {error}.", pointer="/url") from error


def set_webhook(reference: str, url: str | None, *, actor: "Actor", at: datetime) -> Program:
    """Set the address, or none; in effect within half a minute. The secret is a new one every time."""
    stored = read(find(reference).program.id)
    program = stored.program
    if url is not None:
        check_address(url)
        if any(endpoint.gives_benefits for endpoint in stored.endpoints):
            raise BenefitsGivenElsewhere("Another endpoint already gives this program's benefits; delete it first.")
    nonce = secrets.token_hex(8)
    actions = [
        Program.webhook_nonce.set(nonce),
        Program.webhook_url.set(url) if url is not None else Program.webhook_url.remove(),
    ]
    changed = writes.update_if(program, *actions, condition=Program.created_at == program.created_at)
    actor.commit(changed, action="program.webhook_changed", subject=program.id, at=at)
    program.webhook_url, program.webhook_nonce = url, nonce
    return program


def derive_secrets(program_id: str, nonce: str) -> list[bytes]:
    """
    Return the secrets that a nonce stands for; two while the signing secret is being rotated, the current one first.

    They are derived from the signing secret and the nonce, so that none is stored.
    """
    return signing.derived("webhook", f"{program_id}{nonce}")


def spell_secret(program_id: str, nonce: str) -> str:
    """Return the secret as Standard Webhooks writes it, for the receiver."""
    return "whsec_" + base64.b64encode(derive_secrets(program_id, nonce)[0]).decode()


def show_secret(program: Program) -> str | None:
    """Return the secret of a program's webhook; None without one."""
    if program.webhook_url is None:
        return None
    return spell_secret(program.id, str(program.webhook_nonce))
