"""Envelopes found by the first digits of their number."""

import re
import unicodedata

_DIGITS = re.compile(r"[0-9]{1,10}")


def numbers_begun(typed: str) -> tuple[str, str] | None:
    """The first and the last number that begin so: all have ten digits, so that these are a range.
    None where none can."""
    narrow = unicodedata.normalize("NFKC", typed)
    if _DIGITS.fullmatch(narrow) is None:
        return None
    return narrow.ljust(10, "0"), narrow.ljust(10, "9")
