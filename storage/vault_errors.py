"""What can be wrong with stored bytes. None of these passes by itself: an operator is needed."""


class VaultError(Exception):
    """Base of what the vault raises about stored bytes and keys."""


class BlobMissing(VaultError):
    """A row names a blob whose row or file is not there: restore it from the backup."""


class BlobAltered(VaultError):
    """The file's bytes are not what the vault wrote: cut, changed, or exchanged."""


class DataKeyUnusable(VaultError):
    """There is no data key for this owner, or the token does not unwrap it."""


class ForeignBlobs(VaultError):
    """The folder of blobs is of another installation, or of a later time, than the database:
    nothing in it is removed for having no row."""


class SealBroken(VaultError):
    """A sealed value was altered, or belongs to another owner or purpose."""
