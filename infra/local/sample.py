"""A program to look at: made through the public API's own verbs when a local run begins."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from infra.local.pipeline import make_pipeline

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor


@dataclass(frozen=True)
class Sample:
    """What a new user is shown."""

    program: str
    partner: str
    share_url: str
    link_url: str
    join_url: str


def make(*, owner: str, at: datetime) -> Sample:
    """Make the sample program with its pipeline, or find the one that a kept data folder has."""
    from chalicelib.audit.actor import Actor
    from chalicelib.kit import config
    from chalicelib.kit.errors import NotFound
    from chalicelib.kit.money import Money
    from chalicelib.links import create as links
    from chalicelib.links import find as link_search
    from chalicelib.links.shapes import NewLink, make_url
    from chalicelib.partners import find as partner_search
    from chalicelib.partners import identity as partners
    from chalicelib.partners import share
    from chalicelib.partners.shapes import NewPartner
    from chalicelib.programs import create as programs
    from chalicelib.programs import find as program_search
    from chalicelib.programs.shapes import NewProgram
    from chalicelib.programs.terms import Rule

    actor = Actor("operator", "run")
    try:
        program = program_search.find("ext_sample").program
        profile = partner_search.find("ext_sample-ada")
        link = link_search.find("tea-with-ada")
    except NotFound:
        rules = [
            Rule(on="lead", to="referrer", flat=Money(200, "USD")),
            Rule(on="sale", to="referrer", rate_bp=1000),
            Rule(on="sale", to="referee", rate_bp=500),
        ]
        program = programs.create(
            NewProgram(
                name="Tea Shop",
                landing_url="https://tea.example/welcome",
                currency="USD",
                rules=rules,
                external_id="sample",
                joining="open",
                introductions="first_received",
            ),
            actor=actor,
            at=at,
        ).program
        profile = partners.create(
            NewPartner(name="Ada", email="ada@mail.example", external_id="sample-ada", programs=[program.id]),
            actor=actor,
            at=at,
        )
        new_link = NewLink(program=program.id, partner=profile.partner.id, code="tea-with-ada")
        link = links.create(new_link, actor=actor, at=at)
    bob = _partner("Bob", "bob@tea.example", program.id, actor=actor, at=at)
    make_pipeline(program, [profile.partner.id, bob], owner=owner, actor=actor, at=at)
    join_url = f"{config.public_url()}/join/{program.id}"
    return Sample(program.id, profile.partner.id, share.make_url(profile.enrollments[0]), make_url(link.code), join_url)


def _partner(name: str, email: str, program: str, *, actor: "Actor", at: datetime) -> str:
    """Return the id of another partner of the sample program, who is made if they are new."""
    from chalicelib.kit.errors import NotFound
    from chalicelib.partners import find as partner_search
    from chalicelib.partners import identity as partners
    from chalicelib.partners.shapes import NewPartner

    external_id = f"sample-{name.lower()}"
    try:
        return partner_search.find(f"ext_{external_id}").partner.id
    except NotFound:
        new = NewPartner(name=name, email=email, external_id=external_id, programs=[program])
        return partners.create(new, actor=actor, at=at).partner.id
