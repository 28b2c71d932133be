"""A mending of asn1crypto 1.5: what was built or changed is encoded once when it is written.

The library never forgets that a value was changed, so each look at its contents encodes it anew,
and writing looks at them two or three times on each level: eight levels are hundreds of encodings
of the innermost. Half of the time of a signature's attributes and of a token's check went there.

Here one writing remembers what it has encoded already, until somebody changes anything. The next
writing begins with nothing: a part that was changed in the meantime, below whatever was written
before, is found as ever.
"""

import threading
from collections.abc import Callable
from functools import wraps
from typing import Any

from asn1crypto import core

_MARK = "_musubi_encodes_once"
Known = dict[int, tuple[object, bool]]
"""Values by identity, which it keeps alive, and whether they must be encoded anew."""


class _Writing(threading.local):
    known: Known | None = None
    """None while nothing is being written."""
    changes: int = 0


_writing = _Writing()


class _Mutated:
    """The library's flag, in whose setting every change of a value ends."""

    def __get__(self, value: Any, kind: type | None = None) -> bool:  # noqa: ANN401 - any value
        return value is not None and bool(value.__dict__.get("_mutated", False))

    def __set__(self, value: Any, changed: bool) -> None:  # noqa: ANN401
        value.__dict__["_mutated"] = changed
        # What is not known is a new value, such as a default that the library compares with.
        if _writing.known and id(value) in _writing.known:
            _writing.changes += 1
            _writing.known.clear()


def _is_mutated(original: Callable[[Any], bool]) -> Callable[[Any], bool]:
    @wraps(original)
    def is_mutated(self: Any) -> bool:  # noqa: ANN401
        known = _writing.known
        if known is None:
            return original(self)
        found = known.get(id(self))
        if found is None:
            found = known[id(self)] = (self, original(self))
        return found[1]

    return is_mutated


def _set_contents(original: Callable[..., None]) -> Callable[..., None]:
    @_once
    @wraps(original)
    def set_contents(self: Any, force: bool = False) -> None:  # noqa: ANN401
        changes = _writing.changes
        original(self, force)
        if _writing.known is not None and _writing.changes == changes:
            _writing.known[id(self)] = (self, False)

    return set_contents


def _once(original: Callable[..., Any]) -> Callable[..., Any]:
    """The outermost call begins to remember, and forgets at its end."""

    @wraps(original)
    def once(*args: Any, **words: Any) -> Any:  # noqa: ANN401
        if _writing.known is not None:
            return original(*args, **words)
        _writing.known = {}
        try:
            return original(*args, **words)
        finally:
            _writing.known = None

    return once


def install() -> None:
    """For this process. May be repeated."""
    if getattr(core.Sequence, _MARK, False):
        return
    setattr(core.Sequence, _MARK, True)
    for kind in (core.Sequence, core.SequenceOf):
        kind._mutated = _Mutated()  # noqa: SLF001 - what is mended
        kind._is_mutated = _is_mutated(kind._is_mutated)  # noqa: SLF001
        kind.dump = _once(kind.dump)
        kind.native = property(_once(kind.native.fget))
    for kind in (core.Sequence, core.SequenceOf, core.Set, core.SetOf):
        kind._set_contents = _set_contents(kind._set_contents)  # noqa: SLF001
