"""Takes back a version of a program's terms before its date: nobody was ever promised it."""

from datetime import datetime

from chalicelib.kit import instants
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import NotFound, Refused
from chalicelib.programs.change_terms import NOTICE
from chalicelib.programs.find import find, read
from chalicelib.programs.table import Terms


class TermsNotFound(NotFound):
    """The program has no such version of its terms."""


class TermsInForce(Refused):
    """The version is promised already, or will be within a minute: it cannot be withdrawn any more."""

    STATUS_CODE = 409


def withdraw_terms(program: str, version: int, *, at: datetime) -> Terms:
    """
    Withdraw a version that has not begun; the second time changes nothing. It stays to be read, and its number is not given again.

    Refused from a minute before its date on: functions remember terms for half of that.
    """
    terms = _version(program, version)
    if terms.withdrawn_at is None:
        if terms.effective_from < at + NOTICE:
            raise TermsInForce(f"Version {version} counts from {instants.text(terms.effective_from)} on.")
        writes.commit(
            writes.update_if(terms, Terms.withdrawn_at.set(at), condition=Terms.withdrawn_at.does_not_exist())
        )
    return _version(program, version)


def _version(program: str, version: int) -> Terms:
    found = [terms for terms in read(find(program).program.id).versions if terms.version == version]
    if not found:
        raise TermsNotFound(f"There is no version {version} of these terms.", pointer="/version")
    return found[0]
