"""What the API takes and gives for materials."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import END, Instant, ListQuery, Name, Reference, Url
from chalicelib.materials.kinds import Audience, Channel, Kind, ListedState
from chalicelib.programs.share_texts import Language
from chalicelib.programs.terms import Category, Label

# The API's start waits for these shapes, and not for the rows and files that they are made from.
if TYPE_CHECKING:
    from chalicelib.materials.starters import Starter
    from chalicelib.materials.table import Material, MaterialVersion, Read

MaterialWords = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=20_000,
        pattern=rf"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f]+{END}",
        description="plain text: `## ` begins a heading, `- ` and `1.` an item, `{{program}}` and such are filled in",
    ),
]
VersionNumber = Annotated[int, Meta(ge=1, le=999_999)]


class AudienceBody(Struct, frozen=True, forbid_unknown_fields=True):
    """For whom a material is: partners of any of these categories and of any of these tiers; all, if there are none."""

    categories: Annotated[list[Category], Meta(max_length=3)] = []
    tiers: Annotated[list[Label], Meta(max_length=20)] = []


class MaterialBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a version of a material says: words or an address, for whom, and whether they must read it."""

    title: Name
    words: MaterialWords | None = None
    url: Url | None = None
    audience: AudienceBody = AudienceBody()
    must_read: bool = False


class NewMaterial(MaterialBody, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A new material: a draft until it is published. A `template` is for a `channel`."""

    program: Reference
    kind: Kind
    language: Language
    channel: Channel | None = None


class MaterialPublication(Struct, frozen=True, forbid_unknown_fields=True):
    """Which version is published: the draft as it was looked at."""

    version: VersionNumber


class MaterialRead(Struct, frozen=True, forbid_unknown_fields=True):
    """Which partner has read which version: the one that is published."""

    partner: Reference
    version: VersionNumber


class MaterialsQuery(ListQuery, forbid_unknown_fields=True, kw_only=True):
    """
    Which materials of a program: by default those that are published.

    With a *partner*, what applies to them, published or of the starter set, all on one page.
    """

    program: Reference
    state: Annotated[ListedState, Meta(description="`starter` for what it has of the starter set")] = "published"
    partner: Annotated[Reference | None, Meta(description="what applies to this partner, whatever the state")] = None
    kind: Annotated[Kind | None, Meta(description="only of this kind")] = None
    language: Annotated[Language | None, Meta(description="only in this language")] = None


class ReadersQuery(ListQuery, forbid_unknown_fields=True):
    """Which partners that a material is for: all of them, or those who have read a version of it, or have not."""

    version: Annotated[VersionNumber | None, Meta(description="by default the published one")] = None
    read: Annotated[bool | None, Meta(description="only those who have read it, or only those who have not")] = None


class MaterialView(Struct, kw_only=True):
    """
    A material.

    Title, address, audience and `must_read` are those of the published `version`, or of the draft before there is any.
    `draft` is the number of the version that is being written. `readers` have read the published version.
    """

    id: str
    object: Literal["material"] = "material"
    program: str | None
    kind: Kind
    channel: Channel | None
    language: Language
    title: str
    state: ListedState
    version: Annotated[int, Meta(description="the published one; 0 before there is any")]
    draft: int | None
    words: Annotated[str | None, Meta(description="with names to be filled in; null in lists of a program's own")]
    url: str | None
    audience: AudienceBody
    must_read: bool
    read_at: Annotated[Instant | None, Meta(description="with `partner`: when they read this version")] = None
    created_at: Instant | None
    published_at: Instant | None
    withdrawn_at: Instant | None

    @classmethod
    def of(cls, material: "Material", version: "MaterialVersion | None" = None) -> "MaterialView":
        return cls(
            id=material.id,
            program=material.program_id,
            kind=material.sort_of,  # type: ignore[arg-type]
            channel=material.channel,  # type: ignore[arg-type]
            language=material.language,
            title=material.title,
            state=material.state,  # type: ignore[arg-type]
            version=material.version,
            draft=material.draft,
            words=version.words if version is not None else None,
            url=material.url,
            audience=body_of(material.audience),
            must_read=bool(material.must_read),
            created_at=instants.text(material.created_at),
            published_at=text_of(material.published_at),
            withdrawn_at=text_of(material.withdrawn_at),
        )

    @classmethod
    def of_starter(cls, starter: "Starter") -> "MaterialView":
        return cls(
            id=starter.id,
            program=None,
            kind=starter.kind,
            channel=starter.channel,
            language=starter.language,
            title=starter.title,
            state="starter",
            version=0,
            draft=None,
            words=starter.words,
            url=None,
            audience=AudienceBody(),
            must_read=False,
            created_at=None,
            published_at=None,
            withdrawn_at=None,
        )


class MaterialVersionView(Struct):
    """One version of a material. A published one never changes. `digest` is of its title, words and address."""

    material: str
    object: Literal["material_version"]
    version: int
    state: Literal["draft", "published"]
    title: str
    words: str | None
    url: str | None
    audience: AudienceBody
    must_read: bool
    digest: str
    created_at: Instant
    published_at: Instant | None

    @classmethod
    def of(cls, version: "MaterialVersion") -> "MaterialVersionView":
        return cls(
            version.id,
            "material_version",
            version.number,
            version.state,  # type: ignore[arg-type]
            version.title,
            version.words,
            version.url,
            body_of(version.audience),
            bool(version.must_read),
            version.digest,
            instants.text(version.created_at),
            text_of(version.published_at),
        )


class ReadView(Struct):
    """That a partner has read a version of a material; of an agreement, that they accepted it."""

    material: str
    object: Literal["material_read"]
    partner: str
    version: int
    digest: str
    read_at: Instant

    @classmethod
    def of(cls, read: "Read") -> "ReadView":
        return cls(read.material_id, "material_read", read.id, read.version, read.digest, instants.text(read.read_at))


class ReaderView(Struct):
    """A partner that a material is for, and when they read a version of it, if they did."""

    partner: str
    object: Literal["material_reader"]
    name: str | None
    version: int
    read_at: Instant | None


def body_of(audience: Audience) -> AudienceBody:
    """Return an audience as the API gives it."""
    return AudienceBody(list(audience.categories), list(audience.tiers))  # type: ignore[arg-type]


def text_of(moment: object) -> str | None:
    """Return a moment as the API gives it, if there is one."""
    return instants.text(moment) if moment is not None else None  # type: ignore[arg-type]
