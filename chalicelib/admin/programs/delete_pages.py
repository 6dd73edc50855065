"""Says what deleting a test program does, before it is done."""

from chalicelib.admin.page import AdminPage
from chalicelib.deletion.begin import ProgramIsLive
from chalicelib.kit.ids import is_test
from chalicelib.programs import find as programs
from chalicelib.programs.shapes import ProgramSummary


def deletion(reference: str) -> AdminPage:
    """Say what deleting a test program does. Refuses a live one."""
    program = programs.read(programs.find(reference).program.id).program
    if not is_test(program.id):
        raise ProgramIsLive(f"{program.name} is live: it can be ended, not deleted.")
    happens = [
        "The program is in no list from now on, and takes no new sign-ups, sales, partners or links. Its publishable "
        "keys are revoked. Its links lead to your website until they are deleted.",
        "Within half an hour, everything in it is deleted: partners, links, clicks, customers, sales, rewards, "
        "balances, emails, events and webhooks.",
        "The audit trail keeps who created and who deleted it.",
        "This cannot be undone.",
    ]
    values = {
        "program": ProgramSummary.of(program),
        "happens": [] if program.is_deleted else happens,
        "deleting": program.is_deleted,
    }
    return AdminPage("delete_program", "programs", f"Delete {program.name}", values)
