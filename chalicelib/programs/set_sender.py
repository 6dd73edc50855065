"""Says who a program's emails come from."""

from chalicelib.kit.dynamo import writes
from chalicelib.kit.errors import InvalidValue
from chalicelib.programs.find import find, read
from chalicelib.programs.shapes import NewSender
from chalicelib.programs.table import Program


def set_sender(reference: str, new: NewSender) -> Program:
    """Set sender and address for answers, or none; in effect within half a minute. Refused: a name without an address."""
    if new.name is not None and new.email is None:
        raise InvalidValue("A name alone is no sender; give an address too.", pointer="/email")
    program = read(find(reference).program.id).program
    program.sender_email, program.sender_name, program.reply_to = new.email, new.name, new.reply_to
    changed = [
        field.set(told) if told is not None else field.remove()
        for field, told in (
            (Program.sender_email, new.email),
            (Program.sender_name, new.name),
            (Program.reply_to, new.reply_to),
        )
    ]
    same = Program.created_at == program.created_at
    writes.commit(writes.update_if(program, *changed, condition=same))
    return program
