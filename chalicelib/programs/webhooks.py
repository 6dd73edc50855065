"""The secret a program's webhook is signed with: made from ours and a nonce, so that none is stored."""

import base64

from chalicelib.kit import signing
from chalicelib.programs.table import Program


def secrets(program: Program) -> list[bytes]:
    """Return the secrets a call is signed with; two while ours are being rotated."""
    assert program.webhook_nonce is not None, "a webhook has a nonce"
    return signing.derived("webhook", f"{program.id}{program.webhook_nonce}")


def shown_secret(program: Program) -> str | None:
    """Return the secret as it is shown, once, to whoever will verify our calls."""
    if program.webhook_url is None:
        return None
    return "whsec_" + base64.b64encode(secrets(program)[0]).decode()
