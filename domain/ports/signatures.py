"""What activities ask of signing/. Bytes in, bytes out; no database, no ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from domain.attachments import Accepts, FileKind
from domain.crops import Crop
from domain.found_places import FoundPlaces
from domain.kinds import FieldKind
from domain.mends import Mend
from domain.stamp_proofs import Datum


class TakenPlace(NamedTuple):
    """Where an annotation lies: the page from 0, and x, y, width, height in points as displayed."""

    page: int
    rect: tuple[float, float, float, float]


@dataclass(frozen=True)
class InspectedPdf:
    """What intake found. `page_sizes` are (width, height) in points as displayed."""

    pages: int
    page_sizes: tuple[tuple[float, float], ...]
    images: tuple[bytes, ...]
    """PNG of each page, or of the first pages of a long document."""
    signed: bool = False
    """Whether it carries signatures already: then it is only ever added to."""
    mends: tuple[Mend, ...] = ()
    """What the repaired copy lacks; empty when none was needed."""
    repaired: bytes | None = None
    taken: tuple[TakenPlace, ...] = ()
    """Places of annotations that stay: links, notes, fields of others."""
    texts: tuple[str | None, ...] = ()
    """The words of each page, in the order of the file; None where none were looked for."""
    found: FoundPlaces = field(default_factory=FoundPlaces)
    """Places that want to be filled in."""


@dataclass(frozen=True)
class PlacedField:
    """A field to create. `rect` is x, y, width, height in points from the displayed page's top
    left; None makes an invisible signature."""

    name: str
    kind: FieldKind
    page: int = 0
    rect: tuple[float, float, float, float] | None = None
    label: str = ""
    """What the field is for, read aloud by viewers (/TU)."""
    options: tuple[str, ...] = ()
    """Choices of a radio group or a dropdown, in order."""
    locks: tuple[str, ...] = ()
    """Of a signature: the names of the fields that the same slot fills (FieldMDP INCLUDE)."""


@dataclass(frozen=True)
class FilledField:
    """A value to draw into its field, in the revision that its person's signature closes.

    `value` is as domain.kinds.FieldKind says; `text` is what is drawn for it, in the person's
    language (a date as people write it), and empty for a checkbox and a radio group.
    """

    name: str
    kind: FieldKind
    value: str
    text: str = ""


@dataclass(frozen=True)
class SignatureLook:
    """What a visible signature shows: `lines` of text, or `image` (a cleaned PNG) beside them,
    `mm` wide where there is room; None: as large as there is room for."""

    lines: tuple[str, ...]
    image: bytes | None = None
    mm: int | None = None


@dataclass(frozen=True)
class SignatureText:
    """The words of a signature dictionary; `at` becomes /M. With them, what the same revision
    fills (`fills`), and what the signature shows if its field is visible."""

    field_name: str
    reason: str
    location: str
    at: datetime
    fills: tuple[FilledField, ...] = ()
    look: SignatureLook | None = None


@dataclass(frozen=True)
class DraftSignature:
    """A revision that lacks only its signature.

    `tail` are the bytes that follow the base revision, /Contents zeroed; `layout` holds offsets
    from the start of the whole file: {"contents_start", "contents_end"} (the hex string with its
    angle brackets) and "reserved" (hex digits). `signed_attributes` is the DER of the CMS
    SignedAttributes (SET OF), whose message-digest is `document_digest`.
    """

    field_name: str
    tail: bytes
    layout: dict[str, int]
    document_digest: bytes
    signed_attributes: bytes
    key_label: str
    certificate_sha256: str
    algorithm: str


@dataclass(frozen=True)
class Timestamp:
    """A checked RFC 3161 token (DER of the ContentInfo), its genTime, and the TSA's name."""

    token: bytes
    at: datetime
    authority: str


class TimestampUnavailable(Exception):
    """No configured TSA gave a token that verifies. The step is repeated later."""


class SignatureInvalid(Exception):
    """What was made does not verify: it is never stored as a revision."""


class NotFresherYet(Exception):
    """The authorities have no newer revocation data yet; `at` says when they will."""

    def __init__(self, at: datetime) -> None:
        super().__init__(at.isoformat())
        self.at = at


class WorkBroken(Exception):
    """The work on a document broke off for a reason that nobody foresaw, or its process died."""

    @property
    def before_the_job(self) -> bool:
        """Whether the work never began: what the document is has nothing to do with it."""
        return False


UNDRAWABLE = b""
"""In the place of a page's image: it cannot be drawn within the bounds."""


