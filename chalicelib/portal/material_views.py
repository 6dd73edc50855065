"""Shows a partner the materials that are for them, with their own link in them; and takes down what they read."""

from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from chalice.app import Response

from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.responses import Binary
from chalicelib.language import formats
from chalicelib.language.texts import Texts, texts
from chalicelib.links import find as link_search
from chalicelib.links.first_link import first_link
from chalicelib.materials import fill, markup
from chalicelib.materials.find import MaterialNotFound, find_version
from chalicelib.materials.kinds import Channel
from chalicelib.materials.mark_read import mark_read
from chalicelib.materials.reading import Applied, find_for, find_reads, list_for, list_starters_for
from chalicelib.materials.shapes import MaterialRead
from chalicelib.materials.starters import Starter
from chalicelib.materials.table import Material
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Enrollment
from chalicelib.portal.page import SHELL, PortalPage, PortalVisit, go_on, respond
from chalicelib.portal.session import signed_in
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.web import banners, shell
from chalicelib.web.forms import takes
from chalicelib.web.shared_links import shared_url

_MOST_DIGITS = 6


class Place(NamedTuple):
    """A program that a partner takes part in, their link in it, and what the names in materials stand for."""

    enrollment: Enrollment
    terms: ProgramTerms
    code: str
    url: str
    values: dict[str, str]


class Chosen(NamedTuple):
    """A material that a partner looks at: one of the starter set, or one of the program's *own*."""

    place: Place
    id: str
    kind: str
    channel: Channel | None
    language: str
    heading: str
    words: str
    url: str
    values: dict[str, str]
    own: Material | None

    @property
    def filled(self) -> str:
        return markup.fill_in(self.words, self.values)


@signed_in
def show_materials(visit: PortalVisit) -> Response:
    """Show what is for a partner, in each of their programs: what they must read comes first."""
    return respond(visit, _list(visit.profile, visit.t, at=visit.at))


@signed_in
def show_material(visit: PortalVisit, id: str) -> Response:
    """Show one material."""
    return respond(visit, _page(visit, id))


@signed_in
def save_material(visit: PortalVisit, id: str) -> Response:
    """Save the words of one material as a text."""
    chosen = _choose(visit, id)
    if chosen.channel:
        text = f"{markup.as_text(chosen.heading, [])}\n{fill.fill_template(chosen.words, chosen.values)}\n"
    else:
        text = markup.as_text(chosen.heading, markup.parse(chosen.filled or chosen.url))
    return shell.save_as(SHELL, text, f"{chosen.kind}-{chosen.language}.txt", kind="text/plain; charset=utf-8")


@signed_in
@takes("version")
def read_material(visit: PortalVisit, id: str) -> Response:
    """Take down that a partner has read a version; of an agreement, that they accept it."""
    written = visit.form.get("version", "")
    number = int(written) if written.isascii() and written.isdigit() and len(written) <= _MOST_DIGITS else 0
    try:
        if number == 0:
            raise InvalidValue("There is no such version.", pointer="/version")
        find_for(visit.profile, id, at=visit.at)
        mark_read(id, MaterialRead(visit.profile.partner.id, number), actor=visit.actor, at=visit.at)
    except MaterialNotFound:
        raise
    except Refused as refusal:
        return respond(visit, _page(visit, id), refusal=refusal)
    return go_on(visit, "/portal/materials", visit.t["read_thanks"])


@signed_in
def draw_banner(visit: PortalVisit, id: str) -> Response:
    """Draw a banner with a partner's link, such as `wide.svg`, to be seen or saved."""
    name, _, kind = id.partition(".")
    form = next((one for one in banners.FORMS if one == name), None)
    place = _place(visit.profile, visit.query.get("program"), visit.t, at=visit.at)
    if form is None or kind not in ("svg", "png") or not place.url:
        raise MaterialNotFound("There is no such banner.")
    program = place.terms.program
    color = program.look.color if program.look else None
    if kind == "png":
        drawn: Response = Binary(banners.draw_png(form, place.url, color), headers={"Content-Type": "image/png"})
    else:
        words = banners.BannerWords(
            program.name, place.values["friend_gets"], visit.t["banner_scan"], place.values["disclosure"]
        )
        drawn = Response(banners.draw_svg(form, place.url, color, words), {"Content-Type": "image/svg+xml"})
    # A picture that is opened by itself runs nothing.
    drawn.headers |= {
        "Content-Disposition": f'attachment; filename="banner-{id}"',
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store, private",
        "X-Content-Type-Options": "nosniff",
    }
    return drawn


def _list(profile: PartnerProfile, t: Texts, *, at: datetime) -> PortalPage:
    parts = []
    for enrollment in profile.enrollments:
        if enrollment.left_at is None:
            program = programs.find(enrollment.program_id).program
            applied = list_for(profile, program.id, t.language, at=at)
            parts.append(
                {
                    "name": program.name,
                    "due": [_entry(one, program.id, program.name, t) for one in applied if one.is_due],
                    "others": [_entry(one, program.id, program.name, t) for one in applied if not one.is_due],
                }
            )
    return PortalPage("materials", {"programs": parts})


def _entry(applied: Applied, program_id: str, program: str, t: Texts) -> dict[str, str]:
    one = applied.material
    kind = one.kind if isinstance(one, Starter) else one.sort_of
    channel = one.channel
    return {
        "url": f"/portal/materials/{one.id}?program={program_id}",
        "title": markup.fill_title(one.title, program),
        "what": f"{t[f'material_{kind}']}: {t[f'channel_{channel}']}" if channel else t[f"material_{kind}"],
        "language": one.language,
        "read": _read_on(kind, applied.read_at, t) if applied.read_at else "",
    }


