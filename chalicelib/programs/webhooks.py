"""A program's webhook: where benefits are asked to be given; and the secrets that all webhook calls are signed with."""

import base64

from chalicelib.kit import addresses, signing
from chalicelib.kit.errors import Refused
from chalicelib.programs.table import Program


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


def derive_secrets(program_id: str, nonce: str) -> list[bytes]:
    """
    Return the secrets of a nonce; two while the signing secret is being rotated, the current one first.

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
