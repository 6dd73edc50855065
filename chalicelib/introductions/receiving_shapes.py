"""What the API takes and gives for receiving introductions: the settings, readiness, and the test introduction."""

from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from chalicelib.kit import config, instants
from chalicelib.kit.shapes import Instant
from chalicelib.programs.receiving import Receiving, receiving_of
from chalicelib.programs.table import Program

# No start of the API waits for what checks readiness.
if TYPE_CHECKING:
    from chalicelib.introductions.readiness import ReadinessCheck
    from chalicelib.introductions.trials import Trial


class ReceivingView(Receiving, frozen=True, kw_only=True):
    """How a program receives introductions."""

    object: Literal["receiving"]
    program: str

    @classmethod
    def of(cls, program: Program) -> "ReceivingView":
        settings = receiving_of(program)
        fields = {name: getattr(settings, name) for name in Receiving.__struct_fields__}
        return cls(object="receiving", program=program.id, **fields)


class CheckView(Struct, frozen=True):
    """One check of readiness: what is missing, if anything, and the admin page where it is mended."""

    name: str
    met: bool
    missing: str | None
    mend_url: str


class ReadinessView(Struct, frozen=True):
    """Whether a program is ready to receive introductions, by nine checks; and whether it is open for them."""

    object: Literal["readiness"]
    program: str
    ready: bool
    open: bool
    checks: list[CheckView]

    @classmethod
    def of(cls, program: Program, checks: "list[ReadinessCheck]") -> "ReadinessView":
        return cls(
            object="readiness",
            program=program.id,
            ready=all(one.met for one in checks),
            open=receiving_of(program).open,
            checks=[CheckView(one.name, one.met, one.missing, f"{config.public_url()}{one.page}") for one in checks],
        )


class TestStep(Struct, forbid_unknown_fields=True):
    """Send the owner a test introduction, or report that it arrived."""

    step: Literal["send", "arrived"]


class TrialView(Struct, frozen=True):
    """A test introduction: to whom and when it was sent, and when it was reported to have arrived."""

    object: Literal["test_introduction"]
    program: str
    sent_to: str
    sent_at: Instant
    arrived_at: Instant | None

    @classmethod
    def of(cls, program_id: str, trial: "Trial") -> "TrialView":
        arrived = instants.text(trial.arrived_at) if trial.arrived_at else None
        return cls("test_introduction", program_id, trial.sent_to, instants.text(trial.sent_at), arrived)
