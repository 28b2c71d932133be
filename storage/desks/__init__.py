"""The desks: what activities ask of the database, one file per desk.

Every method is one transaction and may be repeated. Row locks are taken in one order: envelope,
act or document, then the rest; ledger events come last, because the head of their chain is
locked by every writer.
"""

from storage.desks.acts import StoredActDesk
from storage.desks.archive import StoredArchiveDesk
from storage.desks.attachments import StoredAttachmentDesk
from storage.desks.consents import StoredConsentDesk
from storage.desks.corrections import StoredCorrectionDesk
from storage.desks.envelopes import StoredEnvelopeDesk
from storage.desks.intake import StoredIntakeDesk
from storage.desks.notices import StoredNoticeDesk
from storage.desks.preparation import StoredPreparationDesk
from storage.desks.relay import StoredRelayDesk
from storage.desks.returns import StoredReturnDesk
from storage.desks.signing import StaleBase, StoredSigningDesk
from storage.desks.stamps import StoredStampDesk
from storage.desks.watch import StoredWatchDesk

__all__ = [
    "StaleBase",
    "StoredActDesk",
    "StoredArchiveDesk",
    "StoredAttachmentDesk",
    "StoredConsentDesk",
    "StoredCorrectionDesk",
    "StoredEnvelopeDesk",
    "StoredIntakeDesk",
    "StoredNoticeDesk",
    "StoredPreparationDesk",
    "StoredRelayDesk",
    "StoredReturnDesk",
    "StoredSigningDesk",
    "StoredStampDesk",
    "StoredWatchDesk",
]
