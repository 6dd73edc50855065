"""
A look that is previewed before it is saved: signed in the preview's URL, and valid for an hour.

Nothing is stored for a preview, and no one else can put text on our pages.
"""

from datetime import datetime, timedelta

import msgspec
from msgspec import Struct

from chalicelib.kit import cursors
from chalicelib.kit.cursors import CursorMismatch
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.settings import drafted
from chalicelib.programs.shapes import ProgramChange
from chalicelib.programs.table import Logo

_LASTING = timedelta(hours=1)
_OF = "preview of a look"


class LookDraft(Struct, frozen=True):
    """What is previewed: a change of a program's settings, and its logo, or none."""

    program: str
    change: ProgramChange
    logo: Logo | None


class _Signed(Struct, frozen=True):
    draft: LookDraft
    until: datetime


def sign(draft: LookDraft, *, at: datetime) -> str:
    """Return a signed text for a draft, to be read within an hour."""
    signed: dict[str, object] = msgspec.to_builtins(_Signed(draft, at + _LASTING))
    return str(cursors.write(signed, of=_OF))


def read(text: str, *, at: datetime) -> ProgramTerms | None:
    """Return the program with the draft's changes; None if the text was not signed here, or more than an hour ago."""
    try:
        signed = msgspec.convert(cursors.read(text or None, of=_OF), _Signed)
    except (CursorMismatch, msgspec.ValidationError):
        return None
    if signed.until <= at:
        return None
    stored, draft = programs.find(signed.draft.program), signed.draft
    program = drafted(stored.program, draft.change, logo=draft.logo, at=at)
    return ProgramTerms(program, stored.versions, stored.endpoints)
