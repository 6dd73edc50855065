"""A program's introductions, and all that the business does with one of them."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalice.app import Response

from chalicelib.admin.introductions.introduction_list import introductions
from chalicelib.admin.introductions.introduction_pages import page_of
from chalicelib.admin.lists import save_list, show_list
from chalicelib.admin.page import AdminVisit, done_before, go_on, respond
from chalicelib.admin.permissions import needs
from chalicelib.admin.session import respond_again, signed_in
from chalicelib.admin.typed import read_amount
from chalicelib.conversions.change_shapes import NewWin
from chalicelib.conversions.report_won import report_won
from chalicelib.introductions import move
from chalicelib.introductions.find import IntroductionNotFound, find
from chalicelib.introductions.shapes import Acceptance, Decline, Loss, MoreNeeded, Move, Word
from chalicelib.introductions.steps import SILENCE
from chalicelib.introductions.table import Introduction
from chalicelib.kit import bodies, instants
from chalicelib.kit.errors import InvalidValue, Refused
from chalicelib.kit.revisions import PreconditionFailed
from chalicelib.programs import find as programs
from chalicelib.web.forms import takes

_STALE = "This introduction changed after you opened this page, so nothing was saved. Check it, and try again."


@signed_in
@needs("introductions:read", "program")
def show_introductions(visit: AdminVisit, id: str) -> Response:
    """Show a program's introductions: the board of open ones, and the table of all."""
    return show_list(visit, introductions(programs.find(id).program, at=visit.at))


@signed_in
@needs("introductions:read", "program")
def save_introductions(visit: AdminVisit, id: str) -> Response:
    """Save what the table of introductions shows."""
    return save_list(visit, introductions(programs.find(id).program, at=visit.at))


@signed_in
@needs("introductions:read", "introduction")
def show_introduction(visit: AdminVisit, id: str) -> Response:
    """Show an introduction, and what was done."""
    return respond(visit, page_of(id, visit.rights, done=done_before(visit, _path(id)), at=visit.at))


@signed_in
@needs("introductions:write", "introduction")
@takes("action", "turn", "words", "reason", "state", "next_on")
def change_introduction(visit: AdminVisit, id: str) -> Response:
    """Accept an introduction, decline it, ask the partner, move it on, tell the partner, extend it, or give it up."""
    return _done(visit, id, _change)


@signed_in
@needs("conversions:write", "introduction")
@takes("turn", "order", "amount", "occurred_at")
def win_introduction(visit: AdminVisit, id: str) -> Response:
    """Report the sale that wins an introduction."""
    return _done(visit, id, _win)


def _done(visit: AdminVisit, identifier: str, do: Callable[[AdminVisit, Introduction], str]) -> Response:
    try:
        row = find(identifier)
        if visit.form.get("turn") != str(row.turn):
            raise PreconditionFailed(_STALE)
        done = do(visit, row)
    except IntroductionNotFound:
        raise
    except Refused as refusal:
        page = page_of(identifier, visit.rights, typed=visit.form, at=visit.at)
        return respond_again(visit, page, refusal)
    return go_on(visit, _path(identifier), done)


def _change(visit: AdminVisit, row: Introduction) -> str:
    form, action = visit.form, visit.form.get("action")
    words = {"words": form["words"].replace("\r\n", "\n")} if form.get("words") else {}
    by: dict[str, Any] = {"actor": visit.actor, "at": visit.at}
    if action == "accept":
        accepted = bodies.typed(words, Acceptance, strict=True)
        move.accept(row.id, words=accepted.words, next_word_by=_promised(visit, row), **by)
        return "Accepted. The partner gets an email now."
    if action == "decline":
        decline = bodies.typed({"reason": form.get("reason", ""), **words}, Decline, strict=True)
        move.decline(row.id, decline.reason, words=decline.words, **by)
        return "Declined. The partner gets an email with the reason now."
    if action == "ask":
        move.ask(row.id, bodies.typed({"words": "", **words}, MoreNeeded, strict=True).words, **by)
        return "The partner gets an email with your question now."
    if action == "move":
        new = bodies.typed({"state": form.get("state", ""), **words}, Move, strict=True)
        move.move(row.id, new.state, words=new.words, next_word_by=_promised(visit, row), **by)
        return "Saved. The partner gets an email now."
    if action == "say":
        word = bodies.typed({"words": "", **words}, Word, strict=True)
        move.say(row.id, word.words, next_word_by=_promised(visit, row), **by)
        return "The partner gets an email with your words now."
    if action == "extend":
        move.extend(row.id, words=bodies.typed(words, Acceptance, strict=True).words, **by)
        return "Extended. The partner gets an email now."
    if action == "lose":
        loss = bodies.typed({"reason": form.get("reason", ""), **words}, Loss, strict=True)
        move.lose(row.id, loss.reason, words=loss.words, **by)
        return "Closed as lost. The partner gets an email with the reason now."
    raise InvalidValue("Choose what to do.", pointer="/action")


def _promised(visit: AdminVisit, row: Introduction) -> datetime | None:
    """Return by when the partner is promised the next word: the end of the day that was chosen, if one was."""
    text = visit.form.get("next_on")
    if not text:
        return None
    calendar, latest = programs.find(row.program_id).program.calendar, visit.at + SILENCE
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise InvalidValue("Enter a date.", pointer="/next_on") from None
    if not calendar.day_of(visit.at) <= day <= calendar.day_of(latest):
        raise InvalidValue(f"Choose a day within the next {SILENCE.days} days.", pointer="/next_on")
    return min(calendar.midnight(day + timedelta(days=1)), latest)


def _win(visit: AdminVisit, row: Introduction) -> str:
    program, form = programs.find(row.program_id).program, visit.form
    amount = read_amount(form.get("amount", ""), program.currency, name="amount")
    fields: dict[str, Any] = {
        "external_id": form.get("order", ""),
        "amount": {"amount": amount, "currency": program.currency},
    }
    if form.get("occurred_at"):
        fields["occurred_at"] = _moment(form["occurred_at"], ZoneInfo(program.calendar.zone_at(visit.at)))
    try:
        win = bodies.typed(fields, NewWin, strict=True)
        report_won(row.id, win, actor=visit.actor, at=visit.at)
    except Refused as refusal:
        # The form calls it by another name.
        names = {"/external_id": "/order", "/amount/amount": "/amount"}
        refusal.pointer = names.get(refusal.pointer or "", refusal.pointer)
        raise
    return "Won. The sale is recorded, and what the partner earns is decided within seconds."


def _moment(text: str, zone: ZoneInfo) -> str:
    """Return a moment of the program's zone as the API takes it; what is none stays as it is, and is refused there."""
    try:
        return instants.text(datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC))
    except (ValueError, OverflowError):
        return text


def _path(identifier: str) -> str:
    return f"/admin/introductions/{identifier}"
