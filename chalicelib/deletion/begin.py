"""Begins the deletion of a test program: from then on nothing lists it, and nothing becomes part of it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal, NamedTuple

from chalicelib.access import api_keys
from chalicelib.access.table import ApiKey
from chalicelib.audit.actor import Actor
from chalicelib.deletion.table import DELETED, DELETING, Deletion
from chalicelib.kit import walk
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, Refused
from chalicelib.kit.ids import is_test
from chalicelib.programs import find as programs
from chalicelib.programs.table import DELETED as DELETED_PROGRAM
from chalicelib.programs.table import Program, ProgramName, name_key


class ProgramIsLive(Refused):
    """Only test programs can be deleted; a live program can be ended."""

    STATUS_CODE = 409


class ProgramDeletion(NamedTuple):
    """A test program's deletion: since when, and whether everything is gone."""

    program_id: str
    begun_at: datetime
    status: Literal["deleting", "deleted"]


def begin(reference: str, *, actor: Actor, at: datetime) -> ProgramDeletion:
    """
    Take a test program out of all lists, and let nothing new into it; a schedule deletes what is in it.

    Idempotent, also once it is gone. Refuses a live program.
    """
    state = find_deletion(reference)
    if state is not None:
        return state
    for _ in writes.attempts():
        program = programs.read(programs.find(reference).program.id).program
        if not is_test(program.id):
            raise ProgramIsLive(f"{program.id} is live: it can be ended, not deleted.", pointer="/id")
        if not program.is_deleted:
            out = writes.update_if(
                program, Program.object.set(DELETED_PROGRAM), condition=Program.object == program.object
            )
            changes = [out, writes.insert(Deletion(DELETING, program.id, begun_at=at)), *_names(program)]
            if actor.commit(*changes, action="program.deleted", subject=program.id, at=at):
                continue
        _revoke_keys(program.id, actor=actor, at=at)
        programs.read(program.id)
        state = find_deletion(program.id)
        assert state is not None, "the transaction stored it"
        return state
    raise Busy("Someone else is changing the program at the same moment; send the same call again.")


def find_deletion(program_id: str) -> ProgramDeletion | None:
    """Return how far the deletion of a program is, by our id; None if there is none."""
    stored = rows.find_all(Deletion, [(DELETED, program_id), (DELETING, program_id)])
    for row in stored.values():
        status: Literal["deleting", "deleted"] = "deleted" if row.finished_at is not None else "deleting"
        return ProgramDeletion(program_id, row.begun_at, status)
    return None


def _names(program: Program) -> list[writes.Write]:
    """Return the write that frees the caller's own id at once."""
    if program.external_id is None:
        return []
    return [writes.delete(ProgramName(name_key(program.external_id), "name"))]


def _revoke_keys(program_id: str, *, actor: Actor, at: datetime) -> None:
    """Revoke the program's publishable keys: a page that still has one is refused."""
    keys: Iterable[ApiKey] = walk.each(lambda *, position: api_keys.list_page(limit=100, position=position))
    for key in keys:
        if key.program_id == program_id and key.revoked_at is None:
            api_keys.revoke(key.id, actor=actor, at=at)
