"""Versions of a program's terms: written for touches from a date on, and withdrawn before it."""

from datetime import datetime, timedelta

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue, NotFound, Refused, refuse_invalid
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.programs.find import ProgramTerms, find, read
from chalicelib.programs.objections import find_objections
from chalicelib.programs.shapes import NewTerms
from chalicelib.programs.table import TermsVersion, new_version
from chalicelib.programs.terms import TermsBody

# Functions remember terms for half of this.
NOTICE = timedelta(minutes=1)
_FAR = timedelta(days=3 * 366)


class TermsNotFound(NotFound):
    """The program's terms have no such version."""


class TermsInForce(Refused):
    """The version is in force, or will be within a minute, and can no longer be withdrawn."""

    STATUS_CODE = 409


def add_version(
    program: str, new: NewTerms, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt
) -> TermsVersion:
    """
    Add the next version. What was promised before its date stays promised.

    Refused: a date sooner than NOTICE from now, or not after the last version's own date; a version that was
    withdrawn does not count.
    """
    program_terms = read(find(program).program.id)
    check_terms(new, currency=program_terms.program.currency)
    begins = start_of(new, program_terms, at=at)
    number = max(terms.version for terms in program_terms.versions) + 1
    terms = new_version(program_terms.program.id, new, version=number, effective_from=begins, at=at)
    changes = [writes.insert(terms), *receipt(terms)]
    if actor.commit(*changes, action="terms.added", subject=terms.id, part=str(number), at=at):
        raise Busy("Someone else just changed these terms; check them and send yours again.")
    return terms


def withdraw_version(program: str, version: int, *, actor: Actor, at: datetime) -> TermsVersion:
    """
    Withdraw a version that has not begun. Idempotent. It can still be read, and its number is not given again.

    Refused from NOTICE before its date on.
    """
    terms = _get(program, version)
    if terms.withdrawn_at is None:
        if terms.effective_from < at + NOTICE:
            raise TermsInForce(f"Version {version} begins at {instants.text(terms.effective_from)}.")
        not_yet = TermsVersion.withdrawn_at.does_not_exist()
        withdrawn = writes.update_if(terms, TermsVersion.withdrawn_at.set(at), condition=not_yet)
        actor.commit(withdrawn, action="terms.withdrawn", subject=terms.id, part=str(version), at=at)
    return _get(program, version)


def check_terms(terms_body: TermsBody, *, currency: str) -> None:
    """Refuse terms that promise nothing, twice, or in another currency, with all that is wrong."""
    refuse_invalid(find_objections(terms_body, currency=currency))


def start_of(new: NewTerms, program_terms: ProgramTerms, *, at: datetime) -> datetime:
    """Return when terms would begin that are added now. Refuses a date on which they may not."""
    last, begins = program_terms.last, _begins(new, at=at)
    if begins <= last.effective_from:
        raise InvalidValue(
            f"Version {last.version} begins at {instants.text(last.effective_from)}; the next must begin later.",
            pointer="/effective_from",
        )
    return begins


def _begins(new: NewTerms, *, at: datetime) -> datetime:
    if new.effective_from is None:
        return at + NOTICE
    begins = bodies.read_instant(new.effective_from, pointer="/effective_from")
    if begins < at + NOTICE:
        raise InvalidValue("Terms cannot begin earlier than one minute from now.", pointer="/effective_from")
    if begins > at + _FAR:
        # No version can begin before one that is written already.
        raise InvalidValue("Terms must begin within three years.", pointer="/effective_from")
    return begins


def _get(program: str, version: int) -> TermsVersion:
    versions = [terms for terms in read(find(program).program.id).versions if terms.version == version]
    if not versions:
        raise TermsNotFound(f"There is no version {version} of these terms.", pointer="/version")
    return versions[0]
