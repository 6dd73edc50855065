"""Writes a new version of a program's terms, for touches from its date on."""

from datetime import datetime, timedelta

from chalicelib.kit import bodies, instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.programs.create import check
from chalicelib.programs.find import find, read
from chalicelib.programs.shapes import NewTerms
from chalicelib.programs.table import Terms, terms_of

NOTICE = timedelta(minutes=1)
_FAR = timedelta(days=3 * 366)


def change_terms(program: str, new: NewTerms, *, at: datetime, receipt: Receipt = no_receipt) -> Terms:
    """
    Add the next version. What was promised before its date stays promised.

    Refused: a date sooner than a minute from now (functions remember terms for half of that), or
    not after the last version's own date; one that was withdrawn is out of the way.
    """
    promise = read(find(program).program.id)
    check(new, currency=promise.program.currency)
    last = max(promise.promised, key=lambda terms: terms.version)
    begins = _begins(new, at=at)
    if begins <= last.effective_from:
        raise InvalidValue(
            f"Version {last.version} begins at {instants.text(last.effective_from)}; the next one must begin later.",
            pointer="/effective_from",
        )
    number = max(terms.version for terms in promise.versions) + 1
    terms = terms_of(promise.program.id, new, version=number, effective_from=begins, at=at)
    if writes.commit(writes.insert(terms), *receipt(terms)):
        raise Busy("Somebody else changed these terms at the same moment; look at them and send yours again.")
    return terms


def _begins(new: NewTerms, *, at: datetime) -> datetime:
    if new.effective_from is None:
        return at + NOTICE
    begins = bodies.read_instant(new.effective_from, pointer="/effective_from")
    if begins < at + NOTICE:
        raise InvalidValue("Terms begin a minute from now at the earliest.", pointer="/effective_from")
    if begins > at + _FAR:
        # No version can begin before one that is written already.
        raise InvalidValue("Terms begin within three years.", pointer="/effective_from")
    return begins
