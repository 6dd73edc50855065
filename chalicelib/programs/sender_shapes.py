"""What the API takes and gives for the sender of a program's emails."""

from typing import Literal

from msgspec import Struct

from chalicelib.kit.shapes import Email, Name
from chalicelib.programs.table import Program


class NewSender(Struct, forbid_unknown_fields=True):
    """The sender of a program's emails, and where answers go; null for the deployment's own."""

    email: Email | None
    name: Name | None = None
    reply_to: Email | None = None


class SenderView(Struct):
    """The sender of a program's emails: SES must have verified the address, or its domain."""

    object: Literal["sender"]
    program: str
    email: str | None
    name: str | None
    reply_to: str | None

    @classmethod
    def of(cls, program: Program) -> "SenderView":
        return cls("sender", program.id, program.sender_email, program.sender_name, program.reply_to)
