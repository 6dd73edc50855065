"""What is sent to a program's webhook; the OpenAPI document has it under `webhooks`."""

from typing import Literal

from msgspec import Struct

from chalicelib.kit.shapes import Instant
from chalicelib.programs.terms import Benefit, Side

CallType = Literal["benefit.due", "benefit.taken_back"]


class BenefitToFulfill(Struct):
    """A benefit that is to be given, or taken back: what, whose, and for which conversion (a refund, if taken back)."""

    reward: str
    program: str
    conversion: str
    to: Side
    owner: str
    owner_external_id: str | None
    rule: str
    benefit: Benefit


class BenefitCall(Struct):
    """A signed call of a program's webhook; any 2xx says that it was done. Called again, it has the same `id`."""

    id: str
    type: CallType
    created_at: Instant
    data: BenefitToFulfill


# By the type of the event that each call is about: what it asks for.
WEBHOOKS = {
    "benefit.due": ("Asks a program's webhook to give a benefit.", BenefitCall),
    "benefit.taken_back": ("Asks a program's webhook to take a benefit back.", BenefitCall),
}
