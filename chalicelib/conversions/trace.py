"""Traces the touches of a report to their links, partners and terms, and says of a partner if they are the customer."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chalicelib.clicks import click_ids
from chalicelib.conversions.attribution import CLOCKS, Ineligible, SelfReferral, Touch, line_up
from chalicelib.conversions.shapes import NewConversion, TouchReport
from chalicelib.kit import bodies, instants
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.keyed_digests import mailbox_of
from chalicelib.links import codes
from chalicelib.links import find as links
from chalicelib.links.table import Link
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_email, recall_survivor_id
from chalicelib.partners.table import Partner, PartnerName
from chalicelib.programs.find import ProgramTerms
from chalicelib.referrals.find import CustomerProfile
from chalicelib.referrals.shapes import CustomerReport

# When a code was typed is often claimed by the visitor's own clock, which may be in another zone, or wrong.
_VISITORS_CLOCKS = timedelta(days=1)


class Person(Struct, frozen=True):
    """
    What tells who a customer is: the website's id and their mailboxes; and since when its server reports them.

    *guests* are our ids of those who were merged into them: the server may have reported these before.
    """

    external_id: str
    mailboxes: frozenset[str]
    known_since: datetime | None = None
    guests: tuple[str, ...] = ()


def identify(
    report: CustomerReport,
    profile: CustomerProfile | None,
    *,
    account: bool,
    same_id: PartnerName | UnsetType | None = UNSET,
) -> Person:
    """
    Return who a customer is, by this report and earlier ones; and by an *account* as a partner, if that is asked.

    *same_id* is the name of the partner who has the reported id, if that was read before.
    """
    addresses = [report.email]
    if profile is not None:
        addresses += [profile.customer.email, profile.customer.email_for_news]
    external_id = report.external_id
    if profile is not None and external_id in (profile.customer.other_ids or ()):
        # Reported by an id that they had before, or as a guest.
        external_id, same_id = profile.customer.external_id, UNSET
    if account:
        partner = partners.recall_by_external_id(external_id) if same_id is UNSET else partners.recall_named(same_id)
        addresses += _addresses_of(partner.partner) if partner is not None else ()
    # Who only a page reported is not known: anyone could have made them up.
    is_known = profile is not None and not profile.customer.by_page
    known_since = profile.customer.created_at if profile is not None and is_known else None
    guests = tuple(profile.customer.guests or ()) if profile is not None else ()
    return Person(external_id, _mailboxes(addresses), known_since, guests)


def self_referral(partner: Partner, person: Person) -> SelfReferral | None:
    """Say by what a partner is the customer they refer, or None."""
    if partner.external_id == person.external_id:
        return "account"
    return "address" if person.mailboxes & _mailboxes(_addresses_of(partner)) else None


def self_referral_of(partner_id: str, *profiles: CustomerProfile) -> SelfReferral | None:
    """Return by what a partner is one of these customers, who are one person; None if they are not."""
    survivor_id = recall_survivor_id(partner_id)
    partner = partners.recall_all([survivor_id]).get(survivor_id)
    if partner is None:
        return None
    people = [
        identify(CustomerReport(one), profile, account=True)
        for profile in profiles
        for one in profile.customer.known_as
    ]
    reasons = [self_referral(partner.partner, person) for person in people]
    return next((one for one in ("account", "address") if one in reasons), None)


def trace(
    report: NewConversion,
    program_terms: ProgramTerms,
    person: Person,
    emails: Sequence[str] | None,
    *,
    occurred_at: datetime,
    at: datetime,
) -> list[Touch]:
    """
    Return every touch of a *person*'s report with its context, in the given order; none is left out.

    Behind them comes the first introduction of whoever has one of these *emails*, unless the report names it. They
    are None for a page's report, which binds nobody by an introduction.
    """
    touches = _touches(report)
    # An introduction that is named twice is one touch.
    touches = [one for n, one in enumerate(touches) if one.introduction is None or one not in touches[:n]]
    by_link = [touch for touch in touches if touch.introduction is None]
    traced = _trace_links(by_link, program_terms, person, occurred_at=occurred_at, at=at) if by_link else []
    # Only these programs have introductions: no other report waits for them.
    if len(by_link) == len(touches) and (not emails or program_terms.program.receiving is None):
        return traced
    from chalicelib.conversions.introduced import trace_introductions

    introduced = trace_introductions(touches, program_terms, person, emails, reported_at=at)
    links_ = iter(traced)
    ordered = [next(links_) if touch.introduction is None else introduced[touch.introduction] for touch in touches]
    further = [one for one in introduced.values() if one not in ordered]
    return line_up([*ordered, *further], occurred_at=occurred_at)


def _trace_links(
    touches: Sequence[TouchReport],
    program_terms: ProgramTerms,
    person: Person,
    *,
    occurred_at: datetime,
    at: datetime,
) -> list[Touch]:
    """
    Return touches by links and codes with their context.

    A click of any class counts: machines do not sign up, and a person may look like one. If a touch has a click
    id and a code, the code counts if the click id is not ours.
    """
    clicks = {touch.click_id: click_ids.read(touch.click_id) for touch in touches if touch.click_id}
    typed = [touch.code for touch in touches if touch.code]
    links_by_code = links.find_by_codes([*typed, *(click.code_key for click in clicks.values() if click)])
    # By the owners of the links: of a duplicate's, the partner it was merged into is credited.
    people = {
        owner_id: profile.partner
        for owner_id in dict.fromkeys(link.partner_id for link in links_by_code.values())
        for profile in partners.recall_all([recall_survivor_id(owner_id)]).values()
    }

    traced = []
    for touch in touches:
        if touch.friend_name is not None:
            traced.append(_trace_friend_name(touch.friend_name, program_terms, person, at=at))
            continue
        click = clicks.get(touch.click_id or "")
        code = touch.code if click is None else None
        link = links_by_code.get(click.code_key if click else codes.read_typed(code or "") or "")
        moment = click.at if click else at
        terms = program_terms.in_force(moment)
        claimed_at = click.at if click else _claimed_at(touch, at=at)
        ineligible_because = _ineligible_because(touch, click, link, people, program_terms, moment=moment, at=at)
        if ineligible_because is None and link is not None and touch.at is not None and click is None:
            ineligible_because = _misplaced(claimed_at, link, occurred_at=occurred_at)
        partner = people.get(link.partner_id) if link else None
        traced.append(
            Touch(
                token=(code or touch.click_id or "")[: click_ids.MOST_CHARACTERS],
                by="click" if code is None else "code",
                at=moment,
                claimed_at=claimed_at,
                ineligible_because=ineligible_because,
                self_referral=self_referral(partner, person) if partner else None,
                code_key=link.key if link else "",
                partner_id=partner.id if partner else link.partner_id if link else "",
                terms_version=terms.version,
                window_days=terms.window_days,
            )
        )
    return traced


def _trace_friend_name(text: str, program_terms: ProgramTerms, person: Person, *, at: datetime) -> Touch:
    # Rare: no start of the API waits for it.
    from chalicelib.conversions.trace_friend_name import trace_friend_name

    touch, partner = trace_friend_name(text, program_terms, at=at)
    evidence = self_referral(partner, person) if partner is not None else None
    return msgspec.structs.replace(touch, self_referral=evidence)


def check_touches(report: NewConversion) -> None:
    """Refuse malformed touches, whether they will count or the customer is known already."""
    forms = [bool(report.touches), bool(report.click_id), bool(report.code), report.partner is not None]
    if sum(forms) > 1:
        raise InvalidValue("Send only one of `touches`, `click_id`, `code` and `partner`.", pointer="/touches")
    for number, touch in enumerate(report.touches):
        by_link = touch.click_id is not None or touch.code is not None
        if by_link + (touch.introduction is not None) + (touch.friend_name is not None) != 1:
            needed = "A touch needs a `click_id`, a `code` or both; or an `introduction` or a `friend_name` alone."
            raise InvalidValue(needed, pointer=f"/touches/{number}")
        if touch.at is not None:
            bodies.read_instant(touch.at, pointer=f"/touches/{number}/at")


def has_touches(report: NewConversion) -> bool:
    """Return whether a report names any way in which the customer came, or who sent them."""
    return bool(_touches(report)) or report.partner is not None


def _touches(report: NewConversion) -> list[TouchReport]:
    if report.click_id or report.code:
        return [TouchReport(click_id=report.click_id, code=report.code)]
    return report.touches


def _claimed_at(touch: TouchReport, *, at: datetime) -> datetime:
    """Return when a code was typed, as the website claims; less than a day ahead, or not claimed, counts as now."""
    claimed_at = instants.parse(touch.at) if touch.at is not None else at
    return claimed_at if claimed_at > at + _VISITORS_CLOCKS else min(claimed_at, at)


def _misplaced(claimed_at: datetime, link: Link, *, occurred_at: datetime) -> Ineligible | None:
    """Return what is wrong with the time a website claims for a code; a click's time is signed, so it is right."""
    if claimed_at > occurred_at + CLOCKS:
        return "after_conversion"
    return "before_link" if claimed_at < link.created_at - _VISITORS_CLOCKS else None


def _ineligible_because(
    touch: TouchReport,
    click: click_ids.ClickId | None,
    link: Link | None,
    people: dict[str, Partner],
    program_terms: ProgramTerms,
    *,
    moment: datetime,
    at: datetime,
) -> Ineligible | None:
    """Return the reason against a touch, apart from its window, or None."""
    if click is None and touch.code is None:
        return "invalid_click_id"
    if link is None:
        return "unknown_code"
    if link.program_id != program_terms.program.id:
        return "other_program"
    if not program_terms.program.takes_touch(moment):
        return "program_ended"
    if click is None and not links.is_live(link, at):
        return "link_ended"
    return None if link.partner_id in people else "partner_unknown"


def _addresses_of(partner: Partner) -> list[str | None]:
    return [*every_email(partner), partner.payout_email]


def _mailboxes(addresses: Iterable[str | None]) -> frozenset[str]:
    return frozenset(mailbox_of(address) for address in addresses if address)
