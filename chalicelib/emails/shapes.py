"""What the API takes and gives for emails and their templates."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.emails.catalog import TEMPLATES, built_in
from chalicelib.emails.table import CustomTemplate
from chalicelib.kit import instants
from chalicelib.kit.shapes import END, Email, Instant, Reference
from chalicelib.language import FALLBACK
from chalicelib.language.texts import speaks

EmailName = Annotated[str, Meta(pattern=rf"^[a-z_]{{1,40}}{END}", description="such as `joined`; the list has all")]
Language = Annotated[
    str, Meta(pattern=rf"^[a-z]{{2}}{END}", description="such as `en`; a partner's locale begins with it")
]
Subject = Annotated[str, Meta(min_length=1, max_length=200, pattern=rf"^[^\x00-\x1f\x7f]+{END}")]
TemplateText = Annotated[
    str, Meta(min_length=1, max_length=10_000, pattern=rf"^[^\x00-\x09\x0b\x0c\x0e-\x1f\x7f]+{END}")
]
TemplateSource = Literal["custom", "built_in", "fallback"]


class NewCustomTemplate(Struct, forbid_unknown_fields=True):
    """
    A program's own template for an email.

    Paragraphs have an empty line between them; `[words]({{url}})` alone is a button, lines of
    `label: {{name}}` are a table, lines that begin with `1.`, `2.` are steps. Names are those that
    the list shows, as `{{name}}`; HTML is shown as text.
    """

    template: EmailName
    language: Language
    subject: Subject
    text: TemplateText


class CustomTemplateName(Struct, forbid_unknown_fields=True):
    """The custom template that is to be taken away."""

    template: EmailName
    language: Language


class TemplateDraft(Struct, forbid_unknown_fields=True):
    """An email to look at, with a sample's values: as it is now, or with this subject and text."""

    template: EmailName
    language: Language = "en"
    subject: Subject | None = None
    text: TemplateText | None = None


class NewEmailTest(Struct, forbid_unknown_fields=True):
    """A test of an email, as it is stored now, to the address of a person who administers."""

    template: EmailName
    user: Reference
    language: Language = "en"


class EmailTestView(Struct):
    """A test that was queued, by the id of its message."""

    object: Literal["test_email"]
    message: str
    template: str
    language: str
    user: str


class TemplatesQuery(Struct, forbid_unknown_fields=True):
    """In which language."""

    language: Language = "en"


class TemplateView(Struct):
    """An email's template, its owner, the names it may use, and the topics by which partners unsubscribe from it."""

    object: Literal["email"]
    template: str
    language: str
    source: TemplateSource
    subject: str
    text: str
    names: list[str]
    topics: list[str]
    updated_at: Instant | None

    @classmethod
    def of(cls, row: CustomTemplate) -> "TemplateView":
        return cls._of(row.template, row.language, "custom", row.subject, row.text, instants.text(row.updated_at))

    @classmethod
    def built_in(cls, template: str, language: str) -> "TemplateView":
        """Return our own template; the English one, in a language that we have none in."""
        spoken = language if speaks(language) else FALLBACK
        subject, _, text = built_in(spoken, template).partition("\n")
        return cls._of(template, spoken, "built_in" if spoken == language else "fallback", subject, text.strip(), None)

    @classmethod
    def _of(
        cls,
        template: str,
        language: str,
        source: TemplateSource,
        subject: str,
        text: str,
        updated_at: str | None,
    ) -> "TemplateView":
        described = TEMPLATES[template]
        return cls(
            "email",
            template,
            language,
            source,
            subject,
            text,
            sorted(described.names),
            list(described.topics),
            updated_at,
        )


class TemplateList(Struct):
    """Every email in a language."""

    data: list[TemplateView]


class EmailPreview(Struct):
    """An email rendered with a sample's values."""

    object: Literal["preview"]
    template: str
    language: str
    subject: str
    text: str
    html: str


class SuppressedAddress(Struct, forbid_unknown_fields=True):
    """An address that emails may go to again."""

    email: Email


class SuppressionLifted(Struct):
    """Whether an address had been kept from getting emails; now it is not."""

    object: Literal["suppression"]
    was_suppressed: bool
