"""The share page: what a partner has to share, what has come of it, and what happens next."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from chalice.app import Response
from markupsafe import Markup
from msgspec import Struct

from chalicelib.kit import config
from chalicelib.language import formats
from chalicelib.language.formats import money, name_from, number
from chalicelib.language.texts import Texts, texts
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import Entry, Head
from chalicelib.links import find as links
from chalicelib.links import qr
from chalicelib.links.first_link import first_link
from chalicelib.links.shapes import make_url
from chalicelib.links.table import Link
from chalicelib.materials.markup import fill_title
from chalicelib.materials.reading import list_due
from chalicelib.materials.table import Material
from chalicelib.onboarding import progress
from chalicelib.onboarding.check_ins import gather_facts
from chalicelib.pages import goals, sharing
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.programs import end_sentences, sentences
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import imprints_of
from chalicelib.programs.receiving import receiving_of
from chalicelib.programs.shapes import TermsView
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import Tier
from chalicelib.rewards.find import BenefitGiven, benefits_and_rewards, state_of
from chalicelib.stats.counts import Counts
from chalicelib.stats.partner_counts import PartnerCounts, read_counts
from chalicelib.stats.report import Span
from chalicelib.stats.shapes import StatsQuery
from chalicelib.tiers.promotion import PartnerTotals
from chalicelib.web import activity, share_messages, shell
from chalicelib.web.brand import brand_of
from chalicelib.web.shared_links import shared_url

_SHELL = shell.public(__file__)
_SCRIPT = Path(__file__).parent / "static" / "share.js"
_DAYS = timedelta(days=89)
_MOST_ENTRIES, _MOST_MOVEMENTS = 10, 30
_A_MOMENT = timedelta(milliseconds=1)
_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


class SharePage(Struct, frozen=True):
    """All that is read for a partner's page in one program; *brought* is counted towards the tier above theirs."""

    profile: PartnerProfile
    enrollment: Enrollment
    program_terms: ProgramTerms
    terms: TermsVersion
    link: Link | None
    totals: Counts
    account: Head | None
    entries: Sequence[Entry]
    states: activity.States
    benefits: Sequence[BenefitGiven]
    steps: list[progress.OnboardingStep]
    tier: str | None
    next_tier: Tier | None
    brought: PartnerTotals | None
    # What they must read, and have not.
    unread: Sequence[Material]
    # There is nothing to share any more: they left, or the program takes no new friends.
    over: bool
    # Nothing can be earned any more.
    ended: bool
    at: datetime


def show(profile: PartnerProfile, enrollment: Enrollment, locale: str, country: str, *, at: datetime) -> Response:
    """Answer with a partner's share page in one program, to a reader in a country."""
    return respond(gather(profile, enrollment, at=at), texts(locale), country)


def respond(page: SharePage, t: Texts, country: str) -> Response:
    """Answer with a share page."""
    sharing_values = _sharing(page, t, country)
    above = {**_heading(page, t), **_end(page, t)}
    values = {**above, **sharing_values, **_next(page, t), **_rewards(page, t), **_materials(page), **_terms(page, t)}
    brand = brand_of(page.program_terms.program)
    return shell.respond(_SHELL, "share.html", {"t": t, **values}, brand=brand, script=_SCRIPT)


def gather(profile: PartnerProfile, enrollment: Enrollment, *, at: datetime) -> SharePage:
    """Read all that a share page shows."""
    program_terms = programs.find(enrollment.program_id)
    program, terms = program_terms.program, program_terms.in_force(at)
    account, entries = ledger.head_with_latest(enrollment.id, program.currency, limit=_MOST_MOVEMENTS)
    benefits, rewards = benefits_and_rewards(
        enrollment.id,
        program.id,
        (entry.reward_id for entry in entries if entry.reward_id),
        limit=_MOST_ENTRIES,
    )
    own, counts = links.list_all(enrollment.id), read_counts(enrollment.id, program, at=at)
    span = Span(StatsQuery(from_=(at - _DAYS).date().isoformat()), program, at=at)
    tier = profile.standing(program.id, at).tier
    next_tier = goals.next_tier(terms.tiers, tier)
    over = enrollment.left_at is not None or not program.takes_touch(at)
    return SharePage(
        profile,
        enrollment,
        program_terms,
        terms,
        link=first_link(enrollment, own, at=at),
        totals=counts.total(span.begin, span.end),
        account=account,
        entries=entries,
        states={reward.pk: state_of(reward, account.state) for reward in rewards} if account else {},
        benefits=benefits,
        steps=progress.derive_steps(gather_facts(enrollment, own, counts), at=at),
        tier=tier,
        next_tier=next_tier,
        brought=_brought(counts, next_tier, at=at) if next_tier and not over else None,
        unread=[] if over else list_due(profile, program.id, texts(profile.partner.locale).language, at=at),
        over=over,
        ended=not program.pays_for(at),
        at=at,
    )


def _brought(counts: PartnerCounts, tier: Tier, *, at: datetime) -> PartnerTotals:
    since = at - timedelta(days=tier.within_days) if tier.within_days else _EVER
    brought = counts.total(since, at + _A_MOMENT)
    return PartnerTotals(brought.sales, brought.revenue - brought.refunded, brought.leads)


