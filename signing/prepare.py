"""Preparation of a version's base revision, in a child."""

from collections.abc import Sequence
from dataclasses import asdict

from domain.ports.signatures import PlacedField
from domain.refusals import Refusal, RefusalCode
from signing.pool import ChildPool, ChildTooCostly, JobFailed


class PoolPreparer:
    """VersionPreparer over a pool of children."""

    def __init__(self, pool: ChildPool) -> None:
        self._pool = pool

    def prepare(self, data: bytes, fields: Sequence[PlacedField]) -> bytes:
        """The base revision. Raises Refusal NOT_PREPARABLE, or ChildDied (try again)."""
        rows = [asdict(row) | {"kind": row.kind.value} for row in fields]
        try:
            return self._pool.run("prepare", {"fields": rows}, (data,)).parts[0]
        except (ChildTooCostly, JobFailed):
            raise Refusal(RefusalCode.NOT_PREPARABLE) from None
