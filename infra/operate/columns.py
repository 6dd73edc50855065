"""Tables for people: columns as wide as what is in them."""

from collections.abc import Iterable, Sequence


def in_columns(header: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    """Return a table as text; numbers are aligned to the right."""
    written = [[str(cell) for cell in line] for line in lines]
    numbers = [all(line[place].replace(",", "").isdigit() for line in written) for place in range(len(header))]
    widths = [max(len(line[place]) for line in [list(header), *written]) for place in range(len(header))]

    def one(line: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(line, widths, numbers, strict=True)
        ]
        return "  ".join(cells).rstrip()

    rule = "  ".join("-" * width for width in widths).rstrip()
    return "\n".join([one(header), rule, *(one(line) for line in written)])