def _read_on(kind: str, at: datetime, t: Texts) -> str:
    return t("accepted_on" if kind == "agreement" else "read_on", date=formats.day(at, t.locale))


def _page(visit: PortalVisit, identifier: str) -> PortalPage:
    chosen, t = _choose(visit, identifier), visit.t
    own, place = chosen.own, chosen.place
    read = find_reads(visit.profile.partner, [own]).get(own.id) if own else None
    edition = ""
    if own and own.published_at:
        edition = t("material_version", version=str(own.version), date=formats.day(own.published_at, t.locale))
    values: dict[str, Any] = {
        "heading": chosen.heading,
        "title": f"{chosen.heading} – {t['portal']}",
        "program": place.terms.program.name,
        "program_id": place.terms.program.id,
        "id": chosen.id,
        "what": t[f"material_{chosen.kind}"],
        "kind": chosen.kind,
        "language": chosen.language,
        "url": chosen.url,
        "host": urlsplit(chosen.url).netloc,
        "template": _template(chosen, chosen.channel, t) if chosen.channel else None,
        "blocks": markup.parse(chosen.filled) if chosen.words and not chosen.channel else [],
        "version": own.version if own else 0,
        "edition": edition,
        "must_read": bool(own and own.must_read),
        "read": _read_on(chosen.kind, read.read_at, t) if read else "",
        "banners": banners.FORMS if chosen.kind == "kit" and place.url else (),
        "has_link": bool(place.url),
        "uses_link": bool(markup.names_in(chosen.words) & {"link", "code"}),
    }
    return PortalPage("material", values)


def _template(chosen: Chosen, channel: Channel, t: Texts) -> dict[str, Any]:
    """Return a template ready to be posted, how long it is, and the address that opens it in its app."""
    filled, link = fill.fill_template(chosen.words, chosen.values), chosen.place.url
    over, name = fill.too_long_by(filled, channel, link), t[f"channel_{channel}"]
    return {
        "text": filled,
        "channel": name,
        "count": t("characters", number=fill.count_characters(filled, channel, link)),
        "over": t("characters_over", number=over, channel=name) if over else "",
        "href": _address_in(channel, filled, chosen.heading),
        "is_email": channel == "email",
    }


def _address_in(channel: Channel, filled: str, subject: str) -> str:
    """Return the address that opens an app with a text in it; nothing for those that take none."""
    text = quote(filled, safe="")
    return {
        "whatsapp": f"https://wa.me/?text={text}",
        "sms": f"sms:?&body={text}",
        "email": f"mailto:?subject={quote(subject, safe='')}&body={text}",
        "x": f"https://x.com/intent/post?text={text}",
    }.get(channel, "")


def _choose(visit: PortalVisit, identifier: str) -> Chosen:
    """Return a material that is for a partner, with what is filled in. Raises MaterialNotFound for any other."""
    if identifier.startswith("starter_"):
        place = _place(visit.profile, visit.query.get("program"), visit.t, at=visit.at)
        left = list_starters_for(visit.profile, place.terms.program.id, at=visit.at)
        starter = next((one for one in left if one.id == identifier), None)
        if starter is None:
            raise MaterialNotFound("There is no such material.")
        return _chosen(visit, place, starter, starter.kind, words=starter.words)
    material = find_for(visit.profile, identifier, at=visit.at)
    place = _place(visit.profile, material.program_id, visit.t, at=visit.at)
    words = find_version(material, material.version).words or ""
    return _chosen(visit, place, material, material.sort_of, words=words, url=material.url or "", own=material)


def _chosen(
    visit: PortalVisit,
    place: Place,
    one: Material | Starter,
    kind: str,
    *,
    words: str,
    url: str = "",
    own: Material | None = None,
) -> Chosen:
    """Return a material with what names stand for in its own language, whatever its reader's is."""
    values = place.values
    if one.language != visit.t.language:
        values = _values(visit.profile, place.terms, place.code, place.url, texts(one.language), at=visit.at)
    heading = markup.fill_title(one.title, place.terms.program.name)
    channel: Channel | None = one.channel  # type: ignore[assignment]
    return Chosen(place, one.id, kind, channel, one.language, heading, words, url, values, own)


def _place(profile: PartnerProfile, program_id: str | None, t: Texts, *, at: datetime) -> Place:
    taken = [one for one in profile.enrollments if one.left_at is None]
    enrollment = next((one for one in taken if one.program_id == (program_id or one.program_id)), None)
    if enrollment is None:
        raise MaterialNotFound("You take part in no such program.")
    terms = programs.find(enrollment.program_id)
    link = first_link(enrollment, link_search.list_all(profile.partner.id), at=at)
    over = link is None or not terms.program.takes_touch(at)
    code, url = ("", "") if link is None or over else (link.code, shared_url(link.code, terms.program))
    return Place(enrollment, terms, code, url, _values(profile, terms, code, url, t, at=at))


def _values(
    profile: PartnerProfile, terms: ProgramTerms, code: str, url: str, t: Texts, *, at: datetime
) -> dict[str, str]:
    tier = profile.standing(terms.program.id, at).tier
    name = profile.partner.name or ""
    return fill.values_for(terms.program, terms.in_force(at), tier, t, name=name, link=url, code=code)