class DocumentInspector(Protocol):
    """Intake of one uploaded file, in a capped child process."""

    def inspect(self, data: bytes, *, repair: bool = False) -> InspectedPdf:
        """With `repair`, also the repaired copy of a file that needs one.

        Raises Refusal with a reason code, MENDABLE where a repair would help but was not asked
        for; never another exception for any input.
        """

    def inspect_kept(self, data: bytes) -> InspectedPdf:
        """A file that nobody will sign here and that stays as it came: readable, and harmless.
        Raises as `inspect` does."""

    def draw(self, data: bytes, pages: range, *, kept: bool = False) -> tuple[bytes, ...]:
        """Images of some pages (numbers from 0) of a file that has passed: the first ones, at
        least one, as many as one job may take; `kept`, of one that `inspect_kept` has passed.

        Raises Refusal where not even one can be drawn.
        """


class ImageCleaner(Protocol):
    """Makes a stamp image (印影) of whatever picture a person has, in a capped child process."""

    def clean(self, data: bytes, *, keeps_paper: bool = False, crop: Crop | None = None) -> bytes:
        """PNG, at most 600 x 600 pixels, without metadata, its paper made transparent; with
        `keeps_paper` its ground stays as it is. `crop` is cut off before.

        Raises Refusal IMAGE_UNREADABLE, IMAGE_TOO_LARGE or IMAGE_BLANK."""


@dataclass(frozen=True)
class CheckedFile:
    """An attached file as it is kept, and a picture of it (its first page) as a PNG or JPEG."""

    kind: FileKind
    data: bytes
    preview: bytes
    pages: int = 1
    located: bool = False
    """The picture said where it was taken; what is kept does not."""


class AttachmentChecker(Protocol):
    """Looks into a stranger's file in a capped child process."""

    def check(self, data: bytes, accepts: Accepts) -> CheckedFile:
        """A PDF as it is, a picture made anew from its pixels.

        Raises Refusal with the reason; never another exception for any input."""


class VersionPreparer(Protocol):
    """Makes the base revision of a version."""

    def prepare(self, data: bytes, fields: Sequence[PlacedField]) -> bytes:
        """The file with its fields, before the first signature. Raises Refusal NOT_PREPARABLE."""


class Timestamper(Protocol):
    """RFC 3161 tokens over anything that has a digest."""

    def stamp(self, digest: bytes) -> Timestamp:
        """A checked token over a SHA-256 digest. Raises TimestampUnavailable, ClockDiffers."""


class StampProver(Protocol):
    """What speaks for the authority of a token, while it can still be had."""

    def data(self, token: bytes) -> tuple[Datum, ...]:
        """Chain and revocation data of today. Raises TimestampUnavailable, or SignatureInvalid for
        an authority that is revoked."""

    def lasts(self, token: bytes) -> tuple[datetime, datetime]:
        """Its genTime, and when the first certificate of its chain ends, roots aside."""


class DocumentSigner(Protocol):
    """The three steps of a signature. Each result is stored by the caller before the next."""

    def draft(self, base: bytes, text: SignatureText) -> DraftSignature:
        """Prepare the revision: one incremental update with a placeholder."""

    def sign(self, base: bytes, draft: DraftSignature) -> bytes:
        """Check the draft against its bytes, then one C_Sign. Returns the signature value."""

    def timestamp(self, signature: bytes) -> Timestamp:
        """A checked token over the value. Raises TimestampUnavailable."""

    def embed(
        self, base: bytes, draft: DraftSignature, signature: bytes, timestamp: Timestamp
    ) -> bytes:
        """The finished tail: same length as the draft's, CMS in place."""

    def check(self, revision: bytes, field_name: str) -> None:
        """The newest signature of a stored revision is ours, covers the whole revision, verifies
        with its timestamp. Raises SignatureInvalid."""


class DocumentArchiver(Protocol):
    """DSS and archive timestamp: PAdES B-LTA."""

    def archive(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        """The tail of the archive revision, verified (B-LTA, ENTIRE_FILE, exactly these
        signatures). Raises TimestampUnavailable or SignatureInvalid."""

    def fresher_at(self, archived: bytes) -> datetime | None:
        """When revocation data will exist that are newer than the timestamps which they speak
        of; None if the archived file has them all."""

    def renew(self, base: bytes, signature_fields: Sequence[str]) -> bytes:
        """The tail of one more archive revision, with newer data, verified like the first.
        Raises NotFresherYet, TimestampUnavailable or SignatureInvalid."""
