"""Whether the folder of blobs and the database are of one installation, and of one time.

A file without a row is a leftover, unless the database is the wrong one: an empty one, another
installation's, or an older backup of this one. Each sweep therefore counts itself in the database
and then in the folder. A folder that knows another installation, or a later round than the
database, is not swept.
"""

from uuid import uuid4

from sqlalchemy.orm import Session

from storage.blobfiles import BlobFiles, Round
from storage.database import Database
from storage.tables import VaultRound
from storage.vault_errors import ForeignBlobs

_ONLY = 1


def begin_round(database: Database, blobs: BlobFiles) -> None:
    """Count one more, in both. Raises ForeignBlobs."""
    known = blobs.round()
    with database.transaction() as session:
        row = session.get(VaultRound, _ONLY, with_for_update=True)
        _compare(row, known)
        if row is None:
            row = VaultRound(id=_ONLY, installation=uuid4().hex, number=0)
            session.add(row)
        row.number += 1
        counted = Round(row.installation, row.number)
    # In this order: a folder that lags is one from a backup, and loses nothing by being swept.
    blobs.write_round(counted)


def check_round(session: Session, blobs: BlobFiles) -> None:
    """Raises ForeignBlobs where nothing would be swept."""
    _compare(session.get(VaultRound, _ONLY), blobs.round())


def _compare(row: VaultRound | None, known: Round | None) -> None:
    if known is None:
        return
    if row is None or row.installation != known.installation:
        message = "the folder of blobs belongs to another database"
        raise ForeignBlobs(message)
    if known.number > row.number:
        message = "the folder of blobs is newer than the database"
        raise ForeignBlobs(message)
