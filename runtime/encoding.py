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


class _Writing:
    """Values by identity, which it keeps alive."""

    def __init__(self) -> None:
        self.mutated: dict[int, tuple[object, bool]] = {}
        self.encoded: dict[int, object] = {}
        """Whose contents are those of now."""
        self.forgotten = 0

    def forget(self, value: object) -> None:
        """Somebody changes a value. One that is not known is a new one, such as a default that
        the library compares with."""
        if id(value) in self.mutated:
            self.mutated.clear()
            self.encoded.clear()
            self.forgotten += 1


class _Thread(threading.local):
    writing: _Writing | None = None
    """None while nothing is being written."""


_thread = _Thread()


class _Mutated:
    """The library's flag, in whose setting every change of a value ends."""

    def __get__(self, value: Any, kind: type | None = None) -> bool:  # noqa: ANN401 - any value
        return value is not None and bool(value.__dict__.get("_mutated", False))

    def __set__(self, value: Any, changed: bool) -> None:  # noqa: ANN401
        value.__dict__["_mutated"] = changed
        if _thread.writing is not None:
            _thread.writing.forget(value)


def _is_mutated(original: Callable[[Any], bool]) -> Callable[[Any], bool]:
    @wraps(original)
    def is_mutated(self: Any) -> bool:  # noqa: ANN401
        writing = _thread.writing
        if writing is None:
            return original(self)
        found = writing.mutated.get(id(self))
        if found is None:
            found = writing.mutated[id(self)] = (self, original(self))
        return found[1]

    return is_mutated


def _contents(original: property) -> property:
    def contents(self: Any) -> Any:  # noqa: ANN401
        writing = _thread.writing
        if writing is not None and id(self) in writing.encoded:
            return self._contents
        return original.fget(self)  # type: ignore[misc] # it has one

    return original.getter(contents)


def _set_contents(original: Callable[..., None]) -> Callable[..., None]:
    @_once
    @wraps(original)
    def set_contents(self: Any, force: bool = False) -> None:  # noqa: ANN401
        writing = _thread.writing
        if writing is None:
            raise AssertionError  # `_once` has begun it
        forgotten = writing.forgotten
        original(self, force)
        if writing.forgotten == forgotten:
            # known, so that a change of it is noticed
            writing.mutated.setdefault(id(self), (self, self._is_mutated()))
            writing.encoded[id(self)] = self

    return set_contents


def _dump(original: Callable[..., bytes]) -> Callable[..., bytes]:
    whole = _once(original)

    @wraps(original)
    def dump(self: Any, force: bool = False) -> bytes:  # noqa: ANN401
        # nobody has looked into it, so nobody has changed anything: most are such
        encoded: bytes = (original if self.children is None else whole)(self, force)
        return encoded

    return dump


def _once(original: Callable[..., Any]) -> Callable[..., Any]:
    """The outermost call begins to remember, and forgets at its end."""

    @wraps(original)
    def once(*args: Any, **words: Any) -> Any:  # noqa: ANN401
        if _thread.writing is not None:
            return original(*args, **words)
        _thread.writing = _Writing()
        try:
            return original(*args, **words)
        finally:
            _thread.writing = None

    return once


def install() -> None:
    """For this process. May be repeated."""
    if getattr(core.Sequence, _MARK, False):
        return
    setattr(core.Sequence, _MARK, True)
    for kind in (core.Sequence, core.SequenceOf):
        kind._mutated = _Mutated()  # noqa: SLF001 - what is mended
        kind._is_mutated = _is_mutated(kind._is_mutated)  # noqa: SLF001
        kind.contents = _contents(kind.contents)
        kind.dump = _dump(kind.dump)
        kind.native = property(_once(kind.native.fget))
    for kind in (core.Sequence, core.SequenceOf, core.Set, core.SetOf):
        kind._set_contents = _set_contents(kind._set_contents)  # noqa: SLF001
