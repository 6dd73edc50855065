"""Creates a program together with its first terms."""

from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import bodies, ids, instants, urls
from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import DestinationRefused, ExternalIdTaken, InvalidValue
from chalicelib.kit.idempotency import Receipt, no_receipt
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.settings import check_settings
from chalicelib.programs.shapes import NewProgram
from chalicelib.programs.table import Program, ProgramName, name_key, new_version
from chalicelib.programs.terms_versions import check_terms


def create(new: NewProgram, *, actor: Actor, at: datetime, receipt: Receipt = no_receipt) -> ProgramTerms:
    """Create a program and version 1 of its terms, in force from now; both or neither."""
    bodies.check_currency(new.currency)
    if not instants.is_zone(new.timezone):
        raise InvalidValue("This is not the name of a time zone.", pointer="/timezone")
    check_terms(new, currency=new.currency)
    check_settings(origins=new.origins, share_texts=new.share_texts)
    program = Program(
        ids.new("prg", at),
        "program",
        name=new.name,
        landing_url=new.landing_url,
        hosts=_hosts(new),
        currency=new.currency,
        timezone=new.timezone,
        external_id=new.external_id,
        joining=new.joining,
        consent=new.consent,
        origins=new.origins,
        share_texts=new.share_texts,
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


def _hosts(new: NewProgram) -> list[str]:
    try:
        landing = urls.host_of(new.landing_url)
    except ValueError as error:
        raise DestinationRefused(f"The landing page is refused: {error}.", pointer="/landing_url") from error
    hosts = list(dict.fromkeys(new.hosts)) or [landing]
    for number, host in enumerate(hosts):
        if not urls.is_host(host):
            raise InvalidValue("A host is a plain lower-case host name.", pointer=f"/hosts/{number}")
    if landing not in hosts:
        raise DestinationRefused("The landing page is not on any of the hosts.", pointer="/landing_url")
    return hosts
