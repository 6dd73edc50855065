"""CPU time of processes, as the kernel counts it (Linux)."""

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_of(pids: list[int]) -> float:
    """Return the CPU seconds that these processes and all that they started have taken so far."""
    return sum(_seconds(pid) for pid in _with_children(pids))


def _with_children(pids: list[int]) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _fields(int(entry.name))
            if fields:
                parents[int(entry.name)] = int(fields[1])
    family = set(pids)
    while True:
        more = {pid for pid, parent in parents.items() if parent in family} - family
        if not more:
            return family
        family |= more


def _seconds(pid: int) -> float:
    fields = _fields(pid)
    # utime and stime, and those of children that have ended: the 14th to the 17th of proc(5), counted from the state.
    return sum(map(int, fields[11:15])) / _TICKS if fields else 0.0


def _fields(pid: int) -> list[str]:
    """Return what stat says after the command's name; nothing, if the process has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
