"""The secrets of a webhook endpoint: made from its nonces and the signing secret, and stored nowhere."""

from datetime import datetime

from chalicelib.programs.table import WebhookEndpoint
from chalicelib.programs.webhooks import derive_secrets, spell_secret


def secrets_of(endpoint: WebhookEndpoint, *, at: datetime) -> list[bytes]:
    """Return the secrets that a call is signed with: the current one, and that before while both hold."""
    signing = derive_secrets(endpoint.id, endpoint.nonce)
    if endpoint.previous_nonce is not None and endpoint.previous_until is not None and at < endpoint.previous_until:
        signing += derive_secrets(endpoint.id, endpoint.previous_nonce)
    return signing


def show_secret(endpoint: WebhookEndpoint) -> str:
    """Return the current secret as Standard Webhooks writes it, for the receiver."""
    return spell_secret(endpoint.id, endpoint.nonce)
