"""Finds materials: by id, of a program in a state, and in which languages a program has some."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.materials import starters
from chalicelib.materials.kinds import Audience, State
from chalicelib.materials.starters import Slot, Starter
from chalicelib.materials.table import MATERIAL, Material, MaterialVersion, materials_in, version_key

# A page of a partner has room for as many, and one call reads them all.
MOST_MATERIALS = 60
# Rows without words: they come to less than a megabyte, which is one call.
_MOST_WITHDRAWN = 500


class MaterialNotFound(NotFound):
    """There is no such material, or no such version of it."""


class InLanguage(Struct, frozen=True):
    """How many materials a program has in a language: its own, published, and those of the starter set."""

    own: int = 0
    starter: int = 0


def find(identifier: str) -> Material:
    """Return the material with that id."""
    material = rows.find(Material, identifier, MATERIAL) if identifier.startswith("mat_") else None
    if material is None:
        raise MaterialNotFound(f"There is no material {identifier!r}.")
    return material


def find_version(material: Material, number: int) -> MaterialVersion:
    """Return a version of a material, also its draft."""
    version = rows.find(MaterialVersion, material.id, version_key(number)) if number > 0 else None
    if version is None:
        raise MaterialNotFound(f"There is no version {number} of {material.id}.", pointer="/version")
    return version


def list_versions(material: Material) -> list[MaterialVersion]:
    """Return the latest versions of a material, the newest first: as many as one page shows."""
    sort = MaterialVersion.sort.startswith("version#")
    newest = MaterialVersion.query(
        material.id, sort, scan_index_forward=False, limit=MOST_MATERIALS, consistent_read=True
    )
    return list(newest)


def list_in(state: State, program_id: str, *, most: int = MOST_MATERIALS) -> list[Material]:
    """Return a program's materials in a state, newest first: one call. There are never more drafts and published."""
    return list(Material.listed.query(materials_in(state, program_id), scan_index_forward=False, limit=most))


@walk.full
def list_page(
    state: State, program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Material], dict[str, Any] | None]:
    """Return one page of a program's materials in a state, newest first, and where the next one begins."""
    page = Material.listed.query(
        materials_in(state, program_id), scan_index_forward=False, limit=limit, last_evaluated_key=position
    )
    return list(page), page.last_evaluated_key


def slot_of(material: Material) -> Slot:
    """Return what a material replaces of the starter set."""
    return material.sort_of, material.language, material.channel


def list_starters(program_id: str, published: Iterable[Material]) -> list[Starter]:
    """
    Return what a program has of the starter set: what it has published and withdrawn nothing of its own for. One call.

    *published* are its own that are published: all of those that count.
    """
    withdrawn = list_in("withdrawn", program_id, most=_MOST_WITHDRAWN)
    return starters.starters(replaced={slot_of(one) for one in (*published, *withdrawn)})


def for_all(published: Iterable[Material]) -> list[Material]:
    """Return the materials that are for every partner."""
    return [one for one in published if one.audience == Audience()]


def count_by_language(program_id: str) -> dict[str, InLanguage]:
    """
    Return how many materials a program has, by language: its own that are published, and those of the starter set.

    A language without any is not in it. Two calls.
    """
    published = list_in("published", program_id)
    own = Counter(one.language for one in published)
    left = Counter(one.language for one in list_starters(program_id, for_all(published)))
    return {language: InLanguage(own[language], left[language]) for language in sorted({*own, *left})}
