"""What the API takes and gives for programmes and terms."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.kit import instants
from chalicelib.kit.money import Currency
from chalicelib.kit.shapes import ExternalId, Instant, Name, Url
from chalicelib.programs.table import Program, Terms
from chalicelib.programs.terms import Rule, Rules, Touch, WindowDays


class NewTerms(Struct, forbid_unknown_fields=True):
    """Terms to come. Without a date they begin as soon as they may: a minute from now."""

    rules: Rules
    window_days: WindowDays = 30
    touch: Touch = "last"
    effective_from: Instant | None = None


class NewProgram(Struct, forbid_unknown_fields=True):
    """A programme to be made, with its first terms, in force at once."""

    name: Name
    landing_url: Url
    currency: Currency
    rules: Rules
    hosts: Annotated[list[str], Meta(max_length=20, description="default: the landing page's own")] = []
    window_days: WindowDays = 30
    touch: Touch = "last"
    cookie: bool = False
    external_id: ExternalId | None = None


class TermsView(Struct):
    """A version of a programme's terms."""

    object: str
    program: str
    version: int
    effective_from: Instant
    window_days: int
    touch: str
    rules: list[Rule]
    created_at: Instant

    @classmethod
    def of(cls, terms: Terms) -> "TermsView":
        return cls(
            object="terms",
            program=terms.id,
            version=terms.version,
            effective_from=instants.text(terms.effective_from),
            window_days=terms.window_days,
            touch=terms.touch,
            rules=terms.rules,
            created_at=instants.text(terms.created_at),
        )


class ProgramView(Struct):
    """A programme and the terms in force."""

    id: str
    object: str
    name: str
    landing_url: str
    hosts: list[str]
    currency: str
    cookie: bool
    external_id: str | None
    terms: TermsView | None
    created_at: Instant

    @classmethod
    def of(cls, program: Program, terms: Terms | None) -> "ProgramView":
        return cls(
            id=program.id,
            object="program",
            name=program.name,
            landing_url=program.landing_url,
            hosts=program.hosts,
            currency=program.currency,
            cookie=program.cookie,
            external_id=program.external_id,
            terms=TermsView.of(terms) if terms else None,
            created_at=instants.text(program.created_at),
        )


class TermsList(Struct):
    """All versions of a programme's terms, oldest first."""

    data: list[TermsView]