def _heading(page: SharePage, t: Texts) -> dict[str, Any]:
    program, left_at = page.program_terms.program, page.enrollment.left_at
    rules, currency = sentences.of_tier(page.terms.rules, page.tier), program.currency
    return {
        "title": f"{program.name} – {t['title']}",
        "program": program.name,
        "name": page.profile.partner.name,
        "left": t("you_left", date=formats.day(left_at, t.locale)) if left_at else None,
        "promises": filter(None, (sentences.summary(rules, side, currency, t) for side in ("referrer", "referee"))),
    }


def _end(page: SharePage, t: Texts) -> dict[str, Any]:
    """Return what is said of the program's end to those who take part, and where they introduce someone until then."""
    program, left = page.program_terms.program, page.enrollment.left_at is not None
    introduces = not page.over and receiving_of(program).open
    return {
        "end": [] if left else end_sentences.of_end(program, t, at=page.at),
        "over": page.over,
        "introduce": f"{config.public_url()}/portal/introduce?program={program.id}" if introduces else "",
    }


def _sharing(page: SharePage, t: Texts, country: str) -> dict[str, Any]:
    """Return the link with its code, and what is ready to be sent."""
    messages = share_messages.messages(
        page.program_terms.program,
        page.terms.rules,
        t,
        name=page.profile.partner.name,
        code=page.link.code if page.link else None,
    )
    if page.link is None:
        return {"link": None, "texts": messages}
    program = page.program_terms.program
    url, direct = shared_url(page.link.code, program), make_url(page.link.code)
    return {
        "link": {"url": url, "code": page.link.code.upper()},
        "texts": messages,
        "ways": sharing.ways(page.link, program, messages),
        "buttons": sharing.buttons(program, country),
        "friends_see": _friends_see(page, t) if url != direct else None,
        # The link is shown below the message, unless the message includes it.
        "beside": "" if url in messages["message"] else url,
        "qr": Markup(qr.draw_svg(direct)),  # noqa: S704 - an SVG of ours, without any text
    }


def _friends_see(page: SharePage, t: Texts) -> str:
    """Return under which name the friend page recommends."""
    name = page.profile.partner.friend_name
    return t("friends_see_name", name=name) if name else t["friends_see_no_name"]


def _next(page: SharePage, t: Texts) -> dict[str, Any]:
    """Return what happens next, how far it is to the next tier, and which steps were taken."""
    due, currency = page.account.due if page.account else 0, page.program_terms.program.currency
    tier, rules = page.next_tier, page.terms.rules
    # A partner who has left is paid any amount they are owed.
    minimum = 0 if page.enrollment.left_at or page.ended else page.terms.minimum_payout
    return {
        "next": [
            *activity.describe_coming_money(page.states.values(), due, minimum, currency, t),
            *activity.describe_coming_benefits(page.benefits, t),
            *([] if page.over else [activity.describe_next_step(page.steps, t)]),
        ],
        "tier": t("tier_now", name=name_from(page.tier)) if page.tier else None,
        "goals": goals.until(tier, page.brought, currency=currency, t=t) if tier and page.brought else [],
        "within": t("within_days", number=tier.within_days) if tier and tier.within_days else None,
        "brings": sentences.tier_brings(rules, tier.name, page.tier, t) if tier else None,
        "steps": [
            {
                "what": activity.name_step(step.name, page.enrollment, t),
                "date": formats.day(step.at, t.locale) if step.at else None,
            }
            for step in page.steps
        ],
        "coming": progress.find_next_step(page.steps),
    }


def _rewards(page: SharePage, t: Texts) -> dict[str, Any]:
    """Return the link's numbers and what it earned."""
    account, currency = page.account, page.program_terms.program.currency
    promises_money = any(rule.to == "referrer" and not rule.benefit for rule in page.terms.rules)
    return {
        "clicks": number(page.totals.human, t.locale),
        "joined": number(page.totals.leads, t.locale),
        "bought": number(page.totals.sales, t.locale),
        "money": account is not None or promises_money,
        "due": money(account.due + account.frozen if account else 0, currency, t.locale),
        "held": money(account.held if account else 0, currency, t.locale),
        "paid": money(account.paid if account else 0, currency, t.locale),
        "elsewhere": len(page.profile.enrollments) > 1,
        "entries": activity.list_activity(page.entries, page.states, page.benefits, t, most=_MOST_ENTRIES),
        # Until an email to the address was opened, the page may be another person's.
        "shows_codes": not page.enrollment.by_form,
        "portal": f"{config.public_url()}/portal",
    }


def _materials(page: SharePage) -> dict[str, Any]:
    """Return what must be read, by title; the rest is in the portal."""
    program = page.program_terms.program.name
    return {"unread": [(one.id, fill_title(one.title, program)) for one in page.unread]}


def _terms(page: SharePage, t: Texts) -> dict[str, Any]:
    """Return where the terms can be read, which version was agreed to, and the imprint."""
    agreed_at, version = page.enrollment.agreed_at, page.enrollment.agreed_version
    other = page.program_terms.version(version) if version not in (None, page.terms.version) else None
    return {
        "terms_url": _address(page.terms, t),
        "agreed": t("terms_agreed", version=str(version), date=formats.day(agreed_at, t.locale)) if agreed_at else None,
        "agreed_url": _address(other, t) if other else None,
        "imprints": imprints_of([page.program_terms.program], t.locale),
    }


def _address(terms: TermsVersion, t: Texts) -> str:
    return f"{TermsView.of(terms).url}?lang={t.locale}"
