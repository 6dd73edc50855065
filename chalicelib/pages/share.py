"""Writes the share page: what a partner has to share, what has come of it, and what happens next."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from chalice.app import Response
from markupsafe import Markup

from chalicelib.kit import config
from chalicelib.language import formats
from chalicelib.language.formats import money, name_from, number
from chalicelib.language.texts import Texts, texts
from chalicelib.ledger import find as ledger
from chalicelib.links import qr
from chalicelib.links.first_link import first_link
from chalicelib.links.shapes import make_url
from chalicelib.links.table import Link
from chalicelib.onboarding import progress
from chalicelib.onboarding.check_ins import gather_facts
from chalicelib.pages import goals
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.programs import find as programs
from chalicelib.programs import sentences
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.shapes import TermsView
from chalicelib.programs.share_texts import ShareTexts, fill
from chalicelib.programs.table import TermsVersion
from chalicelib.programs.terms import Tier
from chalicelib.rewards.find import benefits
from chalicelib.stats.report import brought_by, partner_report
from chalicelib.stats.shapes import PartnerStatsQuery
from chalicelib.web import shell, tell

_SHELL = shell.public(__file__)
_SCRIPT = Path(__file__).parent / "static" / "share.js"
_DAYS = timedelta(days=89)
_MOST_ENTRIES, _MOST_MOVEMENTS = 10, 30
_EVER = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def show(member: PartnerProfile, enrollment: Enrollment, *, at: datetime) -> Response:
    """Answer with a partner's share page in one program, in their language."""
    return shell.respond(_SHELL, "share.html", _page(member, enrollment, at=at), script=_SCRIPT)


def _page(member: PartnerProfile, enrollment: Enrollment, *, at: datetime) -> dict[str, Any]:
    promise = programs.find(enrollment.program_id)
    program, terms = promise.program, promise.in_force(at)
    t = texts(member.partner.locale)
    link = first_link(enrollment, at=at)
    since = PartnerStatsQuery(from_=(at - _DAYS).date().isoformat(), program=program.id)
    totals = partner_report(member.partner.id, since, at=at).totals
    head = ledger.head(member.partner.id, program.currency)
    messages = _messages(member, promise, link, terms, t)
    steps = progress.derive_steps(gather_facts(member, enrollment), at=at)
    agreed_at, version = enrollment.agreed_at, enrollment.agreed_version
    agreed = t("terms_agreed", version=str(version), date=formats.day(agreed_at, t.locale)) if agreed_at else None
    left_at = enrollment.left_at
    latest = ledger.latest(member.partner.id, program.currency, limit=_MOST_MOVEMENTS) if head else []
    states = tell.states(latest, head)
    given = benefits(member.partner.id, program.id, limit=_MOST_ENTRIES)
    due = head.due if head else 0
    now = member.standing(program.id, at).tier
    tier = goals.next_tier(terms.tiers, now)
    return {
        "t": t,
        "title": f"{program.name} – {t['title']}",
        "program": program.name,
        "name": member.partner.name,
        "promises": filter(None, (sentences.summary(terms.rules, side, t) for side in ("referrer", "referee"))),
        "link": _shown(link),
        "texts": messages,
        "ways": _ways(link, messages) if link else None,
        # The link stands below the message, unless it is in it.
        "beside": make_url(link.code) if link and make_url(link.code) not in messages["message"] else "",
        "qr": Markup(qr.draw_svg(make_url(link.code))) if link else None,  # noqa: S704 - an SVG of ours, without any text
        "clicks": number(totals.clicks.human, t.locale),
        "joined": number(totals.leads, t.locale),
        "bought": number(totals.sales, t.locale),
        "due": money(head.due + head.frozen if head else 0, program.currency, t.locale),
        "held": money(head.held if head else 0, program.currency, t.locale),
        "paid": money(head.paid if head else 0, program.currency, t.locale),
        "money": head is not None or any(rule.to == "referrer" and not rule.benefit for rule in terms.rules),
        "elsewhere": len(member.enrollments) > 1,
        "next": [
            *tell.of_money(states.values(), due, terms.minimum_payout, program.currency, t),
            *tell.of_benefits(given, t),
            *([] if left_at else [tell.of_steps(steps, t)]),
        ],
        "left": t("you_left", date=formats.day(left_at, t.locale)) if left_at else None,
        "tier": t("tier_now", name=name_from(now)) if now else None,
        "goals": _goals(member, program.id, tier, program.currency, t, at=at) if tier and not left_at else [],
        "brings": sentences.tier_brings(terms.rules, tier.name, now, t) if tier else None,
        "steps": [
            {"what": t[f"step_{one.name}"], "date": formats.day(one.at, t.locale) if one.at else None} for one in steps
        ],
        "coming": progress.find_next_step(steps),
        "entries": tell.history(latest, states, given, t, most=_MOST_ENTRIES),
        "terms_url": _read_at(terms, t),
        "agreed": agreed,
        "agreed_url": _read_at(promise.version(version), t) if version not in (None, terms.version) else None,
        "portal": f"{config.public_url()}/portal",
    }


