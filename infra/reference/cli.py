"""The page of commands: make's targets."""

from infra.reference import makefile
from infra.reference.markdown import codes, table


def page() -> str:
    rows = [(f"`make {one.name}`", one.help, codes(one.variables)) for one in makefile.targets()]
    return "\n\n".join(
        [
            "# Commands",
            "As `make help` lists them. What can be said beside one, as in `make run PORT=8001`, is in"
            " [settings.md](settings.md#make).",
            table(("command", "what it does", "variables"), rows),
        ]
    )
