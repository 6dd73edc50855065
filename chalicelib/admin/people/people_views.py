"""What the admin pages show and do about the people who administer. Owners of all programs alone see them."""

from urllib.parse import quote

from chalice.app import Response

from chalicelib.access.shapes import NewUser, RoleGrant, UserChange
from chalicelib.admin.lists import first_page, save_list, show_list
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.people import people_pages
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.emails.to_administrators import new_invitation
from chalicelib.kit import bodies
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.users.change import change, invite, remove
from chalicelib.users.find import UserNotFound, find
from chalicelib.web.forms import takes

_PEOPLE = "/admin/people"


@signed_in
@needs("admin")
def show_people(visit: AdminVisit) -> Response:
    """Show who may sign in, and what was done."""
    return show_list(visit, people_pages.people(done=done_before(visit, _PEOPLE)))


@signed_in
@needs("admin")
def save_people(visit: AdminVisit) -> Response:
    """Save the list of those who may sign in."""
    return save_list(visit, people_pages.people())


@signed_in
@needs("admin")
@takes("email", "name", "locale", "role", "program")
def invite_person(visit: AdminVisit) -> Response:
    """Invite a person, with one role; their page can add others."""
    form = visit.form
    try:
        fields = {name: form[name] for name in ("email", "name", "locale") if name in form}
        new = bodies.typed({**fields, "roles": [_role_of(form)]}, NewUser, strict=True)
        user = invite(new, tell=lambda user: [new_invitation(user, at=visit.at)], actor=visit.actor, at=visit.at)
    except Refused as refusal:
        page = first_page(people_pages.people(typed=form), at=visit.at)
        return respond_again(visit, page, refusal, rest="role")
    return go_on(visit, _PEOPLE, f"{people_pages.name_of_user(user)} was invited by email.")


@signed_in
@needs("admin")
def show_person(visit: AdminVisit, id: str) -> Response:
    """Show a person who may sign in, and their past changes."""
    return respond(visit, people_pages.person(id, done=done_before(visit, _page_of(id))))


@signed_in
@needs("admin")
@takes("action", "name", "locale", "role", "program")
def change_person(visit: AdminVisit, id: str) -> Response:
    """Change a person's name and language, or add or remove a role; a change of roles ends their sessions."""
    try:
        change(id, _change_of(id, visit.form), actor=visit.actor, at=visit.at)
    except UserNotFound:
        raise
    except Refused as refusal:
        return respond_again(visit, people_pages.person(id, typed=visit.form), refusal, rest="role")
    return go_on(visit, _page_of(id), "Saved.")


@signed_in
@needs("admin")
def ask_to_remove(visit: AdminVisit, id: str) -> Response:
    """Say what removing a person does."""
    return respond(visit, people_pages.removal(id))


@signed_in
@needs("admin")
def remove_person(visit: AdminVisit, id: str) -> Response:
    """Remove a person, and end their sessions."""
    user = remove(id, actor=visit.actor, at=visit.at)
    return go_on(visit, _PEOPLE, f"{people_pages.name_of_user(user)} was removed.")


def _change_of(identifier: str, form: dict[str, str]) -> UserChange:
    action = form.get("action", "")
    if action == "rename":
        fields = {name: form[name] for name in ("name", "locale") if name in form}
        return bodies.typed(fields, UserChange, strict=True)
    has = [RoleGrant(one.role, one.program) for one in find(identifier).grants]
    chosen = bodies.typed(_role_of(form), RoleGrant, strict=True)
    if action == "give":
        return UserChange(roles=[*has, chosen])
    if action == "take":
        left = [one for one in has if one != chosen]
        if not left:
            raise InvalidValue("This is their only role. Remove the person instead.", pointer="/role")
        return UserChange(roles=left)
    raise InvalidValue("Choose to rename, give or take.", pointer="/action")


def _role_of(form: dict[str, str]) -> dict[str, str]:
    return {name: form[name] for name in ("role", "program") if name in form}


def _page_of(user: str) -> str:
    return f"{_PEOPLE}/{quote(user, safe='')}"
