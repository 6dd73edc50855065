"""What the API takes and gives for emails."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.shapes import END, Email, Instant
from chalicelib.messages.catalog import KINDS
from chalicelib.messages.table import Override
from chalicelib.messages.templates import LANGUAGES, built_in

EmailName = Annotated[str, Meta(pattern=rf"^[a-z_]{{1,40}}{END}", description="such as `joined`; the list has all")]
Language = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2}}{END}", description="such as `en`; a partner's locale begins with it")
]
Subject = Annotated[str, Meta(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f\x7f]+{END}")]
Words = Annotated[str, Meta(min_length=1, max_length=10_000, pattern=r"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f]+\Z")]


class NewWords(Struct, forbid_unknown_fields=True):
    """
    An email in a program's own words.

    Paragraphs have an empty line between them; `[words]({{url}})` alone is a button, lines of
    `label: {{name}}` are a table, lines that begin with `1.`, `2.` are steps. Names are those that
    the list shows, as `{{name}}`; HTML is shown as text.
    """

    template: EmailName
    language: Language
    subject: Subject
    text: Words


class OwnWords(Struct, forbid_unknown_fields=True):
    """An email whose own words are to be taken away."""

    template: EmailName
    language: Language


class Draft(Struct, forbid_unknown_fields=True):
    """An email to look at, with a sample's values: as it is now, or with this subject and text."""

    template: EmailName
    language: Language = "en"
    subject: Subject | None = None
    text: Words | None = None


class EmailsQuery(Struct, forbid_unknown_fields=True):
    """In which language."""

    language: Language = "en"


class WordsView(Struct):
    """An email's words, whose they are, the names it may use, and the topics by which partners turn it off."""

    object: str
    template: str
    language: str
    source: Literal["own", "built_in", "fallback"]
    subject: str
    text: str
    names: list[str]
    topics: list[str]
    updated_at: Instant | None

    @classmethod
    def of(cls, row: Override) -> "WordsView":
        return cls._of(row.template, row.language, "own", row.subject, row.text, instants.text(row.updated_at))

    @classmethod
    def built_in(cls, template: str, language: str) -> "WordsView":
        """Return the words we have; English ones, in a language that we do not speak."""
        spoken = language if language in LANGUAGES else "en"
        subject, _, text = built_in(spoken, template).partition("\n")
        return cls._of(template, spoken, "built_in" if spoken == language else "fallback", subject, text.strip(), None)

    @classmethod
    def _of(
        cls,
        template: str,
        language: str,
        source: Literal["own", "built_in", "fallback"],
        subject: str,
        text: str,
        updated_at: str | None,
    ) -> "WordsView":
        kind = KINDS[template]
        return cls(
            "email", template, language, source, subject, text, sorted(kind.names), list(kind.topics), updated_at
        )


class WordsList(Struct):
    """Every email in a language."""

    data: list[WordsView]


class Preview(Struct):
    """An email written out with a sample's values."""

    object: str
    template: str
    language: str
    subject: str
    text: str
    html: str


class SuppressedAddress(Struct, forbid_unknown_fields=True):
    """An address that emails may go to again."""

    email: Email


class Lifted(Struct):
    """Whether an address had been kept from getting emails; now it is not."""

    object: str
    was_suppressed: bool
