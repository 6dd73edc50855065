"""A program's webhook: where benefits are asked to be given, and the secret its calls are signed with."""

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
    """A webhook must be https, on port 443 of a host on the public internet; this address is not."""


def set_webhook(reference: str, url: str | None, *, actor: "Actor", at: datetime) -> Program:
    """Set the address, or none; in effect within half a minute. The secret is a new one every time."""
    program = read(find(reference).program.id).program
    if url is not None:
        try:
            addresses.check(url)
        except ValueError as error:
            raise WebhookRefused(f"The address is refused: {error}.", pointer="/url") from error
    nonce = secrets.token_hex(8)
    actions = [
        Program.webhook_nonce.set(nonce),
        Program.webhook_url.set(url) if url is not None else Program.webhook_url.remove(),
    ]
    changed = writes.update_if(program, *actions, condition=Program.created_at == program.created_at)
    actor.commit(changed, action="program.webhook_changed", subject=program.id, at=at)
    program.webhook_url, program.webhook_nonce = url, nonce
    return program


def derive_secrets(program: Program) -> list[bytes]:
    """
    Return the secrets a call is signed with; two while the signing secret is being rotated.

    They are derived from the signing secret and a nonce, so that none is stored.
    """
    assert program.webhook_nonce is not None, "a webhook has a nonce"
    return signing.derived("webhook", f"{program.id}{program.webhook_nonce}")


def show_secret(program: Program) -> str | None:
    """Return the secret as Standard Webhooks writes it, for whoever will verify the calls; None without a webhook."""
    if program.webhook_url is None:
        return None
    return "whsec_" + base64.b64encode(derive_secrets(program)[0]).decode()
