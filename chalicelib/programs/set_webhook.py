"""Says where a program's benefits are asked to be given."""

import secrets

from chalicelib.kit import addresses
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Refused
from chalicelib.programs.find import find, read
from chalicelib.programs.table import Program


class WebhookRefused(Refused):
    """The address is not one that may be called: https, on port 443, of a host on the public internet."""


def set_webhook(reference: str, url: str | None) -> Program:
    """Set the address, or none; in effect within half a minute. The secret is a new one every time."""
    program = read(find(reference).program.id).program
    if url is not None:
        try:
            addresses.check(url)
        except ValueError as error:
            raise WebhookRefused(f"The address is refused: {error}.", pointer="/url") from error
    program.webhook_url, program.webhook_nonce = url, secrets.token_hex(8)
    changed = [
        Program.webhook_nonce.set(program.webhook_nonce),
        Program.webhook_url.set(url) if url is not None else Program.webhook_url.remove(),
    ]
    writes.commit(writes.update_if(program, *changed, condition=Program.created_at == program.created_at))
    return program
