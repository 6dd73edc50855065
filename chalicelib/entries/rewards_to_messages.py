"""Rewards are told of: by an email, and by a call of the program's webhook."""

from functools import partial

from chalicelib.emails.triggers import emails_for_reward
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.streams import Event, Failures, all_added
from chalicelib.outbox.queue import enqueue_for
from chalicelib.rewards.table import RewardRow
from chalicelib.webhooks.triggers import calls_for_reward


def handler(event: Event, _context: object) -> Failures:
    enqueue = partial(enqueue_for, messages_for=(calls_for_reward, emails_for_reward), at=clock.now())
    return all_added(event, reader(RewardRow), enqueue)
