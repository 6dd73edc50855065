"""A program to look at: made through the public API's own verbs when a local run begins."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Sample:
    """What a new user is shown."""

    program: str
    partner: str
    share_url: str
    link_url: str
    join_url: str


def make(*, at: datetime) -> Sample:
    """Make the sample program, or find the one that a kept data folder has."""
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
    join_url = f"{config.public_url()}/join/{program.id}"
    return Sample(program.id, profile.partner.id, share.make_url(profile.enrollments[0]), make_url(link.code), join_url)
