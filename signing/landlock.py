"""Landlock: which files a child may read (none of ours), and whom it may touch (nobody).

Without it a child that a hostile file has taken over could read every file of the worker's user,
the PIN file too, or attach to its parent. Kernels before 5.13 have none: health pages say so.
"""

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUESTION = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38

_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_FILE_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_FILE_RIGHTS_SINCE_5 = (1 << 16) - 1
_NET_RIGHTS = 0b11
"""Bind and connect by TCP, since version 4."""
_SCOPES = 0b11
"""No abstract sockets and no signals to others, since version 6."""

_CODE = Path(__file__).resolve().parent.parent
_PACKAGES = ("domain", "runtime", "signing")
_SYSTEM = (
    "/usr",
    "/lib",
    "/lib64",
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ld.so.cache",
    "/dev/null",
    "/dev/urandom",
)


def readable_places() -> list[Path]:
    """The interpreter, the libraries and our own code; no data of any kind."""
    places = [Path(sys.prefix), Path(sys.base_prefix), *map(Path, _SYSTEM)]
    places += [Path(sys.executable).resolve().parent.parent]
    places += [_CODE / package for package in _PACKAGES]
    places.append(Path("/proc/self"))
    return [place for place in places if place.exists()]


def restrict(places: Iterable[Path]) -> bool:
    """Allow reading beneath these places and nothing else, for good. False: no such kernel."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_QUESTION))
    if version < 1:
        return False
    attributes = struct.pack(
        "=QQQ",
        _FILE_RIGHTS.get(version, _FILE_RIGHTS_SINCE_5),
        _NET_RIGHTS if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )
    ruleset = libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return False
    try:
        for place in places:
            _allow(libc, ruleset, place)
        libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0)
        return int(libc.syscall(_RESTRICT_SELF, ruleset, 0)) == 0
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, place: Path) -> None:
    opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    try:
        rights = _READ if place.is_dir() else _READ_FILE
        rule = struct.pack("=Qi", rights, opened)
        if libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), "landlock_add_rule")
    finally:
        os.close(opened)
