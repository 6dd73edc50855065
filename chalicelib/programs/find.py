"""Finds programs, with every version of their terms."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from msgspec import Struct

from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.kit.ids import Mode
from chalicelib.kit.memory import Memory
from chalicelib.programs import terms as versions
from chalicelib.programs.table import LISTS, Program, ProgramName, ProgramRow, TermsVersion, WebhookEndpoint, name_key

# New terms begin no sooner than this after they are written (see `terms_versions`), so what is
# remembered is complete for every moment up to now.
REMEMBERED = 30.0
_memory: Memory["ProgramTerms"] = Memory(seconds=REMEMBERED, most=1000)
_names: Memory[str] = Memory(seconds=REMEMBERED, most=1000)


class ProgramNotFound(NotFound):
    """There is no such program."""


class ProgramEnded(Refused):
    """The program has ended, or a date of its end was reached and can no longer be changed."""

    STATUS_CODE = 409


def check_not_ended(program: Program, *, at: datetime) -> None:
    """Refuse what makes sense only while touches still bind customers: a new partner, a new link."""
    check_not_deleted(program)
    if not program.takes_touch(at):
        raise ProgramEnded("The program has ended.", pointer="/program")


def check_not_deleted(program: Program) -> None:
    """Refuse what would become part of a program that is being deleted."""
    if program.is_deleted:
        raise ProgramNotFound(f"The program {program.id!r} was deleted.", pointer="/program")


class ProgramTerms(Struct, frozen=True):
    """A program, all versions of its terms, and its own webhook endpoints."""

    program: Program
    versions: list[TermsVersion]
    endpoints: tuple[WebhookEndpoint, ...] = ()

    def in_force(self, at: datetime) -> TermsVersion:
        """Return the terms in force; for a moment before the first ones, the first ones."""
        return versions.in_force(self.promised, at) or self.versions[0]

    @property
    def promised(self) -> list[TermsVersion]:
        """Return the versions that were not withdrawn before their date."""
        return [terms for terms in self.versions if terms.withdrawn_at is None]

    @property
    def last(self) -> TermsVersion:
        """Return the last version that was not withdrawn, which the next one follows."""
        return max(self.promised, key=lambda terms: terms.version)

    def begun(self, at: datetime) -> list[TermsVersion]:
        """Return the versions that are or were in force, which anybody may read: not those to come, or withdrawn."""
        return [terms for terms in self.promised if terms.effective_from <= at]

    def version(self, number: int) -> TermsVersion:
        """Return that very version."""
        return next(terms for terms in self.versions if terms.version == number)


def find(reference: str) -> ProgramTerms:
    """Return a program by our id or by `ext_` and the caller's; up to 30 seconds old."""
    identifier = _identify(reference) if reference.startswith("ext_") else reference
    return _memory.peek(identifier) or read(identifier)


def find_with_version(identifier: str, number: int) -> ProgramTerms:
    """Return a program with at least this version, even if it is newer than what is remembered."""
    program_terms = find(identifier)
    if any(terms.version == number for terms in program_terms.versions):
        return program_terms
    return read(identifier)


def read(identifier: str) -> ProgramTerms:
    """Return a program as it is stored now, and remember it in this process."""
    # DynamoDB refuses an empty key.
    partition = list(ProgramRow.query(identifier, consistent_read=True)) if identifier else []
    programs = [row for row in partition if isinstance(row, Program)]
    if not programs:
        raise ProgramNotFound(f"There is no program {identifier!r}.", pointer="/program")
    program_terms = ProgramTerms(
        programs[0],
        [row for row in partition if isinstance(row, TermsVersion)],
        tuple(row for row in partition if isinstance(row, WebhookEndpoint)),
    )
    _memory.keep(identifier, program_terms)
    return program_terms


def find_rows(identifiers: Iterable[str]) -> dict[str, Program]:
    """Return the rows of those programs that exist, by id, without their terms: a hundred a read."""
    keys = [(identifier, "program") for identifier in identifiers]
    return {identifier: row for (identifier, _), row in rows.find_all(Program, keys).items()}


@walk.full
def list_page(
    *, limit: int, position: dict[str, Any] | None, mode: Mode = "live"
) -> tuple[list[Program], dict[str, Any] | None]:
    """Return one page of all programs of a mode, newest first, and where the next one begins."""
    page = Program.listed.query(LISTS[mode], scan_index_forward=False, limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def walk_page(
    *, limit: int, position: dict[str, Any] | None, mode: Mode = "live"
) -> tuple[list[Program], dict[str, Any] | None]:
    """Return one page of all programs of a mode, oldest first: a walk also reaches new ones."""
    page = Program.listed.query(LISTS[mode], limit=limit, last_evaluated_key=position)
    return list(page), page.last_evaluated_key


def walk_every_mode(*, limit: int, position: dict[str, Any] | None) -> tuple[list[Program], dict[str, Any] | None]:
    """Return one page of all programs, the live ones first: for what keeps numbers right, and counts nothing."""
    return rows.page_of_lists(Program.listed, list(LISTS.values()), limit=limit, position=position)


def _identify(reference: str) -> str:
    def ask() -> str:
        name = rows.find(ProgramName, name_key(reference.removeprefix("ext_")), "name")
        if name is None:
            raise ProgramNotFound(f"There is no program {reference!r}.", pointer="/program")
        return name.program_id

    return _names.get(reference, ask)
