"""Programs are walked to the sources of their customers."""

from chalicelib.graph.trace import trace_sources
from chalicelib.kit import clock


def handler(_event: object, _context: object) -> None:
    trace_sources(at=clock.now())
