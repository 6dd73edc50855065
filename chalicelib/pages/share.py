"""Writes the share page: what a partner has to share, and what has come of it."""

import base64
import contextlib
import functools
import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from chalicelib.kit import config
from chalicelib.kit.money import written
from chalicelib.ledger import find as ledger
from chalicelib.ledger.table import Entry
from chalicelib.links import find as links
from chalicelib.links import qr
from chalicelib.links.shapes import url_of
from chalicelib.links.table import Link
from chalicelib.pages.words import words
from chalicelib.partners.find import Member
from chalicelib.partners.table import Enrolment
from chalicelib.programs import find as programs
from chalicelib.programs.terms import Criteria, Rule
from chalicelib.stats.shapes import PartnerStatsQuery
from chalicelib.stats.sum_up import of_one_partner

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"
_DAYS = timedelta(days=89)
_MOST_ENTRIES = 10


def page(member: Member, enrolment: Enrolment, *, at: datetime) -> str:
    """Return a partner's share page in one programme, in their language."""
    promise = programs.find(enrolment.program_id)
    currency = promise.program.currency
    said = words(member.partner.locale)
    link = first_link(member, enrolment, at=at)
    since = PartnerStatsQuery(from_=(at - _DAYS).date().isoformat(), program=enrolment.program_id)
    totals = of_one_partner(member.partner.id, since, at=at).totals
    head = ledger.head(member.partner.id, currency)
    text = said["ready"].format(program=promise.program.name)
    return _template().render(
        t=said,
        style=Markup(_asset("share.css")),
        script=Markup(_asset("share.js")),
        program=promise.program.name,
        name=member.partner.name,
        promises=[_promised(rule, said) for rule in promise.in_force(at).rules],
        link={"url": url_of(link.code), "code": link.code.upper()} if link else None,
        text=text,
        ways=_ways(link, text, said["subject"].format(program=promise.program.name)) if link else None,
        qr=Markup(qr.svg(url_of(link.code))) if link else None,
        clicks=totals.clicks.human,
        joined=totals.leads,
        bought=totals.sales,
        due=written(head.due + head.frozen if head else 0, currency),
        held=written(head.held if head else 0, currency),
        paid=written(head.paid if head else 0, currency),
        elsewhere=len(member.enrolments) > 1,
        entries=[_entry(entry, said) for entry in ledger.latest(member.partner.id, currency, limit=_MOST_ENTRIES)],
    )


def security_policy() -> str:
    """Return the page's content security policy: its own style and script by their hashes, and nothing else."""
    return (
        f"default-src 'none'; style-src '{_hash('share.css')}'; script-src '{_hash('share.js')}'; "
        "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def own_name(enrolment: Enrolment) -> str:
    """Return the name under which the page makes a link, so that tapping twice makes one."""
    return f"share-page:{enrolment.id}:{enrolment.program_id}"


def first_link(member: Member, enrolment: Enrolment, *, at: datetime) -> Link | None:
    """Return the link to show: the page's own, or the first of the programme's that leads somewhere."""
    with contextlib.suppress(links.LinkNotFound):
        own = links.find(f"ext_{own_name(enrolment)}")
        if links.is_live(own, at):
            return own
    found, _ = links.page(member.partner.id, limit=100)
    return next((one for one in found if one.program_id == enrolment.program_id and links.is_live(one, at)), None)


def _ways(link: Link, text: str, subject: str) -> dict[str, str]:
    message = quote(f"{text} {url_of(link.code)}", safe="")
    return {
        "whatsapp": f"https://wa.me/?text={message}",
        "sms": f"sms:?&body={message}",
        "email": f"mailto:?subject={quote(subject, safe='')}&body={message}",
        "png": f"{config.public_url()}/v1/qr/{link.code}.png",
    }


def _promised(rule: Rule, said: Mapping[str, str]) -> str:
    """Return a rule in a sentence, from the terms themselves."""
    listed = rule.on in ("lead", "sale")
    sentence = f"{rule.on}_{rule.to}" if listed else f"event_{rule.to}"
    suffix = "" if rule.rate_bp is not None or rule.on != "sale" else "_flat"
    conditions = f" {said['conditions']}" if rule.when != Criteria() else ""
    return said[sentence + suffix].format(what=_what(rule), event=rule.on.replace("_", " ")) + conditions


def _what(rule: Rule) -> str:
    if rule.benefit is not None:
        return rule.benefit.spelled
    if rule.flat is not None:
        return written(rule.flat.amount, rule.flat.currency)
    percent = f"{(rule.rate_bp or 0) // 100}.{(rule.rate_bp or 0) % 100:02}".rstrip("0").rstrip(".")
    return f"{percent} %"


def _entry(entry: Entry, said: Mapping[str, str]) -> dict[str, Any]:
    return {
        "what": said[entry.kind],
        "date": f"{entry.at:%Y-%m-%d}",
        "amount": written(_shown(entry), entry.currency),
    }


def _shown(entry: Entry) -> int:
    """Return what an entry added to what the partner owns; of a move from one part to another, what was moved."""
    gained = -entry.expense
    return gained or max(entry.held, entry.due, entry.frozen, entry.paid)


@functools.cache
def _template() -> "jinja2.Template":
    # Every function imports this file, and only this page needs what comes with jinja2.
    import jinja2

    loader = jinja2.FileSystemLoader(_TEMPLATES)
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("share.html")


@functools.cache
def _asset(name: str) -> str:
    return (_TEMPLATES / name).read_text(encoding="utf-8")


@functools.cache
def _hash(name: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(_asset(name).encode()).digest()).decode()
