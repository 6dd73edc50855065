"""Events in sentences: each type of the catalog, with names, money and days as people read them."""

from zoneinfo import ZoneInfo

import msgspec
import pytest

from chalicelib.admin.history import event_sentences
from chalicelib.events.catalog import CATALOG
from chalicelib.events.data import ConversionData, EnrollmentData, StandingData
from chalicelib.events.record import date, new_event
from chalicelib.events.view import view_event
from chalicelib.kit.money import Money
from tests.world import NOON

PARTNER, CUSTOMER = "ptr_01KB4Z8V3HMXQ2T7N5R9C6J0FD", "cus_01KB4Z8V3HMXQ2T7N5R9C6J0FD"
NAMES = {PARTNER: "Ada", CUSTOMER: "Grace"}
SENTENCES = {
    "partner.applied": "Someone applied to join and agreed to version 1 of the terms.",
    "partner.refused": "An application to join was refused.",
    "partner.enrolled": "Ada joined the program by invitation and agreed to version 1 of the terms.",
    "partner.left": "Ada left the program and will still be paid what they earned.",
    "partner.returned": "Ada rejoined the program.",
    "partner.tier_changed": "Ada has the tier “Gold” from Nov 29, 2026 on, by the tier rules.",
    "partner.category_changed": "Ada has the category “Influencer” from Nov 29, 2026 on, by an admin.",
    "partner.suspended": "Ada was suspended (under review). What was earned before is held.",
    "partner.banned": "Ada was banned (fraud). What was earned before is held.",
    "partner.reactivated": "Ada was reactivated.",
    "partner.payee_changed": "The payout details of Ada were changed.",
    "partner.merged": "Ada was merged into another partner.",
    "partner.handed_over": "The account was handed over to Ada.",
    "partner.email_changed": "The email address of Ada was changed.",
    "partner.erased": "The personal data of Ada were erased.",
    "customer.erased": "The personal data of Grace were erased.",
    "link.created": "The link tea-with-ada for “newsletter” of Ada was created.",
    "link.changed": "The link tea-with-ada for “newsletter” of Ada was changed.",
    "link.ended": "The link tea-with-ada for “newsletter” of Ada ended and no longer works.",
    "link.restored": "The link tea-with-ada for “newsletter” of Ada works again, because its partner rejoined.",
    "referral.created": "Grace was referred by Ada by the link tea-with-ada, on version 1 of the terms.",
    "conversion.recorded": "The sale order-1001 of $19.99 by Grace was reported, and credited to Ada: Last touch.",
    "conversion.credited": ("The sale order-1001 is now credited to Ada: the referral was reported later."),
    "conversion.refunded": "$9.99 was refunded (refund refund-1); $10.00 remains.",
    "conversion.restored": "The refund refund-1 of $9.99 was undone; $19.99 counts again.",
    "conversion.amended": "The amount was amended from $19.99 to $29.99 (amendment amendment-1).",
    "conversion.moved": (
        "An admin credited the conversion to Ada instead of Ada: Named later. From now on, Ada is their referrer."
    ),
    "conversion.voided": "An admin voided the conversion: Test.",
    "reward.held": "Ada earned $3.00 (Sale, for the partner), held until Dec 13, 2026.",
    "reward.due": "The hold on the reward (Sale, for the partner) of Ada ended: $3.00 is due.",
    "reward.released": "An admin released the reward (Sale, for the partner) of Ada: $3.00 is due.",
    "reward.refused": "An admin refused the reward (Sale, for the partner) of Ada: $3.00 is not paid.",
    "reward.reversed": "$3.00 of the reward (Sale, for the partner) of Ada was reversed after a refund.",
    "reward.restored": "$3.00 of the reward (Sale, for the partner) of Ada was restored, because a refund was undone.",
    "reward.amended": "The sale was amended, so the reward (Sale, for the partner) of Ada is $3.00 more.",
    "reward.moved": (
        "$3.00 of the reward (Sale, for the partner) of Ada was reversed: its conversion is credited to someone else."
    ),
    "reward.voided": "$3.00 of the reward (Sale, for the partner) of Ada was reversed: its conversion was voided.",
    "material.published": "Version 2 of “How we work together” was published: partners must read it.",
    "material.read": "Ada accepted version 2 of “How we work together”.",
    "material.withdrawn": "“Your first week” was withdrawn: partners no longer see it.",
    "account.frozen": "$3.00 due to Ada was put in a payout.",
    "account.paid": "Ada was paid $3.00.",
    "account.unfrozen": "$3.00 could not be paid to Ada; it is due again.",
    "account.returned": "$3.00 paid to Ada was returned; it is due again.",
    "account.adjusted": "Ada got a bonus of $25.00: Campaign.",
    "benefit.due": "5 off is due to Grace.",
    "benefit.given": "5 off was given to Grace (reference c-17).",
    "benefit.code_given": "5 off now has a code for Grace.",
    "benefit.taken_back": "5 off should be taken back from Grace.",
    "payout.prepared": "A payout of $3.00 to 1 person was prepared.",
    "payout.settled": "The payout of $3.00 to 1 person was settled: $3.00 was paid.",
    "introduction.received": "An introduction of Ada was received; an answer is promised until Dec 13, 2026.",
    "introduction.accepted": "An introduction of Ada was accepted and is protected until Dec 13, 2026.",
    "introduction.declined": "An introduction of Ada was declined: no fit.",
    "introduction.second_in_line": "An introduction of Ada is second in line, behind one that is protected until "
    "Dec 13, 2026: introduced before.",
    "introduction.needs_more": "An introduction of Ada needs more from its partner.",
    "introduction.moved": "An introduction of Ada moved to “meeting”.",
    "introduction.won": "An introduction of Ada was won: Grace bought.",
    "introduction.lost": "An introduction of Ada was lost: no budget.",
    "introduction.lapsed": "An introduction of Ada lapsed: protection over.",
    "email.failed": "The email “Earned” to Ada failed and will not be retried automatically: Rejected.",
}
# Where it is another day than in UTC, by the samples' noon.
ZONE = ZoneInfo("Pacific/Auckland")


