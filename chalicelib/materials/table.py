"""Rows of materials, of their versions, and of who has read which."""

from datetime import datetime

from pynamodb.attributes import BooleanAttribute
from pynamodb.models import Model

from chalicelib.kit import config, instants
from chalicelib.kit.dynamo import rows
from chalicelib.kit.dynamo.attributes import (
    Instant,
    Kind,
    OptionalInstant,
    OptionalText,
    OptionalWholeNumber,
    Text,
    WholeNumber,
)
from chalicelib.kit.structured import Structured
from chalicelib.materials.kinds import Audience, State

MATERIAL = "material"


class MaterialRow(Model):
    """Any row of the materials table."""

    class Meta(rows.Table):
        table_name = config.table("materials")

    id = Text(hash_key=True, attr_name="pk")
    sort = Text(range_key=True, attr_name="sk")
    kind = Kind()


class Material(rows.Revised, MaterialRow, discriminator="material"):
    """
    A material of a program: what of it is in force, without its words.

    *version* is the published one, 0 before there is any, and *draft* the one being written. The title, the audience
    and the rest are the published version's; before there is any, the draft's.
    """

    # The index lists those of a program in one state by it.
    object = Text()
    program_id = Text()
    sort_of = Text()
    channel = OptionalText()
    language = Text()
    state = Text()
    title = Text()
    url = OptionalText()
    audience: Structured[Audience] = Structured(Audience)
    must_read = BooleanAttribute(default=False)
    version = WholeNumber(default=0)
    draft = OptionalWholeNumber()
    created_at = Instant()
    published_at = OptionalInstant()
    withdrawn_at = OptionalInstant()
    listed: rows.Listed["Material"] = rows.Listed()


class MaterialVersion(MaterialRow, discriminator="version"):
    """One version of a material: words, or an address. Once it is published, it never changes."""

    program_id = Text()
    sort_of = Text()
    state = Text()
    number = WholeNumber()
    title = Text()
    words = OptionalText()
    url = OptionalText()
    audience: Structured[Audience] = Structured(Audience)
    must_read = BooleanAttribute(default=False)
    # Of its title and its words or address.
    digest = Text()
    created_at = Instant()
    published_at = OptionalInstant()


class Read(MaterialRow, discriminator="read"):
    """
    That a partner read a version, and when; of an agreement, that they accepted it. Under the partner's id.

    *digest* is the version's, so that what was read can be proven from a copy of it.
    """

    # The index lists those who read a version by it.
    object = Text()
    program_id = Text()
    material_id = Text()
    sort_of = Text()
    title = Text()
    version = WholeNumber()
    digest = Text()
    read_at = Instant()
    listed: rows.Listed["Read"] = rows.Listed()


def materials_in(state: State, program_id: str) -> str:
    """Return under which name the index lists a program's materials in a state."""
    return f"{state}_materials#{program_id}"


def version_key(number: int) -> str:
    return f"version#{number:06}"


def read_key(material_id: str, version: int, held_since: datetime | None) -> str:
    """
    Return the sort key of what a partner read.

    *held_since* is when they got the account by a hand-over: what its former holder read, they have not.
    """
    key = f"read#{material_id}#{version:06}"
    return key if held_since is None else f"{key}#{instants.text(held_since)}"


def readers_of(material_id: str, version: int) -> str:
    """Return under which name the index lists who read a version."""
    return f"reads#{material_id}#{version:06}"
