"""The page of commands: make's targets."""

from infra.reference import makefile
from infra.reference.markdown import codes, table


def page() -> str:
    rows = [(f"`make {one.name}`", one.help, codes(one.variables)) for one in makefile.targets()]
    return "\n\n".join(
        [
            "# Commands",
            "As `make help` lists them. Their variables, as in `make run PORT=8001`, are in"
            " [settings.md](settings.md#make).",
            table(("command", "what it does", "variables"), rows),
        ]
    )
