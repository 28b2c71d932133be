"""The words of documents, indexed by the documents worker: whatever waits, every few seconds."""

import asyncio
import itertools
from datetime import timedelta

from runtime.telemetry import logger
from storage.text_index import TextIndexer

EVERY = timedelta(seconds=5)
ROUNDS_OF_ADOPTION = 720
"""About an hour between two looks for documents that no row waits for; the first is at once."""

log = logger(__name__)


async def index_texts(indexer: TextIndexer, pause: timedelta = EVERY) -> None:
    """Until it is cancelled; a round that fails leaves its rows waiting for the next."""
    for count in itertools.count():
        try:
            if count % ROUNDS_OF_ADOPTION == 0:
                adopted = await asyncio.to_thread(indexer.adopt)
                log.info("texts_adopted", documents=adopted)
            indexed = await asyncio.to_thread(indexer.fill)
            if indexed:
                log.info("texts_indexed", documents=indexed)
        except Exception as error:  # noqa: BLE001 - the next round comes; a type says enough
            log.warning("indexing_delayed", error=type(error).__name__)
        await asyncio.sleep(pause.total_seconds())
