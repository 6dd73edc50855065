"""Lists who has read a material, and who has not: page by page of those it is for, so that each is a few calls."""

from datetime import datetime

from chalicelib.kit import cursors, instants
from chalicelib.kit.cursors import Page
from chalicelib.kit.walk import Position
from chalicelib.materials import find as materials
from chalicelib.materials.applies import is_for
from chalicelib.materials.kinds import Audience
from chalicelib.materials.reading import reads_of_version
from chalicelib.materials.shapes import ReadersQuery, ReaderView
from chalicelib.materials.table import Material
from chalicelib.partners import find as partners
from chalicelib.partners.table import Enrollment, Partner

# How someone stands takes a call each, where a material is not for everyone.
_MOST_STANDING = 20
# A page takes three calls, and those of a filter may be many.
_MOST_PAGES = 4


def list_readers(identifier: str, query: ReadersQuery, *, at: datetime) -> Page[ReaderView]:
    """
    Return a page of the partners that a material is for, oldest first; of a version, by whether they have read it.

    Bounded: where few of very many match, a page is short, and `has_more` says that others may follow.
    """
    material = materials.find(identifier)
    number = query.version or material.version
    named = f"readers {material.id} {number} {query.read}"
    position: Position | None = cursors.read(query.cursor, of=named)
    is_for_all = material.audience == Audience()
    limit, pages = (query.limit, _MOST_PAGES) if is_for_all else (min(query.limit, _MOST_STANDING), 1)
    page: list[ReaderView] = []
    for _ in range(pages):
        enrollments, position = partners.walk_enrolled(material.program_id, limit=limit - len(page), position=position)
        views = _view(enrollments, material, number, at=at)
        page += [one for one in views if query.read is None or query.read == (one.read_at is not None)]
        if position is None or len(page) == limit:
            break
    return Page(page, has_more=position is not None, next_cursor=cursors.write(position, of=named))


def _view(enrollments: list[Enrollment], material: Material, number: int, *, at: datetime) -> list[ReaderView]:
    theirs = _who_it_is_for([one.id for one in enrollments if one.left_at is None], material, at=at)
    read_at = reads_of_version(theirs, material, number) if number else {}
    return [
        ReaderView(
            one.id, "material_reader", one.name, number, instants.text(read_at[one.id]) if one.id in read_at else None
        )
        for one in theirs
    ]


def _who_it_is_for(identifiers: list[str], material: Material, *, at: datetime) -> list[Partner]:
    if material.audience == Audience():
        members = partners.find_rows(identifiers)
        return [members[one] for one in identifiers if one in members]
    profiles = partners.find_all(identifiers)
    return [
        one.partner for one in profiles.values() if is_for(material.audience, one.standing(material.program_id, at))
    ]
