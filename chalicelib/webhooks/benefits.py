"""Calls that ask for a benefit to be given, or to be taken back: what they say, and what an answer means."""

import logging
from datetime import datetime

import msgspec

from chalicelib.kit import instants
from chalicelib.ledger.find_owner import find_owner
from chalicelib.outbox.queue import DeliveryOutcome, skipped
from chalicelib.outbox.table import Message
from chalicelib.partners.find import PartnerProfile
from chalicelib.programs import find as programs
from chalicelib.programs.table import WebhookEndpoint
from chalicelib.rewards.codes import BenefitCode, Instructions
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.fulfill import GivingReport, RewardFulfilled, RewardNotFulfillable, fulfill
from chalicelib.rewards.table import DUE, FULFILLED, Reward
from chalicelib.webhooks.endpoints import giver_of
from chalicelib.webhooks.shapes import BenefitCall, BenefitToFulfill
from chalicelib.webhooks.triggers import GIVE, TYPES

log = logging.getLogger(__name__)


def ask(message: Message) -> tuple[WebhookEndpoint, bytes] | DeliveryOutcome:
    """Return the endpoint that gives the benefit of a message, and the request body; or why there is no request."""
    reward = reward_of(str(message.reward_id))
    if message.template == GIVE and reward.state not in (DUE, FULFILLED):
        return skipped(f"the reward is {reward.state}")
    # Perhaps an endpoint was added since the program was remembered.
    giver = giver_of(programs.find(message.program_id)) or giver_of(programs.read(message.program_id))
    if giver is None:
        return skipped("no_webhook")
    return giver, _body(message, reward)


class BenefitAnswer(msgspec.Struct):
    """What an endpoint may answer when it has given a benefit, as JSON: what its owner needs to use it."""

    code: BenefitCode | None = None
    instructions: Instructions | None = None


def note_given(message: Message, text: str | None, *, at: datetime) -> None:
    """Mark a reward as given, after its endpoint confirmed it with this *text*."""
    if message.template != GIVE:
        return
    try:
        fulfill(str(message.reward_id), _read_answer(message, text or ""), actor=None, at=at)
    except RewardNotFulfillable:
        # It was taken back since; a call of its own says so.
        log.info("%s: no longer due", message.reward_id)
    except RewardFulfilled:
        # A call that was made again, and answered in another way: what was given first stands.
        log.warning("%s: answered again with another code", message.reward_id)


def may_have_code(text: str) -> bool:
    """Return whether an answer may say what only the owner of a benefit is to know: then no one else sees it."""
    return '"code"' in text or '"instructions"' in text


def _read_answer(message: Message, text: str) -> GivingReport:
    """Return what an answer gives; what cannot be read gives no code, and the benefit is given all the same."""
    if not may_have_code(text):
        return GivingReport()
    try:
        answer = msgspec.json.decode(text, type=BenefitAnswer)
    except msgspec.DecodeError:
        # Not the reason: it might quote the code.
        log.warning("%s: the code in the answer cannot be used", message.id)
        return GivingReport()
    return GivingReport(code=answer.code, instructions=answer.instructions)


def _body(message: Message, reward: Reward) -> bytes:
    assert reward.benefit is not None, "webhooks are about benefits"
    data = BenefitToFulfill(
        reward=reward.pk,
        program=reward.program_id,
        conversion=reward.decision_id,
        to=reward.to,  # type: ignore[arg-type]
        owner=reward.owner_id,
        owner_external_id=_external_id(reward.owner_id),
        rule=reward.rule,
        benefit=reward.benefit,
    )
    call = BenefitCall(message.id, TYPES[message.template], instants.text(message.created_at), data, message.is_test)  # type: ignore[arg-type]
    return msgspec.json.encode(call)


def _external_id(owner_id: str) -> str | None:
    owner = find_owner(owner_id)
    if isinstance(owner, PartnerProfile):
        return owner.partner.external_id
    # An erased customer has only our own id.
    return owner.customer.external_id if owner and owner.customer.erased_at is None else None
