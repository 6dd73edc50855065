"""Creates a program together with its first terms."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import ExternalIdTaken
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.kit.ids import new_id
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.imprint import lines_of
from chalicelib.programs.settings import (
    check_hosts,
    check_settings,
    check_zone,
    leaderboard_to_store,
    look_to_store,
    sharing_to_store,
)
from chalicelib.programs.shapes import NewProgram
from chalicelib.programs.table import LISTS, Program, ProgramName, name_key, new_version
from chalicelib.programs.terms_versions import check_terms


def create(new: NewProgram, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> ProgramTerms:
    """Create a program and version 1 of its terms, in force from now; both or neither."""
    check_new(new)
    program = Program(
        new_id("prg", at, test=new.mode == "test"),
        "program",
        object=LISTS[new.mode],
        name=new.name,
        landing_url=new.landing_url,
        hosts=check_hosts(new.landing_url, new.hosts),
        currency=new.currency,
        timezone=new.timezone,
        external_id=new.external_id,
        joining=new.joining,
        consent=new.consent,
        origins=new.origins,
        share_texts=new.share_texts,
        look=look_to_store(new.look),
        sharing=sharing_to_store(new.sharing),
        leaderboard=leaderboard_to_store(new.leaderboard),
        privacy_url=new.privacy_url,
        imprint_url=new.imprint_url,
        contact_email=new.contact_email,
        postal_address="\n".join(lines_of(new.postal_address)) or None,
        margin_bp=new.margin_bp,
        created_at=at,
    )
    first = new_version(program.id, new, version=1, effective_from=at, at=at)
    program_terms = ProgramTerms(program, [first])
    changes = [writes.insert(program), writes.insert(first)]
    if new.external_id is not None:
        name = ProgramName(name_key(new.external_id), "name", program_id=program.id)
        changes.append(writes.insert(name))
    if actor.commit(*changes, *receipt(program_terms), action="program.created", subject=program.id, at=at):
        raise ExternalIdTaken(
            f"A program with the external id {new.external_id!r} already exists.", pointer="/external_id"
        )
    return program_terms


def check_new(new: NewProgram) -> None:
    """Refuse a program that could not be created, no matter which program has its external id."""
    bodies.check_currency(new.currency)
    check_zone(new.timezone)
    check_terms(new, currency=new.currency)
    check_settings(new)
    check_hosts(new.landing_url, new.hosts)
