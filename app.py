"""
What the service listens to. Start reading here.

    click       GET /{code}             clicks.record         -> clicks
                  clicks                -> stats.recount

    conversion  POST /v1/conversions    conversions.accept    -> conversions, referrals
                  conversions           -> rewards.decide     -> rewards, ledger
                                        (conversions.credit_late -> conversions, referrals)
                    rewards             -> stats.recount
                    rewards             -> emails.triggers    -> messages
                                           webhooks.call      -> messages
                    ledger              -> emails.triggers    -> messages
                      messages          -> emails.deliver     -> SES
                      messages          -> webhooks.call      -> the program's webhook

    partners    enrolled, tier, payee   emails.triggers       -> messages
    bounces     SES, by SNS             emails.suppress       -> emails

    schedules   held rewards become due (rewards.mature), partners rise and fall (tiers.promote),
                programs are added up (stats.roll_up), partners hear of their month (emails.enqueue_monthly),
                emails for later are sent (outbox.send_scheduled), what does not move is requeued (outbox.sweep),
                what did not follow is found and done (reconciliation.reconcile), what has expired is gone
                (reconciliation.retain), and so is the way back to a visitor (clicks.rotate_salts)

    redrive     POST /v1/dead-letters/{id}/redrive calls a function again with what it gave up on (dead_letters.redrive)

The fact is stored first; the consequence is another function, which reads the fact from its stream.
"""

import gc

# What is imported stays: to look for garbage among it, again and again, would be a tenth of a cold start.
gc.disable()

from functools import partial

from chalice.app import Chalice, CloudWatchEvent, DynamoDBEvent, Rate, SNSEvent

from chalicelib.access.routes import routes as access
from chalicelib.admin.routes import routes as admin
from chalicelib.clicks.rotate_salts import rotate_salts as change_salts
from chalicelib.clicks.routes import routes as clicks
from chalicelib.clicks.table import added_click
from chalicelib.conversions.routes import routes as conversions
from chalicelib.conversions.table import ConversionRow
from chalicelib.dead_letters.routes import routes as dead_letters
from chalicelib.emails.deliver import deliver
from chalicelib.emails.monthly import enqueue_monthly
from chalicelib.emails.routes import routes as emails
from chalicelib.emails.suppressions import suppress
from chalicelib.emails.triggers import emails_for_entry, emails_for_partner, emails_for_reward
from chalicelib.kit import clock
from chalicelib.kit.dynamo.rows import reader
from chalicelib.kit.problems import answer_failures, reshape
from chalicelib.kit.routes import routes as kit
from chalicelib.kit.streams import Failures, all_added, each_added
from chalicelib.ledger.routes import routes as ledger
from chalicelib.ledger.table import LedgerRow
from chalicelib.links.routes import routes as links
from chalicelib.onboarding.routes import routes as onboarding
from chalicelib.outbox import jobs
from chalicelib.outbox.message import EMAIL, WEBHOOK
from chalicelib.outbox.queue import enqueue_for, process
from chalicelib.outbox.routes import routes as outbox
from chalicelib.outbox.table import Message
from chalicelib.pages.routes import routes as pages
from chalicelib.partners.routes import routes as partners
from chalicelib.partners.table import PartnerRow
from chalicelib.payouts.routes import routes as payouts
from chalicelib.portal.routes import routes as portal
from chalicelib.programs.routes import routes as programs
from chalicelib.reconciliation.reconcile import reconcile as compare_days
from chalicelib.reconciliation.retain import retain as delete_expired
from chalicelib.reconciliation.routes import routes as reconciliation
from chalicelib.referrals.routes import routes as referrals
from chalicelib.rewards.decide import decide
from chalicelib.rewards.mature import mature as make_due
from chalicelib.rewards.routes import routes as rewards
from chalicelib.rewards.table import RewardRow
from chalicelib.stats import recount
from chalicelib.stats.roll_up import roll_up as add_up
from chalicelib.tiers.promote import promote as move_tiers
from chalicelib.webhooks.call import call, calls_for_reward

