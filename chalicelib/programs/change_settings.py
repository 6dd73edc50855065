"""Changes how people come into a program, and what they share."""

from collections.abc import Mapping, Sequence

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs import settings
from chalicelib.programs.find import Promise, find, read
from chalicelib.programs.settings import Joining, ShareTexts
from chalicelib.programs.table import Program


def change_settings(
    reference: str,
    *,
    joining: Joining | None = None,
    origins: Sequence[str] | None = None,
    share_texts: Mapping[str, ShareTexts] | None = None,
) -> Promise:
    """
    Set what is given, and leave the rest; in effect within half a minute. Terms are another matter.

    Refused: what is no origin as a browser sends it, and a share text with a name that does not exist.
    """
    check(origins=origins or (), share_texts=share_texts or {})
    program = read(find(reference).program.id).program
    changed = []
    if joining is not None:
        changed.append(Program.joining.set(joining))
    if origins is not None:
        changed.append(Program.origins.set(list(origins)))
    if share_texts is not None:
        changed.append(Program.share_texts.set(dict(share_texts)))
    if changed:
        writes.commit(writes.update_if(program, *changed, condition=Program.created_at == program.created_at))
    return read(program.id)


def check(*, origins: Sequence[str], share_texts: Mapping[str, ShareTexts]) -> None:
    """Refuse what is no origin, and share texts with names that do not exist."""
    for number, origin in enumerate(origins):
        if not settings.is_origin(origin):
            raise InvalidValue(
                "An origin is `https://`, a host, and a port if it is not 443.", pointer=f"/origins/{number}"
            )
    objection = settings.objection(share_texts)
    if objection:
        pointer, sentence = objection
        raise InvalidValue(sentence, pointer=pointer)
