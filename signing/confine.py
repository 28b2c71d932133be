"""What a child gives up before it sees the first byte of a file.

Called first thing in the child, while it has one thread: no network, no core dumps, no file
writes, no new privileges, a memory ceiling. CPU time is granted per job.
"""

import ctypes
import os
import resource
from dataclasses import dataclass
from enum import StrEnum

from signing.landlock import readable_places, restrict

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


class Isolation(StrEnum):
    """How a child was cut off from the network."""

    NAMESPACE = "namespace"
    USER_NAMESPACE = "user_namespace"
    NONE = "none"


@dataclass(frozen=True)
class Confinement:
    """How far a child is confined on this machine. Health pages warn unless it is `whole`."""

    network: Isolation
    files: bool
    """Whether the kernel hides the worker's files from it."""

    @property
    def whole(self) -> bool:
        """Whether nothing is missing."""
        return self.files and self.network is not Isolation.NONE


def confine(memory_bytes: int) -> Confinement:
    """Drop what a child never needs."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET) == 0:
        isolation = Isolation.NAMESPACE
    elif libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET) == 0:
        isolation = Isolation.USER_NAMESPACE
    else:
        isolation = Isolation.NONE
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    os.umask(0o077)
    return Confinement(isolation, restrict(readable_places()))


def grant_cpu(seconds: int) -> None:
    """Allow this many further CPU seconds; the kernel ends the process after them (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
