"""
Costs in dollars: a formula, list prices, and counted and measured figures. Uses no engine.

Every price is us-east-1's public list price without any free tier; what it leaves out is listed in
docs/explanation/performance.md.
"""

from dataclasses import dataclass

PRICES_OF = "August 2026"
MILLION = 1_000_000

_LAMBDA_CALL = 0.20 / MILLION
_LAMBDA_GIGABYTE_SECOND = 0.0000133334
_REST_CALL = 3.50 / MILLION
_WRITE_UNIT = 0.625 / MILLION
_READ_UNIT = 0.125 / MILLION
_EMAIL = 0.10 / 1000
_LOG_GIGABYTE = 0.50

# Lambda gives a function a share of a processor by its memory; this much is one whole.
MEGABYTES_A_CORE = 1769
# What a function waits for DynamoDB: AWS says single-digit milliseconds, and we take the middle.
CALL_SECONDS = 0.005


@dataclass(frozen=True)
class Work:
    """What one thing takes: a function's calls, CPU and waiting, DynamoDB's units, emails, and log bytes."""

    calls: float = 0.0
    cpu_seconds: float = 0.0
    waits: float = 0.0
    megabytes: int = 512
    write_units: float = 0.0
    read_units: float = 0.0
    emails: float = 0.0
    log_bytes: float = 0.0


@dataclass(frozen=True)
class Bill:
    """Dollars for a million of something, by what is paid for."""

    door: float
    functions: float
    database: float
    emails: float
    logs: float

    @property
    def total(self) -> float:
        return self.door + self.functions + self.database + self.emails + self.logs

    def __add__(self, other: "Bill") -> "Bill":
        return Bill(
            self.door + other.door,
            self.functions + other.functions,
            self.database + other.database,
            self.emails + other.emails,
            self.logs + other.logs,
        )


def bill(work: Work, *, behind_rest: bool = False) -> Bill:
    """Return what a million times this work costs. A Function URL is free; a REST API charges a call."""
    billed = work.waits * CALL_SECONDS + work.cpu_seconds * MEGABYTES_A_CORE / min(work.megabytes, MEGABYTES_A_CORE)
    functions = work.calls * _LAMBDA_CALL + billed * work.megabytes / 1024 * _LAMBDA_GIGABYTE_SECOND
    return Bill(
        door=MILLION * work.calls * _REST_CALL if behind_rest else 0.0,
        functions=MILLION * functions,
        database=MILLION * (work.write_units * _WRITE_UNIT + work.read_units * _READ_UNIT),
        emails=MILLION * work.emails * _EMAIL,
        logs=MILLION * work.log_bytes / 1e9 * _LOG_GIGABYTE,
    )
