"""
What a person needs to use a benefit: a voucher code or a link, and how to use it. Only they see it.

No list, event, audit entry or log has it. A friend sees it on a page with a signed address, which their email has.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NamedTuple

from msgspec import Meta

from chalicelib.kit import config, signing
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, NotFound, Refused
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.shapes import CODE_OR_LINK, END
from chalicelib.rewards.find import RewardNotFound, RewardState, find
from chalicelib.rewards.table import FULFILLED, Fulfillment

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor

BenefitCode = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=300,
        pattern=CODE_OR_LINK,
        description="what the person uses: a voucher code, or a link that begins with `https://`",
    ),
]
Instructions = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=500,
        pattern=rf"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*{END}",
        description="how the person uses it",
    ),
]
_USE, _ULID = "benefit code", 26


class CodeNotReplaceable(Refused):
    """Only a benefit that was given has a code to replace."""

    STATUS_CODE = 409


class BenefitLinkNotFound(NotFound):
    """The link to a benefit's code is not one of ours."""


class HandedOut(NamedTuple):
    """What a person was given to use a benefit; *url* is the code if it is a link."""

    code: str | None
    instructions: str | None
    url: str | None


def handed_out(state: RewardState) -> HandedOut | None:
    """Return what the owner of a benefit needs to use it; None if there is nothing, or it was taken back."""
    fulfillment = state.fulfillment
    if state.state != FULFILLED or fulfillment is None or fulfillment.code_given_at is None:
        return None
    code = fulfillment.code
    if code is None and fulfillment.instructions is None:
        return None
    return HandedOut(code, fulfillment.instructions, code if code and code.startswith("https://") else None)


def mask_code(code: str) -> str:
    """Return how a code ends, for who gave it: enough to recognize it, and never more than a quarter of it."""
    length = min(4, len(code) // 4)
    return "…" + code[len(code) - length :]


def replace_code(
    identifier: str,
    code: str,
    instructions: str | None,
    *,
    actor: "Actor",
    at: datetime,
    receipt: Receipt = no_receipt,
) -> RewardState:
    """Give another code for a benefit that was given; its owner gets an email. Idempotent."""
    for _ in writes.attempts():
        state = find(identifier)
        fulfillment = state.fulfillment
        if state.state != FULFILLED or fulfillment is None:
            raise CodeNotReplaceable(f"The reward is {state.state} and not a benefit that was given.")
        if (fulfillment.code, fulfillment.instructions) == (code, instructions):
            receipts = receipt(state)
            return find(identifier) if receipts and writes.commit(*receipts) else state
        before: Fulfillment = Fulfillment.from_raw_data(fulfillment.serialize())
        given_at = Fulfillment.code_given_at
        unchanged = given_at.does_not_exist() if before.code_given_at is None else given_at == before.code_given_at
        explained = Fulfillment.instructions.set(instructions) if instructions else Fulfillment.instructions.remove()
        replaced = writes.update_if(
            before, Fulfillment.code.set(code), explained, given_at.set(at), condition=unchanged
        )
        fulfillment.code, fulfillment.instructions, fulfillment.code_given_at = code, instructions, at
        if not actor.commit(replaced, *receipt(state), action="reward.code_replaced", subject=identifier, at=at):
            return state
    raise Busy("Someone else is changing this reward right now; send the same call again.")


def code_url(reward_id: str) -> str:
    """Return the address at which a friend sees the code of a benefit; it goes into an email to them alone."""
    name = reward_id.removeprefix("rwd_")
    return f"{config.public_url()}/benefit/{name}{signing.sign_lasting(_USE, name)}"


def read_link(token: str) -> RewardState:
    """Return the benefit that a link is of. Refuses every other text alike."""
    name, signature = token[:_ULID], token[_ULID:]
    if not token.isascii() or not signing.verifies_lasting(_USE, name, signature):
        raise BenefitLinkNotFound("This link is not valid.")
    try:
        return find(f"rwd_{name}")
    except RewardNotFound:
        raise BenefitLinkNotFound("This link is not valid.") from None
