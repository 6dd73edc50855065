"""What is sent to webhooks; the OpenAPI document has it under `webhooks`."""

from typing import Any, Literal

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


class BenefitCall(Struct, omit_defaults=True):
    """A signed call of a program's webhook; any 2xx says that it was done. Called again, it has the same `id`."""

    id: str
    type: CallType
    created_at: Instant
    data: BenefitToFulfill
    test: bool = False


class EventCall(Struct, omit_defaults=True):
    """
    A signed call of a webhook endpoint: an event as it is listed. Made again, or replayed, it has the same `id`.

    `timestamp` is `occurred_at`, under the name that Standard Webhooks gives it. `test` marks a sample, and
    what happened in a test program.
    """

    id: str
    object: str
    type: str
    version: int
    program: str | None
    partner: str | None
    customer: str | None
    subject: str
    timestamp: Instant
    occurred_at: Instant
    created_at: Instant
    data: dict[str, Any]
    test: bool = False


# By the type of the event that each call is about: the request.
WEBHOOKS = {
    "benefit.due": ("Asks a program's webhook to give a benefit.", BenefitCall),
    "benefit.taken_back": ("Asks a program's webhook to take a benefit back.", BenefitCall),
    "event": ("Tells a webhook endpoint what happened.", EventCall),
}
