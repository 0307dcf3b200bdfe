"""Values from outside, as they are quoted in messages."""

from __future__ import annotations

LONGEST = 40


def shown(got: object) -> str:
    """One line of at most 40 characters.

    >>> shown("two\\nlines")
    "'two\\\\nlines'"
    """
    text = " ".join(repr(got).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."
