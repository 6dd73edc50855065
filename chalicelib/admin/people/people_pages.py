"""Shows the people who administer: for each page, the values its template takes."""

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.admin.english import day
from chalicelib.admin.lists import ListOf, Row
from chalicelib.admin.names import program_choices
from chalicelib.admin.page import AdminPage
from chalicelib.kit import instants
from chalicelib.kit.csv_text import Cell
from chalicelib.kit.shapes import OrderedQuery, fold
from chalicelib.language.texts import languages
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramNotFound
from chalicelib.search.business import list_users
from chalicelib.users.find import find
from chalicelib.users.roles import IN_ALL_PROGRAMS_ONLY, ROLES, Grant
from chalicelib.users.table import User

_NAMES = {"owner": "Owner", "manager": "Manager", "payouts": "Payouts", "viewer": "Viewer"}
_DESCRIPTIONS = {
    "owner": "Everything: programs, terms, webhooks, payouts, and who can sign in.",
    "manager": "Invitations, applications, rewards and feedback; no terms, no payouts.",
    "payouts": "Payouts, and viewing what they are based on.",
    "viewer": "Viewing programs, partners, rewards, events and the audit trail; changing nothing.",
}


def people(*, done: str = "", typed: Mapping[str, str] | None = None) -> ListOf:
    """Return the list of the people who may sign in, with a form to invite another; *typed* is a refused form."""
    return ListOf(
        name="people",
        section="people",
        title="People",
        path="people",
        query=OrderedQuery,
        read=lambda query: list_users(query, list),
        rows=lambda page: [_row(user) for user in page],
        header=("Invited", "Name", "Email", "Roles", "First sign-in", "Language", "ID"),
        lines=_lines,
        columns=("name", "email", "since"),
        more={"done": done, "typed": typed or {}, "languages": languages(), **_choices()},
    )


def _row(user: User) -> Row:
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "roles": [name_of_grant(grant) for grant in user.grants],
        "since": day(user.confirmed_at) if user.confirmed_at else "",
        "invited": day(user.created_at),
        "sort": {"at": user.id, "name": fold(user.name), "email": fold(user.email), "since": user.confirmed_at},
    }


def _lines(page: list[User]) -> list[Sequence[Cell]]:
    return [
        (
            *(instants.text(user.created_at), user.name, user.email),
            "; ".join(name_of_grant(grant) for grant in user.grants),
            instants.text(user.confirmed_at) if user.confirmed_at else "",
            *(user.locale, user.id),
        )
        for user in page
    ]


def person(identifier: str, *, done: str = "", typed: Mapping[str, str] | None = None) -> AdminPage:
    """Show a person who may sign in, and forms to change their rights."""
    user = find(identifier)
    values = {
        "user": user,
        "roles": [{"role": one.role, "program": one.program or "", "name": name_of_grant(one)} for one in user.grants],
        "since": day(user.confirmed_at) if user.confirmed_at else "",
        "invited": day(user.created_at),
        "done": done,
        "typed": typed or {},
        "languages": languages(),
        **_choices(),
    }
    return AdminPage("person", "people", user.name, values)


def removal(identifier: str) -> AdminPage:
    """Say what removing a person does."""
    user = find(identifier)
    happens = [
        f"{user.name} ({user.email}) can no longer sign in, and is signed out on all devices immediately.",
        "The audit trail keeps their name. The address can be invited again.",
    ]
    return AdminPage("remove_person", "people", f"Remove {user.name}", {"happens": happens, "id": user.id})


def name_of_grant(grant: Grant) -> str:
    """Return what a role is called, with its program."""
    return (
        f"{_NAMES[grant.role]} of {_program(grant.program)}" if grant.program else f"{_NAMES[grant.role]}, all programs"
    )


def name_of_user(user: User) -> str:
    """Return what a user is called where there may be others of that name."""
    return f"{user.name} ({user.email})"


def _program(identifier: str) -> str:
    try:
        return programs.find(identifier).program.name
    except ProgramNotFound:
        return identifier


def _choices() -> dict[str, Any]:
    """Return what one may choose as a role, and as its program."""
    names, more = program_choices()
    return {
        "choices": [
            {"role": role, "name": _NAMES[role], "what": _DESCRIPTIONS[role], "all": role in IN_ALL_PROGRAMS_ONLY}
            for role in ROLES
        ],
        "programs": list(names.items()),
        "more_programs": more,
    }
