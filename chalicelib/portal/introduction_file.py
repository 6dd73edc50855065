"""Introduces several people by a table: checked line by line, then introduced; what became of each is kept two days."""

import base64
import binascii
import csv
import io
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec
from msgspec import Struct

from chalicelib.audit.actor import Actor
from chalicelib.emails.introduction_readers import for_holder
from chalicelib.introductions import find as introductions
from chalicelib.introductions import sentences
from chalicelib.introductions.line import AlreadyIntroduced
from chalicelib.introductions.offer import TooManyOpen, TooManyToday, compose, find_room
from chalicelib.introductions.people import is_company_wide
from chalicelib.introductions.receive import introduce
from chalicelib.introductions.shapes import NewIntroduction
from chalicelib.introductions.table import Introduction
from chalicelib.kit import bodies, csv_text, idempotency
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.errors import InvalidValue, NotFound, Refused
from chalicelib.kit.keyed_digests import fingerprints
from chalicelib.kit.walk import Deadline
from chalicelib.language.formats import spreadsheet_of
from chalicelib.language.texts import Texts
from chalicelib.partners.find import PartnerProfile
from chalicelib.portal.introduction_form import check_not_introduced
from chalicelib.portal.page import FIELDS
from chalicelib.programs import find as programs
from chalicelib.programs.table import Program
from chalicelib.web.refusals import explain

MOST = 50
MOST_BYTES = 100_000
COLUMNS = ("name", "email", "phone", "company", "role", "why", "closeness")
_NEEDED = frozenset({"name", "why", "closeness"})
_OTHER_NAMES = {"e_mail": "email", "email_address": "email", "telephone": "phone", "firma": "company"}
_OTHER_CHARACTERS = re.compile(r"[^a-z0-9]+")
# A browser waits; what is not reached has a result of its own, and can be sent again.
_SECONDS = 15.0
_INITIALS = 3

Result = Literal["good", "done", "second", "declined", "refused", "not_reached"]

_RESULTS: Mapping[str, Result] = {"second_in_line": "second", "declined": "declined"}


class LineResult(Struct, frozen=True):
    """
    What became of a line, or in a check, what would.

    Of what it said of a person, the *initials* alone are kept, of one whom it did not introduce: the partner tells by
    them which line it was, and nobody else who. *earlier* is the partner's own introduction of the same person.
    """

    number: int
    result: Result
    introduction: str | None = None
    remark: str = ""
    initials: str = ""
    earlier: str | None = None


class Line(Struct, frozen=True):
    """A line that is not empty: its number, and its cells by column."""

    number: int
    cells: dict[str, str]


def read_lines(form: Mapping[str, str]) -> list[Line]:
    """Return the lines that were pasted, or are in a file in Base64. Refuses what is no table, or too long."""
    text = form.get("csv", "")
    if "file" in form:
        if text:
            raise InvalidValue("Paste lines or choose a file, not both.", pointer="/file")
        text = _text_of(form["file"])
    if len(text.encode()) > MOST_BYTES:
        raise InvalidValue(f"Enter 1 to {MOST} lines.", pointer="/csv")
    try:
        table = csv_text.read(text.replace("\r\n", "\n").strip().encode())
    except ValueError as error:
        raise InvalidValue("This is not CSV.", pointer="/csv") from error
    header = [_column(name) for name in table[0]] if table else []
    if not set(header) >= _NEEDED or any(header.count(name) > 1 for name in COLUMNS):
        raise InvalidValue("The first line must name the columns.", pointer="/csv")
    numbered = [(number, row) for number, row in enumerate(table[1:], start=2) if any(row)]
    if not 1 <= len(numbered) <= MOST:
        raise InvalidValue(f"Enter 1 to {MOST} lines.", pointer="/csv")
    return [
        Line(number, {name: cell for name, cell in zip(header, row, strict=False) if cell and name in COLUMNS})
        for number, row in numbered
    ]


def _column(name: str) -> str:
    column = _OTHER_CHARACTERS.sub("_", name.lower()).strip("_")
    return _OTHER_NAMES.get(column, column)


def _text_of(encoded: str) -> str:
    try:
        raw = base64.b64decode(encoded, validate=True)
        return raw[: MOST_BYTES + 1].decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidValue("This is not CSV in UTF-8.", pointer="/file") from error


def text_of_lines(lines: Sequence[Line]) -> str:
    """Return lines as the form keeps them after a check, from a file too."""
    used = [name for name in COLUMNS if any(name in line.cells for line in lines)]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(used)
    writer.writerows([line.cells.get(name, "") for name in used] for line in lines)
    return table.getvalue()


def check_lines(
    lines: Sequence[Line], program: Program, profile: PartnerProfile, t: Texts, *, at: datetime
) -> list[LineResult]:
    """Return what introducing the lines would do, each after those before it; nothing is written."""
    left, today = find_room(program, profile.partner, at=at)
    keys: set[str] = set()
    results = []
    for line in lines:
        try:
            row, _ = compose(_new(line, program, profile), at=at)
            check_not_introduced(row, profile, at=at)
            theirs = {key for key in row.keys if not is_company_wide(key)}
            if keys & theirs:
                raise AlreadyIntroduced("An earlier line introduces this person.")
            if left <= 0:
                raise TooManyOpen("These are more open introductions than a partner can have.")
            if today <= 0:
                raise TooManyToday("These are more introductions than a partner can make in a day.")
        except Refused as refusal:
            results.append(_refused(line, refusal, t))
            continue
        left, today, keys = left - 1, today - 1, keys | theirs
        results.append(LineResult(line.number, "good"))
    return results