def _read_at(terms: TermsVersion, t: Texts) -> str:
    return f"{TermsView.of(terms).url}?lang={t.language}"


def _shown(link: Link | None) -> dict[str, str] | None:
    if link is None:
        return None
    url = make_url(link.code)
    return {"url": url, "shown": url.partition("://")[2], "code": link.code.upper()}


def _messages(
    member: PartnerProfile, promise: ProgramTerms, link: Link | None, terms: TermsVersion, t: Texts
) -> dict[str, str]:
    """Return what is ready to be sent: the program's own words, or ours; the link comes after it, unless it is in it."""
    program = promise.program
    own = program.share_texts.get(t.language, ShareTexts())
    values = {
        "program": program.name,
        "link": make_url(link.code) if link else "",
        "code": link.code.upper() if link else "",
        "name": member.partner.name,
        "friend_gets": sentences.friend_gets(terms.rules, t),
    }
    ready = f"{t('ready', program=program.name)} {values['friend_gets']}".strip()
    message = fill(own.message, values) if own.message else ready
    return {
        "message": message,
        "whatsapp": fill(own.whatsapp, values) if own.whatsapp else message,
        "sms": fill(own.sms, values) if own.sms else message,
        "email": fill(own.email, values) if own.email else message,
        "subject": fill(own.email_subject, values) if own.email_subject else t("subject", program=program.name),
    }


def _ways(link: Link, texts: Mapping[str, str]) -> dict[str, str]:
    url = make_url(link.code)

    def spelled(channel: str) -> str:
        text = texts[channel]
        return quote(text if url in text else f"{text} {url}", safe="")

    picture = f"{config.public_url()}/v1/qr/{link.code}"
    return {
        "whatsapp": f"https://wa.me/?text={spelled('whatsapp')}",
        "sms": f"sms:?&body={spelled('sms')}",
        "email": f"mailto:?subject={quote(texts['subject'], safe='')}&body={spelled('email')}",
        "telegram": f"https://t.me/share/url?{_for_telegram(url, texts['message'])}",
        "png": f"{picture}.png",
        "svg": f"{picture}.svg",
    }


def _for_telegram(url: str, message: str) -> str:
    """Return what Telegram puts into a chat: `url`, and below it `text`. A message with the link in it goes as the first alone."""
    if url in message:
        return f"url={quote(message, safe='')}"
    return f"url={quote(url, safe='')}&text={quote(message, safe='')}"


def _goals(
    member: PartnerProfile, program_id: str, tier: Tier, currency: str, t: Texts, *, at: datetime
) -> list[dict[str, Any]]:
    """Return what is left to do until a tier."""
    since = at - timedelta(days=tier.within_days) if tier.within_days else _EVER
    sales, revenue, leads = brought_by(member.partner.id, program_id, since=since, until=at)
    within = t("within_days", number=tier.within_days) if tier.within_days else None
    found = goals.until(tier, sales=sales, revenue=revenue, leads=leads, currency=currency, t=t)
    return [goal | {"within": within} for goal in found]
