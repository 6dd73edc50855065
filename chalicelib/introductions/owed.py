"""Introductions whose partner waits for a word of the owner longer than promised."""

from chalicelib.introductions.table import Introduction, owed_list


def list_owed(program_id: str, *, most: int) -> list[Introduction]:
    """Return a program's overdue introductions, the longest first, as many as *most*: one read."""
    return list(Introduction.by_owed.query(owed_list(program_id), limit=most))
