"""A program's settings: name, where links lead, time zone, who may join, look, imprint, and its emails' sender."""

import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from msgspec import UNSET, UnsetType

from chalicelib.audit.actor import Actor
from chalicelib.audit.entries import Action
from chalicelib.kit import instants, revisions, urls
from chalicelib.kit.dynamo import writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import Busy, DestinationRefused, InvalidValue, Refused, refuse_invalid
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.programs import imprint
from chalicelib.programs import share_texts as texts
from chalicelib.programs.find import ProgramTerms, find, read
from chalicelib.programs.sender_shapes import NewSender
from chalicelib.programs.shapes import NewProgram, ProgramChange
from chalicelib.programs.share_texts import Sharing
from chalicelib.programs.table import Leaderboard, Logo, Look, Program
from chalicelib.programs.webhooks import BenefitsGivenElsewhere, check_address

# Functions cache a program for half a minute, so each of them knows a new zone before it takes effect.
_SOONEST = timedelta(minutes=1)
_ORIGIN = re.compile(r"(https?)://([a-z0-9.-]+)(:[1-9]\d{0,4})?")
T = TypeVar("T")


class TimezoneRefused(Refused):
    """The program cannot change to this time zone."""


def change_settings(
    reference: str,
    change: ProgramChange,
    *,
    logo: Logo | UnsetType | None = UNSET,
    if_match: IfMatch = ANY,
    actor: Actor,
    at: datetime,
) -> ProgramTerms:
    """
    Set the fields that are given, and a *logo* whose file is stored; in effect within half a minute.

    Landing page and hosts apply to new links and new destinations, and a time zone to days that have not begun.
    Refused: an invalid origin, a share text with an unknown name, an imprint that is not at https, and a landing page
    on none of the hosts.
    """
    check_settings(change)

    def decide(stored: ProgramTerms) -> Sequence[RowAction]:
        of_logo = {} if logo is UNSET else {"logo": logo}
        return set_all(stored.program, **_values(stored.program, change, at=at), **of_logo)

    return change_program(reference, decide, action="program.settings_changed", if_match=if_match, actor=actor, at=at)


def drafted(program: Program, change: ProgramChange, *, logo: Logo | UnsetType | None = UNSET, at: datetime) -> Program:
    """Return a program as it would be after a change, which is refused as `change_settings` refuses it; not stored."""
    check_settings(change)
    values = _values(program, change, at=at) | ({} if logo is UNSET else {"logo": logo})
    return Program(**{**program.attribute_values, **values})


def _values(program: Program, change: ProgramChange, *, at: datetime) -> dict[str, object]:
    landing_url = _or(change.landing_url, program.landing_url)
    hosts = program.hosts
    if change.landing_url is not UNSET or change.hosts is not UNSET:
        hosts = check_hosts(landing_url, _or(change.hosts, program.hosts))
    zones = {}
    if change.timezone is not UNSET and change.timezone != program.timezone:
        zones = _zones(program, change.timezone, at=at)
    postal_address = _or(change.postal_address, program.postal_address)
    return {
        "name": _or(change.name, program.name),
        "landing_url": landing_url,
        "hosts": hosts,
        "joining": _or(change.joining, program.joining),
        "consent": _or(change.consent, program.consent),
        "origins": _or(change.origins, program.origins),
        "share_texts": _or(change.share_texts, program.share_texts),
        "look": look_to_store(_or(change.look, program.look)),
        "sharing": sharing_to_store(_or(change.sharing, program.sharing)),
        "leaderboard": leaderboard_to_store(_or(change.leaderboard, program.leaderboard)),
        "privacy_url": _or(change.privacy_url, program.privacy_url),
        "imprint_url": _or(change.imprint_url, program.imprint_url),
        "contact_email": _or(change.contact_email, program.contact_email),
        "postal_address": "\n".join(imprint.lines_of(postal_address)) or None,
        "margin_bp": _or(change.margin_bp, program.margin_bp),
        **zones,
    }


def _or(value: T | UnsetType, stored: T) -> T:
    return stored if value is UNSET else value


def _zones(program: Program, zone: str, *, at: datetime) -> dict[str, object]:
    check_zone(zone)
    try:
        calendar = program.calendar.changed(zone, soonest=at + _SOONEST)
    except ValueError as error:
        raise TimezoneRefused(f"The time zone is refused: {error}.", pointer="/timezone") from error
    return {"timezone": calendar.zone, "former_zones": list(calendar.former)}


def check_zone(name: str) -> None:
    """Refuse what is not the name of a time zone."""
    if not instants.is_zone(name):
        raise InvalidValue("This is not the name of a time zone.", pointer="/timezone")


