"""The forms that patterns ask for, by the patterns as the document has them: ECMA-262's, whose `$` is the very end."""

from chalicelib.kit.shapes import END, FORMS


def as_written(pattern: str) -> str:
    """Return a pattern of Python's as the document has it."""
    return pattern.replace(END, "$")


FORMS_AS_WRITTEN = {as_written(pattern): form for pattern, form in FORMS.items()}
