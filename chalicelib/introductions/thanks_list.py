"""Lists thanks as the API gives them, with their notes."""

from collections.abc import Sequence

from chalicelib.introductions.find import find_all
from chalicelib.introductions.thanks import list_of_partner, list_page
from chalicelib.introductions.thanks_shapes import ThanksQuery, ThanksView
from chalicelib.introductions.thanks_table import Thanks
from chalicelib.kit import cursors
from chalicelib.kit.cursors import Page
from chalicelib.kit.errors import InvalidValue
from chalicelib.notes.note import view_notes
from chalicelib.partners import find as partners
from chalicelib.partners.duplicates import every_id
from chalicelib.programs import find as programs


def list_thanks(query: ThanksQuery) -> Page[ThanksView]:
    """
    Return one page of a program's thanks in a state, or of a partner's in all. Refuses both, and neither.

    Those to a partner's duplicates are among theirs.
    """
    if (query.program is None) == (query.partner is None):
        raise InvalidValue("Name a program or a partner.", pointer="/program")
    if query.program is not None:
        program_id = programs.find(query.program).program.id
        name = f"{query.state} thanks of {program_id}"
        position = cursors.read(query.cursor, of=name)
        rows, position = list_page(program_id, query.state, limit=query.limit, position=position)
    else:
        partner_ids = every_id(partners.find(str(query.partner)).partner)
        name = f"thanks to {partner_ids[0]}"
        position = cursors.read(query.cursor, of=name)
        rows, position = list_of_partner(partner_ids, limit=query.limit, position=position)
    return Page(view_thanks(rows), position is not None, cursors.write(position, of=name))


def view_thanks(several: Sequence[Thanks]) -> list[ThanksView]:
    """
    Return thanks as the API gives them: one read for their notes, and one for the introductions they are for by hand.

    Without the words of those for a person who was erased, whom the words may name.
    """
    introduced = find_all(row.introduction_id for row in several if row.introduction_id is not None and row.why)
    erased = {one for one, introduction in introduced.items() if introduction.erased_at is not None}
    return [
        ThanksView.of(row, note, words=row.why if row.introduction_id not in erased else None)
        for row, note in zip(several, view_notes(several), strict=True)
    ]