def sentence(event, names, zone):
    """Return what is said of an event; days are not broken in two, which is no matter here."""
    return event_sentences.sentence(event, names, zone).replace("\u00a0", " ")


def event_of(name, data, *, partner=PARTNER):
    event = new_event(
        name, "x", occurred_at=NOON, subject_id=PARTNER, data=data, partner_id=partner, customer_id=CUSTOMER
    )
    return view_event(date(event, at=NOON))


@pytest.mark.parametrize("name", CATALOG)
def test_each_type_of_event_is_a_sentence_with_names_money_and_the_programs_days(name):
    assert sentence(event_of(name, CATALOG[name].sample), NAMES, ZONE) == SENTENCES[name]


def test_there_is_a_sentence_for_every_type_and_for_no_other():
    assert set(event_sentences._SENTENCES) == set(CATALOG) == set(SENTENCES)


def test_a_conversion_without_credit_and_a_reward_held_by_an_admin_have_sentences_of_their_own():
    stranger = ConversionData("demo_call", "call-1", "no_touch", "2026-03-10T12:00:00.000Z")
    granted = msgspec.structs.replace(CATALOG["reward.due"].sample, kind="reward")
    held = msgspec.structs.replace(CATALOG["reward.held"].sample, kind="hold")
    less = msgspec.structs.replace(CATALOG["reward.amended"].sample, moved={"due": -300, "expense": 300})
    pinned = StandingData(1, None, "2026-03-10T12:00:00.000Z", "admin", pinned_until="2026-04-10T12:00:00.000Z")

    sentences = [
        sentence(event_of("conversion.recorded", stranger, partner=None), NAMES, ZONE),
        sentence(event_of("reward.due", granted), {}, ZONE),
        sentence(event_of("reward.held", held), NAMES, ZONE),
        sentence(event_of("reward.amended", less), NAMES, ZONE),
        sentence(event_of("partner.tier_changed", pinned), NAMES, ZONE),
        sentence(event_of("partner.enrolled", EnrollmentData("2026-03-10T12:00:00.000Z")), NAMES, ZONE),
    ]

    assert sentences == [
        "The demo call call-1 by Grace was reported, and credited to no one: No touch.",
        f"{PARTNER} earned $3.00 (Sale, for the partner), due immediately.",
        "An admin put the reward (Sale, for the partner) of Ada on hold: $3.00 that was due is held for review.",
        "The sale was amended, so the reward (Sale, for the partner) of Ada is $3.00 less.",
        "Ada has no tier from Mar 11, 2026 on, by an admin. It is pinned until Apr 11, 2026.",
        "Ada joined the program.",
    ]


def test_a_settled_payout_says_what_was_paid_and_what_came_back():
    data = msgspec.structs.replace(CATALOG["payout.settled"].sample, accounts=2, returned=Money(100, "USD"))

    assert sentence(event_of("payout.settled", data), NAMES, ZONE) == (
        "The payout of $3.00 to 2 people was settled: $3.00 was paid, $1.00 was returned."
    )
