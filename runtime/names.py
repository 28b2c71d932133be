"""asn1crypto 1.5 prepares the same names for comparison again and again; here it does so once.

RFC 5280, 7.1 compares names after a preparation letter by letter (RFC 4518), which took a third of
the judgement of a file. Its result depends on the encoded name alone, and equal encodings are
equal names: nothing is compared more loosely than before.
"""

from functools import lru_cache, wraps
from typing import Any

from asn1crypto import x509

_KEPT, _LONGEST = 1024, 1024
"""How many are remembered, and of what length at most: a stranger's file may be full of others."""
_MARK = "_musubi_remembers"


def install() -> None:
    """For this process. May be repeated."""
    if getattr(x509.RDNSequence, _MARK, False):
        return
    setattr(x509.RDNSequence, _MARK, True)
    prepare = x509.NameTypeAndValue._ldap_string_prep  # noqa: SLF001 - what is mended
    prepared = lru_cache(_KEPT)(lambda text: prepare(None, text))

    def once(part: Any, text: str) -> str:  # noqa: ANN401 - as the library has it
        return str(prepared(text) if len(text) <= _LONGEST else prepare(part, text))

    x509.NameTypeAndValue._ldap_string_prep = once  # noqa: SLF001
    x509.RDNSequence.hashable = property(_remembered(x509.RDNSequence.hashable.fget))
    x509.RDNSequence.__eq__ = _short_cut(x509.RDNSequence.__eq__)


def _remembered(of: Any) -> Any:  # noqa: ANN401 - a function of the library
    known: dict[bytes, str] = {}

    @wraps(of)
    def hashable(name: Any) -> str:  # noqa: ANN401 - as the library has it
        encoded = name.dump()
        found = known.get(encoded)
        if found is None:
            found = str(of(name))
            if len(known) < _KEPT and len(encoded) <= _LONGEST:
                known[encoded] = found
        return found

    return hashable


def _short_cut(equal: Any) -> Any:  # noqa: ANN401 - a function of the library
    @wraps(equal)
    def same(one: Any, other: Any) -> bool:  # noqa: ANN401 - as the library has it
        if isinstance(other, x509.RDNSequence) and one.dump() == other.dump():
            return True
        return bool(equal(one, other))

    return same
