"""Leaves out what is being deleted: a test program, and everything in it. Half of that is no difference."""

from collections.abc import Iterable
from typing import Protocol, TypeVar

from chalicelib.kit.ids import is_test
from chalicelib.ledger.find_owner import find_owner
from chalicelib.partners.find import PartnerProfile
from chalicelib.partners.table import Partner
from chalicelib.programs import find as programs


class OfProgram(Protocol):
    """What is in a program."""

    @property
    def program_id(self) -> str: ...


T = TypeVar("T", bound=OfProgram)


def without_deleted(listed: Iterable[T]) -> list[T]:
    """Return what is in live programs, and in test programs that stay; without any test it reads nothing."""
    rows = list(listed)
    tests = {row.program_id for row in rows if is_test(row.program_id)}
    kept_ids = {one.id for one in programs.find_rows(tests).values() if not one.is_deleted} if tests else set()
    return [row for row in rows if row.program_id not in tests or row.program_id in kept_ids]


def staying(partners: Iterable[Partner]) -> list[Partner]:
    """Return the partners who are not deleted with a test program."""
    return [one for one in partners if not is_deleted_with_test(one.id)]


def is_deleted_with_test(owner_id: str) -> bool:
    """Return whether a partner or customer is one of a test program that is being deleted, or gone with it."""
    if not is_test(owner_id):
        return False
    owner = find_owner(owner_id)
    if isinstance(owner, PartnerProfile):
        names = {one.program_id for one in owner.enrollments}
    else:
        names = {str(owner.customer.test_program)} if owner is not None else set()
    stored = programs.find_rows(names)
    return not names or len(stored) < len(names) or any(one.is_deleted for one in stored.values())
