"""The check word (確認のことば): what a mail says of itself, and a public page confirms.

Eight characters that nobody confuses when he reads them from a letter or hears them by telephone:
no vowels (they would spell words), nothing that looks like something else.
"""

import unicodedata

ALPHABET = "23456789CDFGHJKMNPQRTVWXY"
CHARACTERS = 8
"""37 bits: whoever tries a hundred a day on one number needs millions of years."""
_GROUP = 4
_BETWEEN = " -\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc"
"""What people type between the groups: blanks, and everything that looks like a hyphen."""
MAX_TYPED = 100


def word_from(digest: bytes) -> str:
    """`K7MQ-RT3V` from the bytes of a keyed hash."""
    number, letters = int.from_bytes(digest, "big"), ""
    for _ in range(CHARACTERS):
        number, index = divmod(number, len(ALPHABET))
        letters += ALPHABET[index]
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def read_word(typed: str) -> str:
    """A typed word as `word_from` writes it; other text stays text that no word equals."""
    letters = unicodedata.normalize("NFKC", typed[:MAX_TYPED]).upper()
    letters = "".join(letter for letter in letters if letter not in _BETWEEN)
    return f"{letters[:_GROUP]}-{letters[_GROUP:]}"


def read_number(typed: str) -> str:
    """A typed envelope number: full-width digits are digits, blanks and hyphens are nothing."""
    digits = unicodedata.normalize("NFKC", typed[:MAX_TYPED])
    return "".join(digit for digit in digits if digit not in _BETWEEN)
