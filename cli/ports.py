"""The ports of a home's processes."""

import secrets
import socket
from dataclasses import asdict, dataclass

LOOPBACK = "127.0.0.1"
CHOSEN_FROM = range(10_000, 32_768)
"""Below those that Linux gives to whoever connects (ip_local_port_range): such a port may be taken
in the moment between its choice and the start of its server."""


@dataclass(frozen=True)
class Ports:
    """All on the loopback interface. The defaults are those of the README."""

    web: int = 8080
    catcher: int = 8081
    smtp: int = 8025
    temporal: int = 7233
    temporal_ui: int = 8233
    trust: int = 8090
    lmtp: int = 8024

    @classmethod
    def free(cls) -> "Ports":
        """Ports that nobody listens on now."""
        names = list(asdict(cls()))
        chosen: list[int] = []
        while len(chosen) < len(names):
            port = secrets.choice(CHOSEN_FROM)
            if port not in chosen and is_free(port):
                chosen.append(port)
        return cls(**dict(zip(names, chosen, strict=True)))

    def taken(self) -> dict[str, int]:
        """Those that somebody else listens on, by name."""
        return {name: port for name, port in asdict(self).items() if not is_free(port)}


def is_free(port: int) -> bool:
    """Tell whether a server could listen on the port."""
    with socket.socket() as trial:
        # As servers do: a port whose last connections are still closing is free.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((LOOPBACK, port))
        except OSError:
            return False
    return True
