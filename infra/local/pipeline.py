"""A pipeline to look at: a program open for introductions, and people whom two partners introduced to it."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.audit.actor import Actor
    from chalicelib.programs.table import Program

_DEPUTY = "deputy@goodword.example"
_CALENDAR = "https://tea.example/meet"
_FIRST_WORDS = {
    "en": "We bring good tea to offices, and take back what nobody drinks.",
    "de": "Wir bringen guten Tee in Büros und nehmen zurück, was niemand trinkt.",
}
# Long enough ago that the promised answer is overdue.
_LONG_AGO = timedelta(days=6)


def make_pipeline(program: "Program", partners: list[str], *, owner: str, actor: "Actor", at: datetime) -> None:
    """Open a program for introductions and fill its pipeline, once: *partners* are the ids of two who take part."""
    from chalicelib.conversions.change_shapes import NewWin
    from chalicelib.conversions.report_won import report_won
    from chalicelib.introductions import move, trials
    from chalicelib.introductions.set_receiving import set_receiving
    from chalicelib.kit.money import Money
    from chalicelib.programs.receiving import Receiving, receiving_of

    if receiving_of(program).open:
        return
    for address, name in ((owner, "Owner"), (_DEPUTY, "Deputy")):
        invited(address, name, actor=actor, at=at)
    closed = Receiving(owner=owner, deputy=_DEPUTY, calendar_url=_CALENDAR, first_words=_FIRST_WORDS)
    set_receiving(program.id, closed, actor=actor, at=at)
    trials.send(program.id, tell=lambda *_: [], actor=actor, at=at)
    trials.confirm(program.id, actor=actor, at=at)
    opened = Receiving(open=True, owner=owner, deputy=_DEPUTY, calendar_url=_CALENDAR, first_words=_FIRST_WORDS)
    set_receiving(program.id, opened, actor=actor, at=at)
    ada, bob = partners
    before = at - _LONG_AGO
    _introduce(program, ada, "Grace Harbor", "Harbor Logistics", "Forty people, and awful coffee.", actor, before)
    _introduce(program, bob, "Grace Harbor", "Harbor Logistics", "I play chess with her.", actor, at)
    met = _introduce(program, ada, "Mary Quill", "Quill Books", "They want to serve tea at readings.", actor, before)
    move.accept(met, words="What a lovely idea.", actor=actor, at=at)
    move.move(met, "meeting", words="We meet her on Thursday.", actor=actor, at=at)
    declined = _introduce(program, bob, "Tom Anchor", "Anchor Coffee", "He might try tea.", actor, at)
    move.decline(declined, "no_fit", words="They roast their own coffee, and are happy with it.", actor=actor, at=at)
    bought = _introduce(program, bob, "Ida Lamp", "Lamp Studio", "Late nights need good tea.", actor, before)
    move.accept(bought, actor=actor, at=at)
    report_won(bought, NewWin(external_id="sample-order", amount=Money(48_000, "USD")), actor=actor, at=at)
    _draft(program, ada, actor, at)


def invited(address: str, name: str, *, actor: "Actor", at: datetime) -> str:
    """Return the id of a person who administers all programs: invited without an email, if they are new."""
    from chalicelib.access.shapes import NewUser, RoleGrant
    from chalicelib.users.change import invite
    from chalicelib.users.find import find_id_by_address

    user_id = find_id_by_address(address)
    if user_id is None:
        new = NewUser(email=address, name=name, roles=[RoleGrant("owner")])
        user_id = invite(new, tell=lambda _user: [], actor=actor, at=at).id
    return user_id


def _introduce(
    program: "Program", partner: str, name: str, company: str, why: str, actor: "Actor", at: datetime
) -> str:
    from chalicelib.introductions.people import Person
    from chalicelib.introductions.receive import introduce
    from chalicelib.introductions.shapes import NewIntroduction

    first, domain = name.split()[0].lower(), company.split()[0].lower()
    person = Person(name=name, email=f"{first}@{domain}.example", company=company)
    new = NewIntroduction(program=program.id, partner=partner, person=person, closeness="client", why=why)
    return str(introduce(new, actor=actor, by="partner", at=at).id)


def _draft(program: "Program", partner: str, actor: "Actor", at: datetime) -> None:
    """Leave an introduction that its partner has not sent yet."""
    from chalicelib.introductions.offer import offer
    from chalicelib.introductions.people import Person
    from chalicelib.introductions.shapes import NewIntroduction

    person = Person(name="Nora Field", phone="+49 30 901820")
    new = NewIntroduction(
        program=program.id, partner=partner, person=person, closeness="friend", why="She opens a small hotel."
    )
    offer(new, actor=actor, by="partner", at=at)
