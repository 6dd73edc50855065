"""Notes as the API gives them, with the rows they are about; and how one is erased."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import Busy, NotFound
from chalicelib.notes.table import Note

# No reaction has an actor: only the API and pages have one.
if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


class NoteNotFound(NotFound):
    """There is no such note."""


class NoteView(Struct):
    """
    A person's comment on a change, for the record.

    `words` is null once it is *erased*. A *changed* or *missing* one was tampered with; its words are
    not shown. One from before notes existed has no `id`.
    """

    id: str | None
    words: str | None
    state: Literal["kept", "erased", "changed", "missing"]

    @classmethod
    def of(cls, identifier: str, note: Note | None) -> "NoteView":
        if note is None:
            return cls(identifier, None, "missing")
        if not note.intact:
            return cls(identifier, None, "changed")
        return cls(identifier, note.words, "erased" if note.erased_at is not None else "kept")


class Noted(Protocol):
    """A row with a note; rows of before there were notes have the words themselves."""

    @property
    def note(self) -> str | None: ...

    @property
    def words(self) -> str | None: ...


def find(identifier: str) -> Note | None:
    """Return a note, as it is stored, or None if there is none."""
    return rows.find(Note, identifier, "note") if identifier.startswith("nte_") else None


def find_all(noted: Iterable[Noted]) -> dict[str, Note]:
    """Return the notes of rows, by id, a hundred a read; rows of before there were notes have none."""
    keys = [(row.note, "note") for row in noted if row.note is not None]
    return {note.id: note for note in rows.find_all(Note, keys).values()}


def view_notes(noted: Sequence[Noted], *, new: Iterable[Note] = ()) -> list[NoteView | None]:
    """Return each row's note, a hundred a read; *new* ones are being written just now."""
    notes = {note.id: note for note in new}
    missing = [row.note for row in noted if row.note is not None and row.note not in notes]
    stored = rows.find_all(Note, [(one, "note") for one in missing])
    notes |= {note.id: note for note in stored.values()}
    return [_view(row, notes) for row in noted]


def view_note(row: Noted, *, new: Note | None = None) -> NoteView | None:
    """Return a row's note; *new* is one that is being written just now."""
    return view_notes([row], new=[new] if new is not None else [])[0]


def erase(identifier: str, *, actor: "Actor", at: datetime) -> Note:
    """Erase what a note says, for good; that there was one stays. Idempotent."""
    for _ in writes.attempts():
        note = find(identifier)
        if note is None:
            raise NoteNotFound(f"There is no note {identifier!r}.")
        if note.erased_at is not None:
            return note
        actions = [Note.words.remove(), Note.salt.remove(), Note.erased_at.set(at)]
        erased = writes.update_if(note, *actions, condition=Note.erased_at.does_not_exist())
        actor.commit(erased, action="note.erased", subject=note.id, at=at)
    raise Busy("This note is being erased right now; send the same call again.")


def _view(row: Noted, notes: dict[str, Note]) -> NoteView | None:
    if row.note is not None:
        return NoteView.of(row.note, notes.get(row.note))
    return NoteView(None, row.words, "kept") if row.words is not None else None
