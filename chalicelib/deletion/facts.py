"""
All that is in a test program, source by source: each yields rows to be deleted in the order in which they are deleted.

A row is yielded after what only it leads to, so that a walk that was cut off finds the rest when it begins again.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import get_args

from chalicelib.conversions.find import received_on
from chalicelib.conversions.table import TEST_SHARD as RECEIVED_IN_TESTS
from chalicelib.conversions.table import Conversion, ConversionRow, Correction
from chalicelib.deletion.people import customer_rows, member_rows, noted, partner_rows, stats_rows
from chalicelib.deletion.table import Stored
from chalicelib.emails.table import CustomTemplate, DigestItem, custom_key, digest_key
from chalicelib.events.table import EventRow, lists_of
from chalicelib.graph.table import partitions_of
from chalicelib.introductions.table import (
    COUNT,
    Introduction,
    IntroductionRow,
    OpenIntroductions,
    Talks,
    every_of_person,
    line_key,
    open_key,
    talks_of,
)
from chalicelib.introductions.thanks_shapes import ThanksState
from chalicelib.introductions.thanks_table import Thanks, list_of
from chalicelib.introductions.trials import Trial, trial_key
from chalicelib.kit import instants, walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.ids import is_test
from chalicelib.materials.kinds import STATES
from chalicelib.materials.table import Material, MaterialRow, materials_in
from chalicelib.moments.table import Moment, MomentRow, heard_key, numbers_key
from chalicelib.outbox.find import in_list
from chalicelib.outbox.message import ENDED, GIVEN_UP, OPEN, RETRYING, SCHEDULED_LISTS, TEST_SHARD
from chalicelib.partners import find as partners
from chalicelib.partners.joining_table import Application, Invitation, applied_to, invited_to
from chalicelib.partners.table import Enrollment, enrollment_key
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.table import CREDENTIALS, EndpointCredentials, Program, ProgramRow, logo_key, terms_key
from chalicelib.reconciliation.history import fact_ids
from chalicelib.referrals.table import Customer
from chalicelib.rewards.outcomes import outcomes
from chalicelib.rewards.plan import caps_of
from chalicelib.rewards.table import DECISION, CapUsage, Decision, RewardRow
from chalicelib.roi.table import PLACE, Cost, CostPlace, CostReversal, costs_key, reversals_key
from chalicelib.stats.counts import CohortKind
from chalicelib.stats.journey_table import arrivals_key, journeys_key, steps_key
from chalicelib.stats.outcome_table import CohortDay, by_terms_key, cohorts_key
from chalicelib.stats.table import StatsRow, origins_key, program_subject, sums_key
from chalicelib.targets.kinds import ItemState
from chalicelib.targets.table import (
    CLAIM,
    SUMMARY,
    ActionItem,
    Check,
    Claim,
    Target,
    TargetRow,
    check_key,
    claim_key,
    items_in,
    summary_key,
    targets_of,
    walk_key,
)

_PAGE = 100
_UNATTRIBUTED_SHARDS = 8
_STATUSES = ("pending", "approved", "refused")
_DAY = timedelta(days=1)

Source = Callable[[ProgramTerms, datetime], Iterator[Stored]]


def _messages(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    """Yield the messages of a program, and those to its partners and customers that are of no program."""
    program_id = program_terms.program.id
    for name in (OPEN, RETRYING, GIVEN_UP, ENDED, *SCHEDULED_LISTS):
        for page in walk.pages(partial(in_list, f"{name}#{TEST_SHARD}", limit=_PAGE)):
            for message in page:
                if message.program_id == program_id or _is_in(program_id, message.recipient_id):
                    yield from DigestItem.query(digest_key(message), consistent_read=True)
                    yield message


def _is_in(program_id: str, identifier: str) -> bool:
    """Return whether a partner or a customer is one of a test program; messages of accounts are of no program."""
    if not is_test(identifier):
        return False
    if identifier.startswith("ptr_"):
        return rows.find(Enrollment, identifier, enrollment_key(program_id)) is not None
    customer = rows.find(Customer, identifier, "customer")
    return customer is not None and customer.test_program == program_id


def _conversions(program_terms: ProgramTerms, at: datetime) -> Iterator[Stored]:
    """Yield all that was received, day by day: the customers, the decisions, and at last the conversions."""
    program, day = program_terms.program, program_terms.program.created_at.date()
    while day <= at.date():
        begin = instants.midnight(day)
        read = partial(received_on, day, RECEIVED_IN_TESTS, begin=begin, end=begin + _DAY, limit=_PAGE)
        for page in walk.pages(read):
            for identifier in dict.fromkeys(one.id for one in page if one.program_id == program.id):
                yield from _conversion(identifier, program_terms)
        day += _DAY


def _conversion(identifier: str, program_terms: ProgramTerms) -> Iterator[Stored]:
    facts = list(ConversionRow.query(identifier, consistent_read=True))
    conversions = [one for one in facts if isinstance(one, Conversion)]
    for customer_id in dict.fromkeys(one.customer_id for one in conversions):
        yield from customer_rows(customer_id, program_terms.program)
    deciding = [name for one in facts for name in fact_ids(one)]
    decisions = rows.find_all(Decision, [(name, DECISION) for name in deciding]).values()
    for decision in decisions:
        counted = [one.pk for one in outcomes(decision)]
        for partition in dict.fromkeys([*(one.id for one in decision.rewards), *counted]):
            yield from noted(RewardRow.query(partition, consistent_read=True))
    for referral_id in sorted({one.referral_id for one in decisions if one.referral_id is not None}):
        yield from member_rows(referral_id)
    credited = [one.credit(conversions[0]) for one in facts if isinstance(one, Correction) and not one.voids]
    yield from _caps([*conversions, *(credited if conversions else ())], program_terms)
    yield from decisions
    # What leads to the others is the last to go.
    yield from noted(sorted(facts, key=lambda one: isinstance(one, Conversion)))


def _caps(conversions: Iterable[Conversion], program_terms: ProgramTerms) -> Iterator[Stored]:
    """Yield what conversions used of caps, by every version of the terms."""
    program = program_terms.program
    keys = {
        (cap.key, cap.budget)
        for conversion in conversions
        for terms in program_terms.versions
        for cap in caps_of(conversion, program, terms)
        if cap.stored
    }
    for key, is_budget in sorted(keys):
        if is_budget:
            yield from RewardRow.query(key[0], consistent_read=True)
        else:
            yield CapUsage(*key)


def _partners(program_terms: ProgramTerms, at: datetime) -> Iterator[Stored]:
    read = partial(partners.walk_enrolled, program_terms.program.id, limit=_PAGE)
    for enrollment in walk.each(read):
        yield from partner_rows(enrollment.id, program_terms.program, at=at)


def _events(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    for name in lists_of(program_terms.program.id):
        yield from EventRow.listed.query(name)


def _joining(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    program_id = program_terms.program.id
    yield from Invitation.invited.query(invited_to(program_id))
    for status in _STATUSES:
        yield from noted(Application.applying.query(applied_to(program_id, status)))


def _introductions(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    """Yield introductions with all beside them: what each leads to, and at last the row itself; and the own talks."""
    program_id = program_terms.program.id
    for row in Introduction.by_program.query(program_id):
        yield from every_of_person(row)
        for key in row.keys:
            yield from IntroductionRow.query(line_key(program_id, key), consistent_read=True)
        yield OpenIntroductions(open_key(program_id, row.partner_id), COUNT)
        own = noted(IntroductionRow.query(row.id, consistent_read=True))
        yield from sorted(own, key=lambda one: isinstance(one, Introduction))
    for state in get_args(ThanksState):
        yield from noted(Thanks.in_state.query(list_of(state, program_id)))
    yield from Talks.in_program.query(talks_of(program_id))
    yield from Trial.query(trial_key(program_id), consistent_read=True)


def _numbers(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    program_id = program_terms.program.id
    for number in range(_UNATTRIBUTED_SHARDS):
        yield from stats_rows(f"none{number}#{program_id}")
    subject = program_subject(program_id)
    yield from stats_rows(subject)
    for key in (sums_key, origins_key, by_terms_key, journeys_key, arrivals_key, steps_key):
        yield from StatsRow.query(key(subject), consistent_read=True)
    for partition in partitions_of(program_id):
        yield from StatsRow.query(partition, consistent_read=True)
    for kind in get_args(CohortKind):
        yield from CohortDay.query(cohorts_key(kind, program_id), consistent_read=True)


def _targets(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    """Yield targets, what is in force, what is to be done about each, and what the daily walk keeps."""
    program_id = program_terms.program.id
    for target in Target.listed.query(targets_of(program_id)):
        yield Claim(claim_key(program_id, target.subject, target.metric), CLAIM)
        yield Check(target.id, check_key(program_id))
        yield target
    for state in get_args(ItemState):
        yield from noted(ActionItem.by_program.query(items_in(state, program_id)[1]))
    yield TargetRow(summary_key(program_id), SUMMARY)
    yield TargetRow(walk_key(program_id), "walk")


def _materials(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    """Yield materials, each after its versions; who read them is among the rows of partners."""
    for state in STATES:
        for listed in Material.listed.query(materials_in(state, program_terms.program.id)):
            own = MaterialRow.query(listed.id, consistent_read=True)
            yield from sorted(own, key=lambda one: isinstance(one, Material))


def _moments(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    """Yield moments, each after what its friends came to, and what is counted of them."""
    program_id = program_terms.program.id
    for moment in Moment.of_program.query(program_id):
        yield from (row for row in MomentRow.query(moment.id, consistent_read=True) if row.sort != moment.sort)
        yield moment
    for key in (numbers_key, heard_key):
        yield from MomentRow.query(key(program_id), consistent_read=True)


def _program(program_terms: ProgramTerms, _at: datetime) -> Iterator[Stored]:
    """Yield all rows of a program but the one that says that it is being deleted."""
    program_id = program_terms.program.id
    for endpoint in program_terms.endpoints:
        yield EndpointCredentials(endpoint.endpoint_id, CREDENTIALS)
    yield from CustomTemplate.query(custom_key(program_id), consistent_read=True)
    yield from ProgramRow.query(logo_key(program_id), consistent_read=True)
    yield from noted(CostReversal.query(reversals_key(program_id), consistent_read=True))
    for cost in Cost.query(costs_key(program_id), consistent_read=True):
        yield CostPlace(cost.cost_id, PLACE)
        yield cost
    own = ProgramRow.query(program_id, consistent_read=True)
    # The first terms go together with the program: it cannot be read without any.
    yield from (one for one in own if not isinstance(one, Program) and one.sort != terms_key(1))


SOURCES: tuple[Source, ...] = (
    _messages,
    _conversions,
    _partners,
    _events,
    _joining,
    _numbers,
    _targets,
    _introductions,
    _materials,
    _moments,
    _program,
)
