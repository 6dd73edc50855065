"""Finds invitations and applications."""

from typing import Any

from chalicelib.kit.dynamo import rows
from chalicelib.kit.errors import NotFound
from chalicelib.partners import join_tokens
from chalicelib.partners.table import Application, Invitation, applied_to, invited_to


class ApplicationNotFound(NotFound):
    """There is no such application."""


def invitation(text: str, program_id: str) -> Invitation | None:
    """Return the invitation a join page's address carries, if it is one to this program."""
    identifier = join_tokens.read_invitation(text) if text else None
    found = rows.find(Invitation, identifier, "invitation") if identifier else None
    return found if found is not None and found.program_id == program_id else None


def application(identifier: str) -> Application:
    found = rows.find(Application, identifier, "application") if identifier.startswith("apl_") else None
    if found is None:
        raise ApplicationNotFound(f"There is no application {identifier!r}.")
    return found


def invitations(
    program_id: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Invitation], dict[str, Any] | None]:
    """Return one page of a program's invitations, by their ids, and where the next one begins."""
    found = Invitation.invited.query(invited_to(program_id), limit=limit, last_evaluated_key=position)
    return list(found), found.last_evaluated_key


def applications(
    program_id: str, status: str, *, limit: int, position: dict[str, Any] | None
) -> tuple[list[Application], dict[str, Any] | None]:
    """Return one page of a program's applications to which that was said, and where the next one begins."""
    found = Application.applying.query(applied_to(program_id, status), limit=limit, last_evaluated_key=position)
    return list(found), found.last_evaluated_key
