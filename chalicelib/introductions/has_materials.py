"""Whether partners of a program have materials to introduce it with."""


def has_materials(program_id: str) -> bool:
    """Return whether a program has materials that partners can use."""
    return bool(program_id)
