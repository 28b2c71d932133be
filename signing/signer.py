"""The three steps of a signature: draft, sign, timestamp + embed. And the check from bytes.

Drafting and embedding happen in a child without PIN; here the parent verifies that what it is
asked to sign is the document it was given, before the only call of the token.
"""

import re
from dataclasses import asdict
from hashlib import new as new_digest
from typing import Protocol

from domain.ports.signatures import DraftSignature, SignatureInvalid, SignatureText, Timestamp
from signing.cms import attributes_are_ours, value_verifies
from signing.pool import ChildPool
from signing.timestamps import TimestampClient, imprint_of
from signing.trust import DIGESTS, SigningIdentity, TrustMaterial

_BYTE_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]")


class Signs(Protocol):
    """The part of the token that a signer needs."""

    def sign(self, key_label: str, data: bytes, algorithm: str) -> bytes:
        """One C_Sign over `data`, hashed as the algorithm says; the value as CMS holds it."""


class PoolSigner:
    """DocumentSigner: PDF work in children, one key in the token."""

    def __init__(  # noqa: PLR0913 - the wiring of one room, done once
        self,
        pool: ChildPool,
        token: Signs,
        identity: SigningIdentity,
        timestamps: TimestampClient,
        trust: TrustMaterial,
        service_name: str,
    ) -> None:
        self._pool = pool
        self._token = token
        self._identity = identity
        self._timestamps = timestamps
        self._trust = trust
        self._service_name = service_name

    def draft(self, base: bytes, text: SignatureText) -> DraftSignature:
        """Prepare the revision: one incremental update with a placeholder.

        Raises ChildDied (try again) or JobFailed (the base has no such empty field).
        """
        identity = self._identity
        answer = self._pool.run(
            "draft",
            {
                "field_name": text.field_name,
                "reason": text.reason,
                "location": text.location,
                "at": text.at.isoformat(),
                "algorithm": identity.algorithm,
                "reserved": identity.reserved,
                "service_name": self._service_name,
                "fills": [asdict(row) | {"kind": row.kind.value} for row in text.fills],
                "look": None if text.look is None else text.look.lines,
                "mm": None if text.look is None else text.look.mm,
            },
            (base, (text.look and text.look.image) or b"", *identity.chain),
        )
        tail, digest, attributes = answer.parts
        return DraftSignature(
            field_name=text.field_name,
            tail=tail,
            layout={key: int(answer.fields[key]) for key in _LAYOUT},
            document_digest=digest,
            signed_attributes=attributes,
            key_label=identity.key_label,
            certificate_sha256=identity.certificate_sha256,
            algorithm=identity.algorithm,
        )

    def sign(self, base: bytes, draft: DraftSignature) -> bytes:
        """Check the draft against its bytes, then one C_Sign. Returns the signature value.

        Raises SignatureInvalid, before the token is touched when the draft is not ours.
        """
        self._verify_draft(base, draft)
        value = self._token.sign(draft.key_label, draft.signed_attributes, draft.algorithm)
        certificate = self._identity.certificate
        if not value_verifies(certificate, draft.algorithm, draft.signed_attributes, value):
            raise SignatureInvalid("value")
        return value

    def timestamp(self, signature: bytes) -> Timestamp:
        """A checked token over the value. Raises TimestampUnavailable."""
        return self._timestamps.stamp(imprint_of(signature))

    def embed(
        self, base: bytes, draft: DraftSignature, signature: bytes, timestamp: Timestamp
    ) -> bytes:
        """The finished tail: same length as the draft's, CMS in place."""
        start = draft.layout["contents_start"] - len(base)
        end = draft.layout["contents_end"] - len(base)
        answer = self._pool.run(
            "embed",
            {"algorithm": draft.algorithm, "start": start, "end": end},
            (
                draft.tail,
                draft.signed_attributes,
                signature,
                timestamp.token,
                *self._identity.chain,
            ),
        )
        tail = answer.parts[0]
        same = tail[:start] == draft.tail[:start] and tail[end:] == draft.tail[end:]
        if len(tail) != len(draft.tail) or not same:
            raise SignatureInvalid("embedding_changed_the_revision")
        return tail

    def check(self, revision: bytes, field_name: str) -> None:
        """The newest signature is ours, covers the whole revision, verifies with its timestamp.

        Raises SignatureInvalid with a code.
        """
        trust, chain = self._trust, self._identity.chain
        self._pool.run(
            "check",
            {
                "roots": len(trust.roots),
                "field_name": field_name,
                "certificate_sha256": self._identity.certificate_sha256,
            },
            (revision, *trust.roots, *trust.tsa_certificates, *chain[1:]),
        )

    def _verify_draft(self, base: bytes, draft: DraftSignature) -> None:
        identity = self._identity
        if (draft.key_label, draft.algorithm, draft.certificate_sha256) != (
            identity.key_label,
            identity.algorithm,
            identity.certificate_sha256,
        ):
            raise SignatureInvalid("draft_for_another_key")
        if document_digest(base, draft) != draft.document_digest:
            raise SignatureInvalid("draft_digest")
        if not attributes_are_ours(
            draft.signed_attributes, draft.document_digest, identity.certificate
        ):
            raise SignatureInvalid("draft_attributes")


_LAYOUT = ("contents_start", "contents_end", "reserved")


def document_digest(base: bytes, draft: DraftSignature) -> bytes:
    """The digest over base and tail without /Contents, read from the bytes themselves.

    The one /ByteRange of the tail must say the same as the layout, and the placeholder must lie
    wholly within the tail and be zeroed. Raises SignatureInvalid otherwise.
    """
    start, end = draft.layout["contents_start"], draft.layout["contents_end"]
    total = len(base) + len(draft.tail)
    ranges = [tuple(int(number) for number in row) for row in _BYTE_RANGE.findall(draft.tail)]
    if ranges != [(0, start, end, total - end)] or not len(base) < start < end < total:
        raise SignatureInvalid("draft_byte_range")
    hole = draft.tail[start - len(base) : end - len(base)]
    if hole != b"<" + b"0" * (end - start - 2) + b">":
        raise SignatureInvalid("draft_placeholder")
    digest = new_digest(DIGESTS[draft.algorithm])
    digest.update(base)
    digest.update(memoryview(draft.tail)[: start - len(base)])
    digest.update(memoryview(draft.tail)[end - len(base) :])
    return digest.digest()
