"""
What the service listens to. Start reading here.

    click       GET /{code}             clicks.record         -> clicks
                  clicks                -> stats.recount

    conversion  POST /v1/conversions    conversions.accept    -> conversions, referrals
                  conversions           -> rewards.decide     -> rewards, ledger
                                        (conversions.credit_late -> conversions, referrals)
                    rewards             -> stats.recount

    events      events for emails, webhooks and other readers: one per fact, once
                  conversions, rewards, ledger, partners, links, payouts, introductions, materials
                                        -> events.record      -> events
                    events              -> moments.decide     -> moments
                    events              -> emails.triggers    -> messages
                                           webhooks.triggers  -> messages
                      messages          -> emails.deliver     -> SES
                      messages          -> webhooks.call      -> the program's webhook endpoints

    bounces     SES, by SNS             emails.suppressions   -> emails

    schedules   held rewards become due (rewards.mature), partners rise and fall (tiers.promote),
                programs are rolled up (stats.roll_up), and walked to their sources (graph.trace),
                partners hear of their month (emails.monthly),
                introductions expire, lapse and move up (introductions.check), their partners hear at least every
                other week (introductions.keep_promises) and their owners what is overdue (emails.overdue),
                partners and targets are checked for what a person should do (onboarding.check_partners),
                and of terms that give less (emails.terms_change), admins of what waits for them (emails.needs_you),
                emails for later are sent, and what does not move is requeued (outbox.jobs),
                what did not follow is found and done (reconciliation.reconcile), what has expired is gone
                (reconciliation.retain), and so is the way back to a visitor (clicks.rotate_salts),
                how far the chains of ledger and audit got is kept outside of the tables (reconciliation.publish_root)

    redrive     POST /v1/dead-letters/{id}/redrive calls a function again with what it gave up on (dead_letters.redrive)

The fact is stored first; the consequence is another function, which reads the fact from its stream.
"""

# Before all else: what makes a start quick.
from chalicelib.entries import entry

# isort: split
from chalice.app import CloudWatchEvent, DynamoDBEvent, Rate, SNSEvent

from chalicelib.access.routes import routes as access
from chalicelib.adjustments.routes import routes as adjustments
from chalicelib.admin.routes import routes as admin
from chalicelib.audit.routes import routes as audit
from chalicelib.clicks.routes import routes as clicks
from chalicelib.conversions.routes import routes as conversions
from chalicelib.dead_letters.routes import routes as dead_letters
from chalicelib.emails.routes import routes as emails
from chalicelib.events.routes import routes as events
from chalicelib.exports.routes import routes as exports
from chalicelib.introductions.routes import routes as introductions
from chalicelib.introductions.thanks_routes import routes as thanks
from chalicelib.kit import config, modules
from chalicelib.kit.greedy import App
from chalicelib.kit.problems import answer_failures, reshape
from chalicelib.kit.responses import answer_heads, leave_out_body
from chalicelib.kit.routes import routes as kit
from chalicelib.ledger.routes import routes as ledger
from chalicelib.links.routes import routes as links
from chalicelib.materials.routes import routes as materials
from chalicelib.moments.routes import routes as moments
from chalicelib.notes.routes import routes as notes
from chalicelib.onboarding.routes import routes as onboarding
from chalicelib.outbox.routes import routes as outbox
from chalicelib.pages.routes import routes as pages
from chalicelib.partners.money_routes import routes as partner_money
from chalicelib.partners.routes import routes as partners
from chalicelib.partners.tree_routes import routes as partner_tree
from chalicelib.payouts.routes import routes as payouts
from chalicelib.portal.routes import routes as portal
from chalicelib.programs.asking_routes import routes as program_asking
from chalicelib.programs.email_routes import routes as program_emails
from chalicelib.programs.friend_name_routes import routes as program_friend_names
from chalicelib.programs.promptness_routes import routes as program_promptness
from chalicelib.programs.receiving_routes import routes as program_receiving
from chalicelib.programs.roi_routes import routes as program_roi
from chalicelib.programs.routes import routes as programs
from chalicelib.programs.source_routes import routes as program_sources
from chalicelib.programs.target_routes import routes as program_targets
from chalicelib.reconciliation.routes import routes as reconciliation
from chalicelib.referrals.routes import routes as referrals
from chalicelib.rewards.routes import routes as rewards
from chalicelib.search.routes import routes as search
from chalicelib.targets.routes import routes as targets
from chalicelib.webhooks.routes import routes as webhooks

app = App(app_name="goodword")
app.api.binary_types = []  # kit.responses encodes binary bodies, for any `Accept` header
app.register_middleware(leave_out_body, "http")
app.register_middleware(reshape, "http")
for blueprint in (
    *(access, programs, program_asking, program_emails, program_friend_names, program_promptness, program_receiving),
    *(program_roi, program_sources, program_targets, partners, partner_money, partner_tree, links, materials),
    *(introductions, thanks, referrals, conversions, rewards, ledger, payouts, adjustments, notes, audit, events),
    *(exports, search, outbox, webhooks, emails, reconciliation, dead_letters, onboarding, targets, moments),
    *(pages, portal, admin, kit, clicks),
):
    app.register_blueprint(blueprint)
answer_failures(app)
answer_heads(app)
if config.is_snapshot():
    # No one waits for this start. Modules that would be imported on first use are in the snapshot then.
    modules.import_everything()

# infra/app.yaml replaces these words with the real ARN and the settings of retries.
_STREAM, _TOPIC = "see-infra-app-yaml", "arn:aws:sns:see-infra-app-yaml"


@app.on_dynamodb_record(_STREAM)
@entry
def clicks_to_stats(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def conversions_to_rewards(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def rewards_to_stats(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def conversions_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def rewards_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def ledger_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def partners_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def links_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def introductions_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def payouts_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def materials_to_events(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def events_to_messages(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def events_to_moments(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def messages_to_mailbox(event: DynamoDBEvent) -> None: ...


@app.on_dynamodb_record(_STREAM)
@entry
def messages_to_webhooks(event: DynamoDBEvent) -> None: ...


@app.on_sns_message(topic=_TOPIC)
@entry
def bounces_to_suppressions(event: SNSEvent) -> None: ...


@app.schedule(Rate(5, unit=Rate.MINUTES))
@entry
def mature(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.HOURS))
@entry
def promote(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(20, unit=Rate.MINUTES))
@entry
def roll_up(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.HOURS))
@entry
def trace_sources(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(15, unit=Rate.MINUTES))
@entry
def sweep(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(15, unit=Rate.MINUTES))
@entry
def reconcile(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.DAYS))
@entry
def retain(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(15, unit=Rate.MINUTES))
@entry
def delete_tests(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.DAYS))
@entry
def publish_root(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.HOURS))
@entry
def announce_terms(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.DAYS))
@entry
def remind_admins(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(6, unit=Rate.HOURS))
@entry
def rotate_salts(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(15, unit=Rate.MINUTES))
@entry
def check_introductions(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.HOURS))
@entry
def check_partners(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.HOURS))
@entry
def send_monthly(event: CloudWatchEvent) -> None: ...


@app.schedule(Rate(1, unit=Rate.HOURS))
@entry
def send_scheduled(event: CloudWatchEvent) -> None: ...
