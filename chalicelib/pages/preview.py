"""Previews of pages and of an email with a draft of a look, for frames of the admin page; with sample data."""

from collections.abc import Callable, Mapping
from datetime import datetime

from chalice.app import Response

from chalicelib.emails.render import render_preview
from chalicelib.language.texts import texts
from chalicelib.links.table import Link
from chalicelib.onboarding import progress
from chalicelib.onboarding.progress import OnboardingFacts
from chalicelib.pages import friend, goals, join
from chalicelib.pages import share as share_page
from chalicelib.pages.share import SharePage
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment, Partner
from chalicelib.programs.find import ProgramTerms
from chalicelib.stats.counts import Counts
from chalicelib.web import look_draft, shell
from chalicelib.web.shared_links import shared_url

# The sample partner and link: no row has these ids.
_PARTNER, _LINK, _NAME, _CODE = "ptr_00000000000000000000000000", "lnk_00000000000000000000000000", "Ada", "ada-sample"
_EMAIL = "earned"


def answer(page: str, look: str, *, locale: str, country: str, at: datetime) -> Response | None:
    """Answer with the preview of a page; *look* is a draft signed by `look_draft`. None if there is no such preview."""
    program_terms = look_draft.read(look, at=at)
    if program_terms is None or page not in _PAGES:
        return None
    return _PAGES[page](program_terms, locale, country, at)


def _join(program_terms: ProgramTerms, locale: str, _country: str, at: datetime) -> Response:
    # A closed program has no form to preview.
    if program_terms.program.joining == "closed":
        program_terms.program.joining = "open"
    return shell.framed(join.show(program_terms, "", locale=locale, at=at))


def _share(program_terms: ProgramTerms, locale: str, country: str, at: datetime) -> Response:
    return shell.framed(share_page.respond(_sample(program_terms, at=at), texts(locale), country))


def _friend(program_terms: ProgramTerms, locale: str, _country: str, at: datetime) -> Response:
    link = _link_of(program_terms, at=at)
    onward = shared_url(link.code, program_terms.program)
    return shell.framed(friend.show(program_terms, link, _NAME, texts(locale), onward=onward, at=at))


def _email(program_terms: ProgramTerms, locale: str, _country: str, _at: datetime) -> Response:
    program = program_terms.program
    language = locale.partition("-")[0]
    return shell.framed_email(render_preview(program, _EMAIL, language, url=program.landing_url).html)


_PAGES: Mapping[str, Callable[[ProgramTerms, str, str, datetime], Response]] = {
    "join": _join,
    "share": _share,
    "friend": _friend,
    "email": _email,
}


def _sample(program_terms: ProgramTerms, *, at: datetime) -> SharePage:
    """Return the share page of a partner who has just joined."""
    program, terms = program_terms.program, program_terms.in_force(at)
    partner = Partner(_PARTNER, "partner", category="client", name=_NAME, created_at=at)
    enrollment = Enrollment(
        _PARTNER,
        program.id,
        program_id=program.id,
        enrolled_in=program.id,
        share_nonce="",
        enrolled_at=at,
        agreed_at=at,
        agreed_version=terms.version,
    )
    facts = OnboardingFacts(None, at, at, None, None, None, None)
    return SharePage(
        PartnerProfile(partner, [enrollment]),
        enrollment,
        program_terms,
        terms,
        link=_link_of(program_terms, at=at),
        totals=Counts(),
        account=None,
        entries=[],
        states={},
        benefits=[],
        steps=progress.derive_steps(facts, at=at),
        tier=None,
        next_tier=goals.next_tier(terms.tiers, None),
        brought=None,
        unread=[],
        over=False,
        ended=False,
        at=at,
    )


def _link_of(program_terms: ProgramTerms, *, at: datetime) -> Link:
    program = program_terms.program
    return Link(
        _CODE,
        "link",
        id=_LINK,
        code=_CODE,
        program_id=program.id,
        partner_id=_PARTNER,
        destination=program.landing_url,
        created_at=at,
    )