app = Chalice(app_name="goodword")
app.api.binary_types = []  # kit.responses encodes what is binary, whatever the caller accepts
app.register_middleware(reshape, "http")
for blueprint in (
    *(access, programs, partners, links, referrals, conversions, rewards, ledger, payouts),
    *(outbox, emails, reconciliation, dead_letters, onboarding, pages, portal, admin, kit, clicks),
):
    app.register_blueprint(blueprint)
answer_failures(app)

# infra/app.yaml puts the real ARN, and how a stream is retried, in the place of these words.
_STREAM, _TOPIC = "see-infra-app-yaml", "arn:aws:sns:see-infra-app-yaml"


@app.on_dynamodb_record(_STREAM)
def clicks_to_stats(event: DynamoDBEvent) -> Failures:
    return all_added(event, added_click, partial(recount.recount_clicks, at=clock.now()))


@app.on_dynamodb_record(_STREAM)
def conversions_to_rewards(event: DynamoDBEvent) -> Failures:
    return all_added(event, reader(ConversionRow), partial(decide, at=clock.now()))


@app.on_dynamodb_record(_STREAM)
def rewards_to_stats(event: DynamoDBEvent) -> Failures:
    return all_added(event, reader(RewardRow), partial(recount.recount_outcomes, at=clock.now()))


@app.on_dynamodb_record(_STREAM)
def rewards_to_messages(event: DynamoDBEvent) -> Failures:
    return all_added(
        event,
        reader(RewardRow),
        partial(enqueue_for, messages_for=(calls_for_reward, emails_for_reward), at=clock.now()),
    )


@app.on_dynamodb_record(_STREAM)
def ledger_to_messages(event: DynamoDBEvent) -> Failures:
    return all_added(event, reader(LedgerRow), partial(enqueue_for, messages_for=(emails_for_entry,), at=clock.now()))


@app.on_dynamodb_record(_STREAM)
def partners_to_messages(event: DynamoDBEvent) -> Failures:
    return all_added(
        event, reader(PartnerRow), partial(enqueue_for, messages_for=(emails_for_partner,), at=clock.now())
    )


@app.on_dynamodb_record(_STREAM)
def messages_to_mailbox(event: DynamoDBEvent) -> Failures:
    return each_added(event, reader(Message), partial(process, channel=EMAIL, deliver=deliver, now=clock.now))


@app.on_dynamodb_record(_STREAM)
def messages_to_webhooks(event: DynamoDBEvent) -> Failures:
    return each_added(event, reader(Message), partial(process, channel=WEBHOOK, deliver=call, now=clock.now))


@app.on_sns_message(topic=_TOPIC)
def bounces_to_suppressions(event: SNSEvent) -> None:
    suppress(event.message, at=clock.now())


@app.schedule(Rate(5, unit=Rate.MINUTES))
def mature(event: CloudWatchEvent) -> None:
    make_due(at=clock.now())


@app.schedule(Rate(1, unit=Rate.HOURS))
def promote(event: CloudWatchEvent) -> None:
    move_tiers(at=clock.now())


@app.schedule(Rate(20, unit=Rate.MINUTES))
def roll_up(event: CloudWatchEvent) -> None:
    add_up(at=clock.now())


@app.schedule(Rate(15, unit=Rate.MINUTES))
def sweep(event: CloudWatchEvent) -> None:
    jobs.sweep(at=clock.now())


@app.schedule(Rate(15, unit=Rate.MINUTES))
def reconcile(event: CloudWatchEvent) -> None:
    compare_days(at=clock.now())


@app.schedule(Rate(1, unit=Rate.DAYS))
def retain(event: CloudWatchEvent) -> None:
    delete_expired(at=clock.now())


@app.schedule(Rate(6, unit=Rate.HOURS))
def rotate_salts(event: CloudWatchEvent) -> None:
    change_salts(at=clock.now())


@app.schedule(Rate(1, unit=Rate.HOURS))
def send_monthly(event: CloudWatchEvent) -> None:
    enqueue_monthly(at=clock.now())


@app.schedule(Rate(1, unit=Rate.HOURS))
def send_waiting(event: CloudWatchEvent) -> None:
    jobs.send_scheduled(at=clock.now())


gc.freeze()
gc.enable()
