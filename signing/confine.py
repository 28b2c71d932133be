"""What a child gives up before it sees the first byte of a file.

Called first thing in the child, while it has one thread: no network, no core dumps, no file
writes, no new privileges, a memory ceiling. CPU time is granted per job.
"""

import ctypes
import os
import resource
from enum import StrEnum

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38


class Isolation(StrEnum):
    """How a child was cut off from the network; health pages warn about NONE."""

    NAMESPACE = "namespace"
    USER_NAMESPACE = "user_namespace"
    NONE = "none"


def confine(memory_bytes: int) -> Isolation:
    """Drop what a child never needs. Returns how the network was taken away."""
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
    return isolation


def grant_cpu(seconds: int) -> None:
    """Allow this many further CPU seconds; the kernel ends the process after them (SIGXCPU)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))
