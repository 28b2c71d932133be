"""A PIN in a file, and the mark that keeps everybody from trying a refused PIN again.

Every process that holds the PIN restarts when it fails. Without the mark a wrong PIN would be
tried until the HSM locks itself for good.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from runtime.files import write_private
from runtime.pkcs11_errors import PinFileUnusable, PinRefused

_READABLE_BY_OTHERS = 0o007


@dataclass(frozen=True)
class PinFile:
    """`path` holds the PIN (UTF-8, one line); `mark` appears when the token refused it."""

    path: Path
    mark: Path

    @classmethod
    def beside(cls, path: Path, mark: Path | None = None) -> "PinFile":
        """With the mark at `mark`, by default beside the PIN file."""
        return cls(path, mark or path.with_name(f"{path.name}.refused"))

    def read(self) -> str:
        """The PIN. Raises PinFileUnusable, or PinRefused while this very PIN is marked."""
        pin = self._content()
        if self._is_marked(pin):
            message = f"{self.path}: this PIN was refused before; correct the file to try again"
            raise PinRefused(message)
        return pin

    def refused(self, pin: str) -> PinRefused:
        """Leave the mark and give back the error to raise."""
        salt = secrets.token_hex(16)
        write_private(self.mark, json.dumps({"salt": salt, "sha256": _digest(salt, pin)}).encode())
        return PinRefused(f"{self.path}: the token refused the PIN; correct the file to try again")

    def accepted(self) -> None:
        """Another PIN than the marked one was accepted: the mark has done its work."""
        self.mark.unlink(missing_ok=True)

    def _content(self) -> str:
        try:
            mode = self.path.stat().st_mode
            pin = self.path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            message = f"{self.path}: {type(error).__name__}"
            raise PinFileUnusable(message) from error
        if mode & _READABLE_BY_OTHERS:
            message = f"{self.path}: everybody may read it; chmod 600"
            raise PinFileUnusable(message)
        if not pin:
            message = f"{self.path}: empty"
            raise PinFileUnusable(message)
        return pin

    def _is_marked(self, pin: str) -> bool:
        try:
            mark = json.loads(self.mark.read_bytes())
            return bool(secrets.compare_digest(mark["sha256"], _digest(mark["salt"], pin)))
        except FileNotFoundError:
            return False
        except (OSError, ValueError, KeyError, TypeError):
            # Unreadable marks count: the cost of asking an operator is small, a locked HSM is not.
            return True


def _digest(salt: str, pin: str) -> str:
    return hashlib.sha256(f"{salt}:{pin}".encode()).hexdigest()
