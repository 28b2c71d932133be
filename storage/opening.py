"""Opens the vault of a process from its settings. Nothing is loaded before the first use."""

from runtime.pkcs11 import open_token
from runtime.settings import VaultPart
from storage.blobfiles import BlobFiles
from storage.database import Database
from storage.vault import Vault


def open_vault(settings: VaultPart, database: Database) -> Vault:
    """The vault on this process's token and blob folder."""
    token = open_token(settings.pkcs11_module, settings.vault_token, settings.vault_pin_file)
    return Vault(database, BlobFiles(settings.blob_dir), token, settings.vault_key)
