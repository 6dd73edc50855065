"""A program's logo: kept in a row of its own under the hash of its bytes, and served by us."""

import base64
import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

from chalicelib.audit.actor import Actor
from chalicelib.kit import pictures
from chalicelib.kit.dynamo import rows, writes
from chalicelib.kit.dynamo.writes import RowAction, Write
from chalicelib.kit.errors import InvalidValue
from chalicelib.kit.pictures import Picture
from chalicelib.kit.revisions import ANY, IfMatch
from chalicelib.programs import find as programs
from chalicelib.programs.find import ProgramTerms
from chalicelib.programs.settings import change_program, set_all
from chalicelib.programs.table import Logo, LogoFile, logo_key

# In Base64 it has to fit into a request of 64 KiB, and into a row; and emails with it into a mailbox on a train.
MOST_BYTES, MOST_PIXELS = 45_000, 2_000
_DIGITS = 32
_NAME = re.compile(r"(prg_[0-9A-Zt][0-9A-Z]{25})-([0-9a-f]{32})\.(png|jpg)", re.ASCII)
_SUFFIXES = {"image/png": "png", "image/jpeg": "jpg"}


def set_logo(reference: str, image: str | None, *, if_match: IfMatch = ANY, actor: Actor, at: datetime) -> ProgramTerms:
    """
    Set a program's logo from a file in Base64, or remove it; on pages and in emails within half a minute.

    Files of previous logos stay, for emails that were sent with them.
    """
    program_id = programs.find(reference).program.id
    logo, inserted = _stored(program_id, _read(image), at=at) if image is not None else (None, [])

    def decide(stored: ProgramTerms) -> Sequence[RowAction]:
        return set_all(stored.program, logo=logo)

    return change_program(
        program_id, decide, also=inserted, action="program.logo_changed", if_match=if_match, actor=actor, at=at
    )


def upload(reference: str, image: str, *, actor: Actor, at: datetime) -> Logo:
    """
    Store a file in Base64 that may become a program's logo, and return it: nothing shows it until it is chosen.

    Refuses what cannot be one. The same file again writes nothing.
    """
    program_id = programs.find(reference).program.id
    logo, inserted = _stored(program_id, _read(image), at=at)
    if inserted:
        # If another call was faster, it is the same file.
        actor.commit(*inserted, action="program.logo_uploaded", subject=program_id, at=at)
    return logo


def uploaded(reference: str, name: str) -> Logo | None:
    """Return a logo of a program by the name it is served under; None if the program has no such file."""
    picture = find_file(name) if name.startswith(f"{programs.find(reference).program.id}-") else None
    return Logo(name, picture.width, picture.height) if picture is not None else None


def find_file(name: str) -> Picture | None:
    """Return the logo of a name such as prg_…-1f….png, or None if there is none; also a previous logo."""
    parts = _NAME.fullmatch(name)
    file = rows.find(LogoFile, logo_key(parts[1]), parts[2], consistent=False) if parts else None
    if parts is None or file is None or _SUFFIXES[file.media_type] != parts[3]:
        return None
    return Picture(base64.b64decode(file.content), file.media_type, file.width, file.height)


def _read(image: str) -> Picture:
    try:
        content = base64.b64decode(image, validate=True)
    except ValueError as error:
        # Text beyond ASCII raises it too, not only what is badly padded.
        raise InvalidValue("The file is not Base64.", pointer="/image") from error
    if len(content) > MOST_BYTES:
        sentence = (
            f"The picture has {len(content) // 1000} kB; at most {MOST_BYTES // 1000} are allowed. "
            "Save it smaller: 600 pixels wide is enough."
        )
        raise InvalidValue(sentence, pointer="/image")
    try:
        return pictures.clean(content, most_pixels=MOST_PIXELS)
    except ValueError as error:
        raise InvalidValue(f"The picture is refused: {error}.", pointer="/image") from error


def _stored(program_id: str, picture: Picture, *, at: datetime) -> tuple[Logo, list[Write]]:
    """Return the logo that a picture is, and what stores its file, if that is not stored yet."""
    file = _file_of(program_id, picture, at=at)
    logo = Logo(f"{program_id}-{file.sort}.{_SUFFIXES[picture.media_type]}", picture.width, picture.height)
    return logo, [] if rows.find(LogoFile, *rows.key_of(file)) else [writes.insert(file)]


def _file_of(program_id: str, picture: Picture, *, at: datetime) -> LogoFile:
    return LogoFile(
        logo_key(program_id),
        hashlib.sha256(picture.content).hexdigest()[:_DIGITS],
        content=base64.b64encode(picture.content).decode(),
        media_type=picture.media_type,
        width=picture.width,
        height=picture.height,
        created_at=at,
    )
