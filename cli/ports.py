"""The ports of a home's processes."""

import socket
from dataclasses import asdict, dataclass

LOOPBACK = "127.0.0.1"


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
        # All are held until the last is known, so that no two are the same.
        held = {name: socket.socket() for name in asdict(cls())}
        try:
            for holder in held.values():
                holder.bind((LOOPBACK, 0))
            return cls(**{name: holder.getsockname()[1] for name, holder in held.items()})
        finally:
            for holder in held.values():
                holder.close()

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
