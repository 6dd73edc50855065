"""Offers an introduction: a draft of it, checked, until the partner sends it; at most so many open ones a partner."""

from datetime import datetime, timedelta

from msgspec import to_builtins

from chalicelib.audit.actor import Actor
from chalicelib.introductions import people
from chalicelib.introductions.find import find_open_count, list_open
from chalicelib.introductions.people import Person, keys_of
from chalicelib.introductions.shapes import NewIntroduction, OpenIntroduction
from chalicelib.introductions.states import OPEN, By
from chalicelib.introductions.steps import changed
from chalicelib.introductions.table import (
    COUNT,
    INTRODUCTION,
    Introduction,
    OpenIntroductions,
    of_person,
    open_key,
)
from chalicelib.kit import ids, instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import Write
from chalicelib.kit.errors import Busy, InvalidValue, Refused, refuse_invalid
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.keyed_digests import mailbox_of
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.partners.find import PartnerErased, PartnerNotEnrolled, PartnerProfile
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs import find as programs
from chalicelib.programs.receiving import find_wrong_answers, receiving_of
from chalicelib.programs.table import Program

_DAY = timedelta(days=1)
_MOST_LISTED = 100


class IntroductionsClosed(Refused):
    """The program does not take introductions now, or not from this partner."""

    STATUS_CODE = 409


class SelfIntroduction(Refused):
    """The introduced person is the partner."""


class DisposableEmail(Refused):
    """The address is of a service that gives addresses for minutes."""


class RoleAddress(Refused):
    """The address is of a function, such as `info@`; with it, the company is needed."""


class PersonUnreachable(Refused):
    """Neither an email address nor a phone number nor a company says how to reach the introduced person."""


class ConsentNeeded(Refused):
    """To write to the person, we need a digest of the words they agreed to, and when."""


class TooManyOpen(Refused):
    """The partner has the maximum number of open introductions in the program; the answer lists them."""

    STATUS_CODE = 429


class TooManyToday(Refused):
    """The partner made the maximum number of introductions in a day."""

    STATUS_CODE = 429


def offer(
    new: NewIntroduction, *, actor: Actor, by: By = "business", at: datetime, receipt: Receipt = no_receipt
) -> Introduction:
    """Store a draft of an introduction, which nobody but the partner sees, for 30 days."""
    for _ in writes.attempts():
        row, more = compose(new, at=at)
        change = changed(row, "offered", by=by, at=at, actor=actor.id)
        changes = [*change.writes, count_in(change.row, at=at), *more, *receipt(change.row)]
        if not actor.commit(*changes, action="introduction.offered", subject=row.id, part=row.partner_id, at=at):
            return change.row
    raise Busy("This partner makes many introductions right now; send the same call again.")


def compose(new: NewIntroduction, *, at: datetime) -> tuple[Introduction, list[Write]]:
    """
    Return a new introduction without a state, and what is written with it. Refuses what cannot be introduced.

    Its partner takes part and may have one more; the person can be reached, and is not the partner.
    """
    program = programs.find(new.program).program
    programs.check_not_ended(program, at=at)
    profile = partners.find_survivor(new.partner)
    enrollment = check_partner(profile, program)
    check(new, program, profile)
    row = Introduction(
        ids.new_id("itr", at, test=ids.is_test(program.id)),
        INTRODUCTION,
        program_id=program.id,
        partner_id=profile.partner.id,
        person=new.person,
        why=new.why,
        closeness=new.closeness,
        sent_by=new.sent_by,
        consent=new.consent,
        expected_amount=new.expected_amount,
        answers=new.answers,
        owner=receiving_of(program).owner,
        state="offered",
        created_at=at,
        turned_at=at,
        keys=[forms[0] for forms in keys_of(new.person)],
    )
    still_enrolled = writes.check(enrollment, Enrollment.left_at.does_not_exist())
    named = [writes.insert(one) for one in of_person(row)]
    return row, [still_enrolled, *named]


def check_partner(profile: PartnerProfile, program: Program) -> Enrollment:
    """Return the partner's part in a program. Refuses one without, and a program that takes no introductions."""
    if profile.partner.erased_at is not None:
        raise PartnerErased(f"{profile.partner.id} was erased.", pointer="/partner")
    enrollment = profile.enrollment(program.id)
    if enrollment is None or enrollment.left_at is not None:
        raise PartnerNotEnrolled(f"{profile.partner.id} is not enrolled in {program.id}.", pointer="/partner")
    if profile.stopped is not None:
        raise IntroductionsClosed(f"{profile.partner.id} is {profile.stopped.to}.", pointer="/partner")
    if not receiving_of(program).open:
        raise IntroductionsClosed("The program takes no introductions now.", pointer="/program")
    return enrollment


