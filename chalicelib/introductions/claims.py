"""
The introduced person's own word: which introduction is theirs, and that nothing is to be kept of them.

They hold a signed token of one introduction, from its email to them. It proves that they read their mailbox, and
nothing else: so they speak for the introductions with an address of that mailbox, not for others with the same phone
number or company. What they say counts more than who came first, and the history names the email as evidence.
"""

from datetime import datetime

from chalicelib.audit.actor import Actor, decided
from chalicelib.introductions import line
from chalicelib.introductions.find import IntroductionNotFound, find, list_of_person
from chalicelib.introductions.people import are_different, keys_of_contact
from chalicelib.introductions.personal import erase
from chalicelib.introductions.states import FIRST
from chalicelib.introductions.steps import Change, MoveRefused, changed, noted
from chalicelib.introductions.table import Introduction, line_key, lines_of
from chalicelib.kit import ids, signing
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import Busy, InvalidValue

PERSON = Actor("page", "introduced person")
_USE = "introduced person"


def make_token(introduction_id: str) -> str:
    """Return what lets the introduced person see, claim and erase: for a email to them alone."""
    return f"{introduction_id}.{signing.sign_lasting(_USE, introduction_id)}"


def read_token(token: str) -> Introduction:
    """Return the introduction that a token is of. Raises IntroductionNotFound for any other text."""
    identifier, _, signature = token.partition(".")
    if not signing.verifies_lasting(_USE, identifier, signature):
        raise IntroductionNotFound("This link is not one of ours.")
    return find(identifier)


def list_kept(row: Introduction) -> list[Introduction]:
    """Return all introductions with an address of one's mailbox, in any program, oldest first: what is kept of them."""
    if row.person is None:
        return [row]
    theirs = list_of_person(keys_of_contact(row.person.email))
    same_mode = [one for one in theirs if ids.mode_of(one.id) == ids.mode_of(row.id) and one.erased_at is None]
    return same_mode or [row]


def list_claims(row: Introduction) -> list[Introduction]:
    """Return the introductions of a person in a program of which they can say that it is theirs, oldest first."""
    open_ones = FIRST | {"second_in_line"}
    claimable = [one for one in list_kept(row) if one.program_id == row.program_id and one.state in open_ones]
    return [one for one in claimable if any(_is_address(key) for key in one.keys)]


def claim(token: str, introduction_id: str, *, actor: Actor = PERSON, at: datetime) -> Introduction:
    """
    Make the introduction first that the introduced person names, whoever came first. Idempotent.

    Whoever was first by their address is second in line from then on; what others are first by, such as the company,
    stays theirs. Refused once a sale won another one.
    """
    for _ in writes.attempts():
        source = read_token(token)
        row = next((one for one in list_claims(source) if one.id == introduction_id), None)
        if row is None:
            raise IntroductionNotFound(f"{introduction_id!r} is no introduction of this person.")
        if row.claimed_at is not None and row.state in FIRST:
            return row
        change = _claimed(row, source, actor=actor, at=at)
        if not actor.commit(
            *change.writes, action="introduction.claimed", subject=row.id, part=row.partner_id, before=row, at=at
        ):
            return change.row
    raise Busy("This introduction is being changed right now; send the same call again.")


def erase_all(token: str, *, actor: Actor = PERSON, at: datetime) -> list[str]:
    """
    Erase what is kept of the person in all introductions of them; open ones end. Idempotent.

    Returns the ids of what was erased.
    """
    source = read_token(token)
    # The link finds the others by what the one that it is of says of the person: so that one goes last.
    identifiers = sorted((one.id for one in list_kept(source)), key=lambda one: one == source.id)
    for identifier in identifiers:
        erase(identifier, by="person", reason="asked_to_be_deleted", actor=actor, at=at)
    return identifiers


def list_of_contact(email: str | None, phone: str | None) -> list[Introduction]:
    """Return what is kept of whoever is reached so, oldest first. Refuses neither of both."""
    keys = keys_of_contact(email, phone)
    if not keys:
        raise InvalidValue("An email address or a phone number with its country's code is needed.", pointer="/email")
    return [one for one in list_of_person(keys) if one.erased_at is None]


def erase_contact(email: str | None, phone: str | None, *, actor: Actor, at: datetime) -> list[str]:
    """Erase what is kept of whoever is reached so, as they asked the business; returns the introductions' ids."""
    identifiers = [one.id for one in list_of_contact(email, phone)]
    for identifier in identifiers:
        erase(identifier, by="person", reason="asked_to_be_deleted", actor=actor, at=at)
    return identifiers


def _claimed(row: Introduction, source: Introduction, *, actor: Actor, at: datetime) -> Change:
    if row.state in FIRST:
        return noted(
            row, by="person", at=at, actor=actor.id, reason="named_by_person", evidence=source.id, claimed_at=at
        )
    heads = line.find_heads(row)
    stored = line.find_holders(heads)
    if any(one.state == "won" for one in stored.values()):
        raise MoveRefused("Another introduction of this person was won already.", details={"allowed": []})
    theirs = {name: holder for name, holder in stored.items() if _is_same(source, holder)}
    keys = [key for key in row.keys if (name := line_key(row.program_id, key)) in theirs or name not in heads]
    if not any(_is_address(key) for key in keys):
        raise MoveRefused("Another person is first by this address.", details={"allowed": []})
    lines = [line_key(row.program_id, key) for key in keys]
    holders = list({holder.id: holder for holder in theirs.values()}.values())
    first = line.move_up(
        row, reason="named_by_person", by="person", keys=keys, at=at, actor=actor.id, evidence=source.id
    )
    changes = [*first.writes, *line.leave(row), *(line.take(row, one, heads.get(one), at=at) for one in lines)]
    for holder in holders:
        assert holder.received_at is not None
        second = changed(
            holder,
            "second_in_line",
            by="person",
            at=at,
            reason="named_another",
            place_in_line=2,
            claimed_at=None,
            first_since=at,
            first_until=first.row.protected_until,
            protected_until=None,
            respond_by=None,
        )
        waits = [line.waiting_of(holder, one, holder.received_at) for one in lines_of(holder)]
        [stored_now, *more] = second.writes
        entered = decided(
            stored_now,
            action="introduction.second_in_line",
            subject=holder.id,
            part=holder.partner_id,
            before=holder,
        )
        changes += [entered, *more, *(writes.insert(one) for one in waits)]
    changes += line.pass_on(holders, at=at, but=lines, skip=[row.id])
    return Change(row, first.row, changes)


def _is_address(key: str) -> bool:
    return key.startswith("email#")


def _is_same(source: Introduction, holder: Introduction) -> bool:
    """Return whether who is first has an address of the mailbox that the link proves; one without has none."""
    return (
        holder.person is not None
        and holder.person.email is not None
        and not are_different(source.person, holder.person)
    )
