"""Calls a programme's webhook: a benefit is to be given, or to be taken back."""

import json
import logging
from datetime import datetime

from chalicelib.kit import instants
from chalicelib.messages.claim import claim, end
from chalicelib.messages.post import Forbidden, post
from chalicelib.messages.signature import headers
from chalicelib.messages.table import FAILED, PENDING, SENT, SKIPPED, WEBHOOK, Message
from chalicelib.messages.thank import GIVE
from chalicelib.partners import find as partners
from chalicelib.programs import find as programs
from chalicelib.programs import webhooks
from chalicelib.referrals import find as referrals
from chalicelib.rewards.find import reward_of
from chalicelib.rewards.fulfil import RewardNotFulfillable, fulfil
from chalicelib.rewards.table import Reward

log = logging.getLogger(__name__)

_GONE = 410


class WebhookRefusedCall(Exception):
    """The receiver did not answer with a 2xx; the call comes again."""


def call(message: Message, *, at: datetime) -> None:
    """
    Tell a programme's server about a benefit, and mark one as given once it said yes (any 2xx).

    Told at least once, always under the same `webhook-id`. A redirect is not followed, and is no yes.
    """
    if message.channel != WEBHOOK or not claim(message, at=at):
        return
    program = programs.find(message.program_id).program
    if program.webhook_url is None:
        end(message, SKIPPED, reason="no_webhook")
        return
    try:
        reward = reward_of(str(message.reward_id))
        body = _body(message, reward)
        timestamp = instants.milliseconds(at) // 1000
        sent = {
            "Content-Type": "application/json",
            "User-Agent": "Goodword",
            **headers(message.id, timestamp, body, webhooks.secrets(program)),
        }
        status = post(program.webhook_url, body, sent)
    except Forbidden as forbidden:
        end(message, FAILED, reason=str(forbidden))
        return
    except Exception:
        end(message, PENDING)
        raise
    if status == _GONE:
        end(message, FAILED, reason="gone")
    elif 200 <= status < 300:
        if message.letter == GIVE:
            _mark_given(reward, at=at)
        end(message, SENT, sent_at=at)
    else:
        end(message, PENDING)
        raise WebhookRefusedCall(f"{message.id}: status {status}")


def _mark_given(reward: Reward, *, at: datetime) -> None:
    try:
        fulfil(reward.pk, None, at=at)
    except RewardNotFulfillable:
        # It was taken back meanwhile; that is told by a call of its own.
        log.info("%s: no longer due", reward.pk)


def _body(message: Message, reward: Reward) -> bytes:
    assert reward.benefit is not None, "webhooks are about benefits"
    told = {
        "id": message.id,
        "type": message.letter,
        "created_at": instants.text(message.created_at),
        "data": {
            "reward": reward.pk,
            "program": reward.program_id,
            "conversion": reward.decision_id,
            "to": reward.to,
            "owner": reward.owner_id,
            "owner_external_id": _external_id(reward.owner_id),
            "rule": reward.rule,
            "benefit": {
                "kind": reward.benefit.kind,
                "name": reward.benefit.name,
                "quantity": reward.benefit.quantity,
            },
        },
    }
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def _external_id(owner_id: str) -> str | None:
    if owner_id.startswith("ptr_"):
        member = partners.members([owner_id]).get(owner_id)
        return member.partner.external_id if member else None
    known = referrals.by_id(owner_id)
    return known.customer.external_id if known else None