def check_hosts(landing_url: str, hosts: Sequence[str]) -> list[str]:
    """Return the hosts that links may lead to, each once; the landing page's own if none is named."""
    try:
        landing = urls.host_of(landing_url)
    except ValueError as error:
        raise DestinationRefused(f"The landing page is refused: {error}.", pointer="/landing_url") from error
    several = list(dict.fromkeys(hosts)) or [landing]
    for number, host in enumerate(several):
        if not urls.is_host(host):
            raise InvalidValue("A host is a plain lower-case host name.", pointer=f"/hosts/{number}")
    if landing not in several:
        raise DestinationRefused("The landing page is not on any of the hosts.", pointer="/landing_url")
    return several


def check_settings(new: NewProgram | ProgramChange) -> None:
    """Refuse what is no origin, share texts with names that do not exist, and a bad imprint, with all that is wrong."""
    sentence = "An origin is `https://`, a host, and a port if it is not 443."
    no_origins = [
        (f"/origins/{number}", sentence) for number, one in enumerate(new.origins or ()) if not is_origin(one)
    ]
    in_imprint = imprint.find_objections(
        privacy_url=_or(new.privacy_url, None),
        imprint_url=_or(new.imprint_url, None),
        postal_address=_or(new.postal_address, None),
    )
    in_sharing = texts.find_wrong_buttons(_or(new.sharing, Sharing()))
    refuse_invalid([*no_origins, *texts.find_objections(new.share_texts or {}), *in_sharing, *in_imprint])


def look_to_store(chosen: Look | None) -> Look | None:
    """Return a look as it is stored: none, if nothing of it was chosen."""
    return chosen if chosen != Look() else None


def sharing_to_store(chosen: Sharing | None) -> Sharing | None:
    """Return how a program is shared as it is stored: nothing, if nothing of it was chosen."""
    return chosen if chosen != Sharing() else None


def leaderboard_to_store(chosen: Leaderboard | None) -> Leaderboard | None:
    """Return what partners see of a leaderboard as it is stored: nothing, if nothing of it was chosen."""
    return chosen if chosen != Leaderboard() else None


def is_origin(text: str) -> bool:
    """Return whether this is an origin as browsers send it: scheme, host, and a port unless it is the usual one."""
    parts = _ORIGIN.fullmatch(text)
    if parts is None or not urls.is_host(parts[2]) or parts[3] in (":443", ":80"):
        return False
    return parts[1] == "https" or parts[2] in ("localhost", "127.0.0.1")


def set_sender(reference: str, new: NewSender, *, actor: Actor, at: datetime) -> Program:
    """
    Set sender and address for answers, or none; in effect within half a minute.

    Refused: a name without an address.
    """
    if new.name is not None and new.email is None:
        raise InvalidValue("A sender needs an address, not only a name.", pointer="/email")

    def decide(stored: ProgramTerms) -> Sequence[RowAction]:
        return set_all(stored.program, sender_email=new.email, sender_name=new.name, reply_to=new.reply_to)

    return change_program(reference, decide, action="program.sender_changed", actor=actor, at=at).program


def set_webhook(reference: str, url: str | None, *, actor: Actor, at: datetime) -> Program:
    """Set the address, or none; in effect within half a minute. The secret is a new one every time."""
    if url is not None:
        check_address(url)
    nonce = secrets.token_hex(8)

    def decide(stored: ProgramTerms) -> Sequence[RowAction]:
        if url is not None and any(endpoint.gives_benefits for endpoint in stored.endpoints):
            raise BenefitsGivenElsewhere("Another endpoint already gives this program's benefits; delete it first.")
        return set_all(stored.program, webhook_nonce=nonce, webhook_url=url)

    return change_program(reference, decide, action="program.webhook_changed", actor=actor, at=at).program


def change_program(
    reference: str,
    decide: Callable[[ProgramTerms], Sequence[RowAction]],
    *,
    also: Sequence[Write] = (),
    action: Action,
    if_match: IfMatch = ANY,
    actor: Actor,
    at: datetime,
) -> ProgramTerms:
    """
    Change a program by the actions that *decide* returns for its stored state; effective within half a minute.

    Without actions nothing is written, whichever revision was read. Otherwise a revision that is not in *if_match* is
    refused. The writes in *also* are part of the same transaction.
    """
    program_id = find(reference).program.id
    for _ in writes.attempts():
        stored = read(program_id)
        actions = decide(stored)
        if not actions:
            return stored
        revisions.check_revision(stored.program, if_match)
        changed = revisions.change(stored.program, *actions)
        if not actor.commit(changed, *also, action=action, subject=program_id, at=at):
            return read(program_id)
    raise Busy("The program is changing; send the same call again.")


def set_all(program: Program, **values: object) -> list[RowAction]:
    """Return the actions that set those attributes of a program that differ; None removes one."""
    return [
        field.set(value) if value is not None else field.remove()
        for name, value in values.items()
        if value != getattr(program, name)
        for field in (getattr(Program, name),)
    ]
