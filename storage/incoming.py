"""A file on its way into the vault, in pieces, and no larger than its kind may be."""

from dataclasses import dataclass
from uuid import UUID

from domain.refusals import Refusal, RefusalCode
from storage.vault import UploadStream


@dataclass
class Incoming:
    """It leaves no row until somebody finishes it."""

    stream: UploadStream
    id: UUID
    """Whose key encrypts it."""
    too_large: RefusalCode
    """What is said of more bytes than the stream takes."""
    size: int = 0
    refusal: RefusalCode | None = None
    closed: bool = False

    def write(self, data: bytes) -> int:
        """Take bytes; a file that is too large is swallowed to its end."""
        self.size += len(data)
        if self.refusal is None:
            try:
                self.stream.write(data)
            except Refusal:
                self.refusal = self.too_large
                self.abandon()
        return len(data)

    def abandon(self) -> None:
        """Nothing of it is kept."""
        if not self.closed:
            self.closed = True
            self.stream.abandon()