def introduce_lines(
    lines: Sequence[Line],
    program: Program,
    profile: PartnerProfile,
    t: Texts,
    *,
    once: str,
    actor: Actor,
    at: datetime,
) -> None:
    """
    Introduce the people of the lines, each by itself, and keep the results under the form's token.

    With a token that was used, nothing is done. A line that is refused harms no other.
    """
    idempotency.check(once)
    call, digests = _call(once, actor), fingerprints([line.cells for line in lines])
    if idempotency.find(call, fingerprints=digests, at=at) is not None:
        return
    deadline = Deadline(_SECONDS)
    results = [_introduce(line, program, profile, t, deadline, actor=actor, at=at) for line in lines]
    body = msgspec.json.encode(results).decode()
    # If the same form was faster in another window, its results stay: the same partner introduces nobody twice.
    writes.commit(idempotency.receipt(call, fingerprint=digests[0], status=303, body=body, at=at))


def find_results(once: str, *, actor: Actor, at: datetime, t: Texts) -> list[LineResult]:
    """Return the results of one's own lines. Raises NotFound."""
    receipt = rows.find(idempotency.CallReceipt, _call(once, actor), "receipt")
    if receipt is None or receipt.good_until <= at:
        raise NotFound(t["intro_results_gone"])
    return msgspec.json.decode(receipt.body, type=list[LineResult])


def show_results(
    results: Sequence[LineResult], lines: Sequence[Line], profile: PartnerProfile, t: Texts
) -> list[dict[str, Any]]:
    """Return results as a page shows them; the names are those of the *lines*, or of what was introduced."""
    stored = introductions.find_all(one.introduction for one in results if one.introduction)
    rows_ = {
        one.number: for_holder(row, profile.partner)
        for one in results
        if one.introduction and (row := stored.get(one.introduction)) is not None
    }
    names = {one.number: one.initials for one in results}
    names |= {line.number: line.cells.get("name", "") for line in lines}
    names |= {number: row.person.name for number, row in rows_.items() if row.person is not None}
    return [
        {
            "line": t("intro_line", line=str(one.number)),
            "person": names.get(one.number, ""),
            "id": one.introduction,
            "result": _label(one.result, t),
            "tone": {"refused": " bad", "declined": " bad", "not_reached": " late"}.get(one.result, " good"),
            "remark": _why(row, t) if (row := rows_.get(one.number)) and one.result == "declined" else one.remark,
            "earlier": one.earlier,
        }
        for one in results
    ]


def as_csv(results: Sequence[LineResult], profile: PartnerProfile, t: Texts) -> str:
    """Return results as a spreadsheet opens them; text that a spreadsheet would run is escaped."""
    rows_ = [
        (one["line"], one["person"], one["result"], one["remark"]) for one in show_results(results, [], profile, t)
    ]
    header = (t["intro_several_text"], t["intro_person_name"], t["intro_results"], "")
    return csv_text.written(header, rows_, dialect=spreadsheet_of(t.locale))


def _introduce(
    line: Line,
    program: Program,
    profile: PartnerProfile,
    t: Texts,
    deadline: Deadline,
    *,
    actor: Actor,
    at: datetime,
) -> LineResult:
    if deadline.passed:
        return LineResult(line.number, "not_reached", initials=_initials(line))
    try:
        row = introduce(_new(line, program, profile), actor=actor, by="partner", at=at)
    except Refused as refusal:
        return _refused(line, refusal, t)
    return LineResult(line.number, _RESULTS.get(row.state, "done"), row.id)


def _new(line: Line, program: Program, profile: PartnerProfile) -> NewIntroduction:
    cells = line.cells
    fields: dict[str, Any] = {
        "program": program.id,
        "partner": profile.partner.id,
        "person": {name: cells[name] for name in COLUMNS[:5] if name in cells},
        "why": cells.get("why", ""),
        "closeness": cells.get("closeness", "").lower(),
        "sent_by": "partner",
    }
    return bodies.typed(fields, NewIntroduction, strict=True)


def _refused(line: Line, refusal: Refused, t: Texts) -> LineResult:
    earlier = refusal.details.get("introduction") if isinstance(refusal, AlreadyIntroduced) else None
    # A sentence of its own, as the general one repeats what the cell says, perhaps of a person.
    remark = explain(refusal, t, fields=(*FIELDS, "closeness"))
    return LineResult(line.number, "refused", remark=remark, initials=_initials(line), earlier=earlier)


def _initials(line: Line) -> str:
    """Return the first characters of a line's first two and last names; empty for a line without a name."""
    words = line.cells.get("name", "").split()
    return " ".join(f"{word[0].upper()}." for word in (words if len(words) <= _INITIALS else [*words[:2], words[-1]]))


def _why(row: Introduction, t: Texts) -> str:
    return sentences.reason_sentence(row, programs.find(row.program_id).program, t)


def _label(result: Result, t: Texts) -> str:
    if result == "not_reached":
        return t["intro_line_unreached"]
    return sentences.label(result, t) if result == "declined" else t[f"intro_line_{result}"]


def _call(once: str, actor: Actor) -> str:
    return f"{actor.id}#/portal/introduce-several#{once}"