def check(new: NewIntroduction, program: Program, profile: PartnerProfile) -> None:
    """Refuse a person who cannot be reached or is the partner, an amount in another currency, and wrong answers."""
    check_person(new.person, profile)
    if new.sent_by != "partner" and new.consent is None:
        raise ConsentNeeded("To write to this person, their consent is needed.", pointer="/consent")
    if new.sent_by != "partner" and new.person.email is None:
        raise PersonUnreachable("To write to this person, their email address is needed.", pointer="/person/email")
    if new.expected_amount is not None and new.expected_amount.currency != program.currency:
        raise InvalidValue(f"The program's currency is {program.currency}.", pointer="/expected_amount/currency")
    refuse_invalid(find_wrong_answers(receiving_of(program), new.answers or {}))


def check_person(person: Person, profile: PartnerProfile) -> None:
    """Refuse a person whom nobody can reach, and the partner themselves."""
    email = person.email
    if email is None and person.phone is None and person.company is None:
        raise PersonUnreachable("An email address, a phone number or a company is needed.", pointer="/person/email")
    if person.phone is not None and people.read_phone(person.phone) is None:
        raise InvalidValue("A phone number begins with its country's code, as +49 30 1234567.", pointer="/person/phone")
    if email is None:
        return
    partner = profile.partner
    own = [partner.email, partner.payout_email, *(partner.other_emails or ())]
    if mailbox_of(email) in {mailbox_of(one) for one in own if one is not None}:
        raise SelfIntroduction("This is the partner's own address.", pointer="/person/email")
    if people.is_disposable(email):
        raise DisposableEmail("This address lives for minutes; another one is needed.", pointer="/person/email")
    if people.is_role(email) and person.company is None:
        raise RoleAddress("With an address of a function, the company is needed.", pointer="/person/company")


def find_room(program: Program, partner: Partner, *, at: datetime) -> tuple[int, int]:
    """Return how many more introductions a partner may have open in a program, and how many more they may make now."""
    receiving = receiving_of(program)
    counts = [find_open_count(program.id, one) for one in every_id(partner)]
    latest = _latest_day(counts[0], at=at)
    number = sum(one.number for one in counts if one is not None)
    return receiving.most_open - number, receiving.most_a_day - len(latest)


def _latest_day(count: OpenIntroductions | None, *, at: datetime) -> list[str]:
    return [one for one in (count.latest if count is not None else ()) if instants.parse(one) > at - _DAY]


def count_in(row: Introduction, *, at: datetime) -> Write:
    """Return the write that counts a new introduction, if its partner may have one more; an ended one counts today."""
    receiving = receiving_of(programs.find(row.program_id).program)
    key = open_key(row.program_id, row.partner_id)
    partner_ids = every_id(partners.find(row.partner_id).partner)
    count, *others = [find_open_count(row.program_id, one) for one in partner_ids]
    number = count.number if count is not None else 0
    if number + sum(one.number for one in others if one is not None) >= receiving.most_open:
        listed = list_open(row.program_id, partner_ids, most=min(receiving.most_open, _MOST_LISTED))
        raise TooManyOpen(
            f"A partner can have at most {receiving.most_open} open introductions.",
            pointer="/partner",
            details={"open": [to_builtins(OpenIntroduction.of(one)) for one in listed]},
        )
    latest = _latest_day(count, at=at)
    if len(latest) >= receiving.most_a_day:
        seconds = int((instants.parse(min(latest)) + _DAY - at).total_seconds()) + 1
        raise TooManyToday(
            f"A partner can make at most {receiving.most_a_day} introductions a day.",
            pointer="/partner",
            headers={"Retry-After": str(seconds)},
        )
    after = OpenIntroductions(key, COUNT, number=number + (row.state in OPEN), latest=[*latest, instants.text(at)])
    if count is None:
        return writes.insert(after)
    after.turn = count.turn + 1
    return writes.put_if(after, OpenIntroductions.turn == count.turn)
