"""Shows a program's materials, the form of a new one, a material with its versions, and who has read it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from chalicelib.admin import codes
from chalicelib.admin.english import day, minute, number
from chalicelib.admin.materials import material_words as words
from chalicelib.admin.page import AdminPage
from chalicelib.kit import config, ids
from chalicelib.kit.revisions import etag_of
from chalicelib.language.texts import texts
from chalicelib.materials import fill, markup
from chalicelib.materials import find as materials
from chalicelib.materials.find import for_all, list_in, list_starters, list_versions
from chalicelib.materials.kinds import KINDS, LONGEST
from chalicelib.materials.readers import list_readers
from chalicelib.materials.reading import count_readers
from chalicelib.materials.shapes import ReadersQuery
from chalicelib.materials.starters import Starter, find_starter
from chalicelib.materials.table import Material, MaterialVersion
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.shapes import ProgramSummary

_MOST_WITHDRAWN, _MOST_READERS, _MOST_COUNTED = 50, 20, 1000


def list_page(reference: str, *, done: str = "") -> AdminPage:
    """Show what a program has published, its drafts, what was withdrawn, and what it has of the starter set."""
    terms = programs.find(reference)
    program, tiers = terms.program, _tiers(terms)
    published = list_in("published", program.id)
    by_kind = sorted(published, key=lambda one: (not one.must_read, KINDS.index(one.sort_of)))
    values = {
        "program": ProgramSummary.of(program),
        "published": [_row(one, tiers, program.name) for one in by_kind],
        "drafts": [_row(one, tiers, program.name) for one in list_in("draft", program.id)],
        "withdrawn": [_row(one, tiers, program.name) for one in list_in("withdrawn", program.id, most=_MOST_WITHDRAWN)],
        "starters": [_starter_row(one, program.name) for one in list_starters(program.id, for_all(published))],
        "done": done,
    }
    return AdminPage("materials", "programs", f"Materials of {program.name}", values)


def new_page(
    reference: str, query: Mapping[str, str], *, typed: Mapping[str, str] | None = None, at: datetime
) -> AdminPage:
    """Show the form of a new material: empty, with words of the starter set, or as it was refused."""
    terms = programs.find(reference)
    fields = dict(typed) if typed is not None else _fields_from(find_starter(query.get("starter", "")))
    values = {
        "part": "materials",
        "program": ProgramSummary.of(terms.program),
        **_choices(terms, fields.get("language", "")),
        "typed": fields,
        "once": ids.ulid(at),
    }
    return AdminPage("new_material", "programs", f"New material of {terms.program.name}", values)


def show_page(
    identifier: str,
    query: Mapping[str, str],
    *,
    done: str = "",
    typed: Mapping[str, str] | None = None,
    at: datetime,
) -> AdminPage:
    """Show a material: one of its versions as partners see it, the form of the next one, and all that there were."""
    material = materials.find(identifier)
    terms = programs.find(material.program_id)
    versions = list_versions(material)
    chosen = _chosen(material, versions, query.get("version", ""))
    latest = next((one for one in versions if one.number == (material.draft or material.version)), chosen)
    program, tiers = terms.program, _tiers(terms)
    values = {
        "part": "materials",
        "program": ProgramSummary.of(program),
        **_choices(terms, material.language),
        "material": _row(material, tiers, program.name),
        "draft": material.draft,
        "state": material.state,
        "shown": _preview(material, chosen, terms, at=at) if chosen else None,
        "versions": [_version_row(one, program.name) for one in versions],
        "readers": _count(material),
        "limit": f"{LONGEST[material.channel]:,}" if material.channel else "",  # type: ignore[index]
        "typed": typed if typed is not None else _fields_of(latest, list(tiers)),
        "etag": etag_of(material),
        "done": done,
    }
    return AdminPage("material", "programs", markup.fill_title(material.title, program.name), values)


def readers_page(identifier: str, query: Mapping[str, str], *, at: datetime) -> AdminPage:
    """Show who a material is for, and who of them has read a version of it."""
    material = materials.find(identifier)
    terms = programs.find(material.program_id)
    has_read = {"yes": True, "no": False}.get(query.get("read", ""))
    written = query.get("version", "")
    version = int(written) if written.isascii() and written.isdigit() and 0 < len(written) <= 6 else None
    readers = ReadersQuery(limit=_MOST_READERS, cursor=query.get("cursor"), version=version or None, read=has_read)
    page = list_readers(identifier, readers, at=at)
    number_of = version or material.version
    filters = f"version={number_of}" + (f"&read={query['read']}" if has_read is not None else "")
    values = {
        "part": "materials",
        "program": ProgramSummary.of(terms.program),
        "material": _row(material, _tiers(terms), terms.program.name),
        "rows": [
            {"id": one.partner, "name": one.name or one.partner, "read": minute(one.read_at) if one.read_at else ""}
            for one in page.data
        ],
        "number": number_of,
        "readers": _count(material) if number_of == material.version else "",
        "asked": query.get("read", ""),
        "following": page.next_cursor,
        "begun": "cursor" in query,
        "path": f"/admin/materials/{material.id}/readers?{filters}&",
    }
    return AdminPage("material_readers", "programs", "Who has read it", values)


def material_of(identifier: str) -> Material:
    """Return the material that a form is about."""
    return materials.find(identifier)


def tiers_of(program: str) -> dict[str, str]:
    """Return all tiers that a program ever had, in their order, and what they are called."""
    return _tiers(programs.find(program))


def _row(material: Material, tiers: Mapping[str, str], program: str) -> dict[str, Any]:
    at = material.withdrawn_at or material.published_at or material.created_at
    return {
        "id": material.id,
        "title": markup.fill_title(material.title, program),
        "kind": words.name_of_kind(material.sort_of, material.channel),
        "language": dict(words.tongues(material.language))[material.language],
        "audience": words.name_of_audience(material.audience, tiers),
        "must_read": bool(material.must_read),
        "version": material.version,
        "draft": material.draft,
        "state": words.STATES[material.state],
        "tone": words.TONES[material.state],
        "day": day(at),
    }


def _starter_row(starter: Starter, program: str) -> dict[str, str]:
    return {
        "id": starter.id,
        "title": markup.fill_title(starter.title, program),
        "kind": words.name_of_kind(starter.kind, starter.channel),
        "language": dict(words.tongues(starter.language))[starter.language],
    }


def _version_row(version: MaterialVersion, program: str) -> dict[str, Any]:
    return {
        "number": version.number,
        "title": markup.fill_title(version.title, program),
        "state": words.STATES[version.state],
        "tone": words.TONES[version.state],
        "must_read": bool(version.must_read),
        "day": day(version.published_at or version.created_at),
        "digest": version.digest,
    }


def _chosen(material: Material, versions: list[MaterialVersion], written: str) -> MaterialVersion | None:
    """Return the version that is looked at: the one that the address names, or the draft, or the published one."""
    numbers = [written, str(material.draft), str(material.version)]
    ranked = sorted(
        (one for one in versions if str(one.number) in numbers), key=lambda one: numbers.index(str(one.number))
    )
    return ranked[0] if ranked else next(iter(versions), None)


def _preview(material: Material, version: MaterialVersion, terms: ProgramTerms, *, at: datetime) -> dict[str, Any]:
    """Return a version as a partner sees it, with a sample of what is theirs."""
    t, link = texts(material.language), f"{config.public_url()}/ada-lovelace"
    values = fill.values_for(
        terms.program, terms.in_force(at), None, t, name="Ada Lovelace", link=link, code="ada-lovelace"
    )
    filled = version.words or ""
    filled = fill.fill_template(filled, values) if material.channel else markup.fill_in(filled, values)
    return {
        "number": version.number,
        "state": words.STATES[version.state],
        "title": markup.fill_title(version.title, terms.program.name),
        "language": material.language,
        "url": version.url or "",
        "host": urlsplit(version.url or "").netloc,
        "template": filled if material.channel else "",
        "characters": number(fill.count_characters(filled, material.channel, link)) if material.channel else "",  # type: ignore[arg-type]
        "blocks": [] if material.channel else markup.parse(filled) if filled else [],
    }


def _count(material: Material) -> str:
    """Return how many have read the published version, as far as they are counted."""
    count = count_readers(material, material.version, most=_MOST_COUNTED)
    return f"more than {number(_MOST_COUNTED)}" if count > _MOST_COUNTED else number(count)


def _choices(terms: ProgramTerms, language: str) -> dict[str, Any]:
    return {
        "kinds": words.kinds(),
        "channels": words.channels(),
        "languages": words.tongues(language),
        "categories": list(words.CATEGORIES.items()),
        "tiers": list(_tiers(terms).values())[:20],
        "names": sorted(markup.NAMES),
    }


def _tiers(terms: ProgramTerms) -> dict[str, str]:
    """Return all tiers that a program ever had, and what they are called."""
    return {tier.name: codes.name_of(tier.name) for version in terms.versions for tier in version.tiers}


def _fields_of(version: MaterialVersion | None, tiers: list[str]) -> dict[str, str]:
    """Return a version as its form has it."""
    if version is None:
        return {}
    fields = {"title": version.title, "words": version.words or "", "url": version.url or ""}
    return fields | words.boxes_of(version.audience, tiers) | ({"must_read": "yes"} if version.must_read else {})


def _fields_from(starter: Starter | None) -> dict[str, str]:
    """Return words of the starter set as the form of a new material has them."""
    if starter is None:
        return {}
    fields = {"kind": starter.kind, "language": starter.language, "title": starter.title, "words": starter.words}
    return fields | ({"channel": starter.channel} if starter.channel else {})
