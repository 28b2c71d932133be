"""Data keys: one per document or organisation, wrapped by a key inside the vault token."""

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from runtime.pkcs11_errors import WrappedKeyInvalid
from storage.tables import DataKey
from storage.vault_errors import DataKeyUnusable

_KEY_BYTES = 32
_CACHED = 256


class KeyWrapper(Protocol):
    """The vault token, as runtime.pkcs11.Token is."""

    def wrap(self, kek_label: str, key: bytes) -> bytes:
        """Wrap a key by the token's key `kek_label`."""

    def unwrap(self, kek_label: str, wrapped: bytes) -> bytes:
        """The key again. Raises WrappedKeyInvalid."""


@dataclass(frozen=True, repr=False)
class OwnedKey:
    """A data key in clear: 32 bytes, in memory only."""

    id: UUID
    owner_kind: str
    owner_id: UUID
    key: bytes


@dataclass(frozen=True, repr=False)
class NewKey:
    """A key whose row is not stored yet."""

    owned: OwnedKey
    wrapped: bytes


class DataKeys:
    """Finds, makes and unwraps data keys; remembers the unwrapped ones used last."""

    def __init__(self, wrapper: KeyWrapper, wrapping_key: str) -> None:
        self._wrapper = wrapper
        self._wrapping_key = wrapping_key
        self._cache: OrderedDict[UUID, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, session: Session, owner_kind: str, owner_id: UUID) -> OwnedKey | None:
        """The owner's key, if one was made."""
        row = session.scalar(
            select(DataKey).where(DataKey.owner_kind == owner_kind, DataKey.owner_id == owner_id)
        )
        return None if row is None else self._opened(row)

    def of_id(self, session: Session, key_id: UUID) -> OwnedKey:
        """The key of this id. Raises DataKeyUnusable."""
        row = session.get(DataKey, key_id)
        if row is None:
            message = f"no data key {key_id}"
            raise DataKeyUnusable(message)
        return self._opened(row)

    def ensure(self, session: Session, owner_kind: str, owner_id: UUID) -> OwnedKey:
        """The owner's key, made at its first use."""
        found = self.find(session, owner_kind, owner_id)
        return found or self.store(session, self.make(owner_kind, owner_id))

    def make(self, owner_kind: str, owner_id: UUID) -> NewKey:
        """A fresh key without a row."""
        key = secrets.token_bytes(_KEY_BYTES)
        wrapped = self._wrapper.wrap(self._wrapping_key, key)
        return NewKey(OwnedKey(uuid4(), owner_kind, owner_id, key), wrapped)

    def store(self, session: Session, new: NewKey) -> OwnedKey:
        """Insert the key's row. Returns the owner's key: another one if somebody was first."""
        insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
        session.execute(
            insert(DataKey)
            .values(
                id=new.owned.id,
                owner_kind=new.owned.owner_kind,
                owner_id=new.owned.owner_id,
                wrapped=new.wrapped,
                wrapping_key=self._wrapping_key,
                created_at=datetime.now(UTC),
            )
            .on_conflict_do_nothing()
        )
        found = self.find(session, new.owned.owner_kind, new.owned.owner_id)
        if found is None:
            message = f"the data key of {new.owned.owner_kind} {new.owned.owner_id} was not stored"
            raise DataKeyUnusable(message)
        return found

    def _opened(self, row: DataKey) -> OwnedKey:
        with self._lock:
            key = self._cache.get(row.id)
            if key is not None:
                self._cache.move_to_end(row.id)
        if key is None:
            key = self._unwrapped(row)
            with self._lock:
                self._cache[row.id] = key
                if len(self._cache) > _CACHED:
                    self._cache.popitem(last=False)
        return OwnedKey(row.id, row.owner_kind, row.owner_id, key)

    def _unwrapped(self, row: DataKey) -> bytes:
        if not row.wrapped:
            message = f"data key {row.id} was destroyed"
            raise DataKeyUnusable(message)
        try:
            key = self._wrapper.unwrap(row.wrapping_key, row.wrapped)
        except WrappedKeyInvalid as error:
            message = f"data key {row.id}: {error}"
            raise DataKeyUnusable(message) from error
        if len(key) != _KEY_BYTES:
            message = f"data key {row.id}: {len(key)} bytes"
            raise DataKeyUnusable(message)
        return key
