"""The rows of a test program's people, and their numbers: a person's own row comes last."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.access.table import Session
from chalicelib.adjustments.table import CLAIM, WAITING, Adjustment, Claim, Waiting, adjustments_of, claim_id
from chalicelib.clicks import table as clicks
from chalicelib.deletion.table import ClickKey, Stored
from chalicelib.events.table import EventRow
from chalicelib.kit.dynamo import items, rows
from chalicelib.kit.dynamo.items import Item
from chalicelib.kit.ids import is_test
from chalicelib.ledger.entries import account_of
from chalicelib.ledger.table import Entry, LedgerRow
from chalicelib.links.table import Link, LinkCount, LinkName, PartnerLink, count_key
from chalicelib.links.table import name_key as link_name
from chalicelib.materials.table import MaterialRow
from chalicelib.notes.table import Note
from chalicelib.partners.duplicates import every_email, every_id
from chalicelib.partners.feedback_table import Feedback, feedback_key
from chalicelib.partners.find import PartnerProfile, find_all
from chalicelib.partners.hand_over_table import hand_overs_key
from chalicelib.partners.merge_table import merge_key
from chalicelib.partners.table import (
    Enrollment,
    Partner,
    PartnerAddress,
    PartnerName,
    PartnerRow,
    StoppedPartner,
    address_keys,
    earlier_changes_key,
    email_key,
    name_key,
    payee_key,
    stopped_key,
)
from chalicelib.privacy.table import KEY, Erasure
from chalicelib.programs.table import Program
from chalicelib.referrals.table import Customer, CustomerName, ReferralRow, unreferred_key
from chalicelib.rewards.table import RewardRow
from chalicelib.stats.outcome_table import MemberMonths, member_key
from chalicelib.stats.table import (
    ClickCounts,
    StatsRow,
    daily_key,
    hourly_key,
    link_subject,
    partner_subject,
    unique_key,
)
from chalicelib.targets.table import ActionItem, Check, check_key

_PAGE = 100


def customer_rows(customer_id: str, program: Program) -> Iterator[Stored]:
    """Yield the rows of a customer of a test program."""
    own = list(ReferralRow.query(customer_id, consistent_read=True))
    customer = next((one for one in own if isinstance(one, Customer)), None)
    if customer is None:
        return
    yield from _account(customer_id, program.currency)
    yield from EventRow.of_customer.query(customer_id)
    yield from ReferralRow.query(unreferred_key(customer_id, program.id), consistent_read=True)
    yield from (CustomerName(key, "name") for key in customer.name_keys)
    yield Erasure(KEY, customer_id)
    yield from sorted(own, key=lambda one: isinstance(one, Customer))


def partner_rows(partner_id: str, program: Program, *, at: datetime) -> Iterator[Stored]:
    """Yield the rows of a partner of a test program, and of what is counted for them."""
    profile = find_all([partner_id]).get(partner_id)
    if profile is None:
        # Their own row is gone: the rest of its partition, or what an index still shows, is all that is left.
        yield from PartnerRow.query(partner_id, consistent_read=True)
        return
    for listed in PartnerLink.query(partner_id, PartnerLink.sort.startswith("link#"), consistent_read=True):
        yield from _link(listed)
    yield LinkCount(count_key(partner_id), "count")
    yield from _outcomes(partner_id, program)
    yield from stats_rows(partner_subject(partner_id, program.id))
    yield from member_rows(partner_subject(partner_id, program.id))
    yield from _account(partner_id, program.currency)
    yield from EventRow.of_partner.query(partner_id)
    yield from _adjustments(partner_id)
    yield from noted(ActionItem.by_partner.query(partner_id))
    yield Check(partner_id, check_key(program.id))
    yield from MaterialRow.query(partner_id, consistent_read=True)
    yield from _feedback(profile.partner, at=at)
    for key in (earlier_changes_key, payee_key, email_key, hand_overs_key):
        yield from noted(PartnerRow.query(key(partner_id), consistent_read=True))
    yield from _found_by(profile)
    own = PartnerRow.query(partner_id, consistent_read=True)
    # The enrollment, by which an index leads to them, goes last.
    yield from sorted(noted(own), key=lambda one: isinstance(one, Enrollment))


def stats_rows(subject: str) -> Iterator[Stored]:
    """Yield the counts of a subject: by range, by hour, by day."""
    for partition in (subject, hourly_key(subject), daily_key(subject), unique_key(subject)):
        yield from StatsRow.query(partition, consistent_read=True)


def member_rows(member: str) -> Iterator[Stored]:
    """Yield what is noted of a member of a cohort."""
    yield from MemberMonths.query(member_key(member), consistent_read=True)


def noted(found_rows: Iterable[Any]) -> Iterator[Stored]:
    """Yield rows, each after the notes about it."""
    listed = list(found_rows)
    names = [(name, "note") for row in listed for name in _notes_of(row)]
    yield from rows.find_all(Note, names).values()
    yield from listed


def _notes_of(row: Any) -> Iterator[str]:
    for field in ("note", "decision_note"):
        if isinstance(name := getattr(row, field, None), str):
            yield name


def _account(owner_id: str, currency: str) -> Iterator[Stored]:
    """Yield the entries of an account, of a test: others are never deleted."""
    assert is_test(owner_id), f"{owner_id} is live"
    yield from noted(LedgerRow.query(account_of(owner_id, currency), consistent_read=True))


def _link(listed: PartnerLink) -> Iterator[Stored]:
    code_key = listed.sort.removeprefix("link#")
    subject, link = link_subject(code_key), rows.find(Link, code_key, "link")
    for hour in _hours_with_clicks(subject):
        yield from _clicks(code_key, hour)
    yield from stats_rows(subject)
    if link is not None:
        names = [link.id, *([link_name(link.external_id)] if link.external_id is not None else [])]
        yield from (LinkName(name, "name") for name in names)
        yield link
    yield listed


def _hours_with_clicks(subject: str) -> list[str]:
    """Return the UTC hours in which a link may have clicks: what counted them says so."""
    counted = StatsRow.query(subject, consistent_read=True)
    hours = {row.sk[:13] for row in counted if isinstance(row, ClickCounts)}
    days = {row.sk[:10] for row in StatsRow.query(daily_key(subject), consistent_read=True)}
    return sorted(hours | {f"{day}T{hour:02}" for day in days for hour in range(24)})


def _clicks(code_key: str, hour: str) -> Iterator[Stored]:
    """Yield the clicks of an hour; those of its first shard, which announces the others, last."""
    first = _read_shard(code_key, hour, 0)
    for shard in {int(item["announces"]["N"]) for item in first if "announces" in item} - {0}:
        yield from _keys(_read_shard(code_key, hour, shard), clicks.partition_of(code_key, hour, shard))
    yield from _keys(first, clicks.partition_of(code_key, hour, 0))


def _read_shard(code_key: str, hour: str, shard: int) -> list[Item]:
    partition = clicks.partition_of(code_key, hour, shard)
    return list(items.query(clicks.TABLE, partition, attributes=["sk", "announces"], consistent=True))


def _keys(read: Iterable[Item], partition: str) -> Iterator[Stored]:
    yield from (ClickKey(partition, item["sk"]["S"]) for item in read)


def _outcomes(partner_id: str, program: Program) -> Iterator[Stored]:
    """Yield what was counted of a partner: in the hours that have counts, or entries in the account."""
    subject = partner_subject(partner_id, program.id)
    entries = LedgerRow.query(account_of(partner_id, program.currency), consistent_read=True)
    hours = {f"{one.at:%Y-%m-%dT%H}" for one in entries if isinstance(one, Entry)}
    hours |= {row.sk[:13] for row in StatsRow.query(subject, consistent_read=True)}
    for hour in sorted(hours):
        yield from RewardRow.query(f"{subject}#{hour}", consistent_read=True)


def _adjustments(partner_id: str) -> Iterator[Stored]:
    for row in Adjustment.listed.query(adjustments_of(partner_id)):
        yield Claim(claim_id(partner_id, row.external_id), CLAIM)
        yield Waiting(row.id, WAITING)
        yield from noted([row])


def _feedback(partner: Partner, *, at: datetime) -> Iterator[Stored]:
    days = [partner.created_at.date() + timedelta(days=number) for number in range((at - partner.created_at).days + 2)]
    keys = [(feedback_key(day.isoformat(), partner.id), "feedback") for day in days]
    for begin in range(0, len(keys), _PAGE):
        yield from rows.find_all(Feedback, keys[begin : begin + _PAGE]).values()


def _found_by(profile: PartnerProfile) -> Iterator[Stored]:
    """Yield all by which a partner is found, and what is under way for them."""
    partner = profile.partner
    for email in every_email(partner):
        yield from (PartnerAddress(key, one) for key in address_keys(email) for one in every_id(partner))
    if partner.external_id is not None:
        yield PartnerName(name_key(partner.external_id), "name")
    yield from (StoppedPartner(stopped_key(state, partner.id), partner.id) for state in ("suspended", "banned"))
    yield from PartnerRow.query(merge_key(partner.id), consistent_read=True)
    yield from Session.query(partner.id, consistent_read=True)
    yield Erasure(KEY, partner.id)
