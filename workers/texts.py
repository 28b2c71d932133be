"""The words of documents, indexed by the documents worker, and searches of them that no request
could decide: whatever waits, every few seconds."""

import asyncio
import itertools
from datetime import timedelta

from runtime.telemetry import logger
from storage.register_lists import ListDecider
from storage.text_index import TextIndexer

EVERY = timedelta(seconds=5)
OFTEN = timedelta(seconds=2)
"""Somebody waits for a list in front of his screen."""
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


async def decide_lists(decider: ListDecider, pause: timedelta = OFTEN) -> None:
    """Until it is cancelled. Beside the index, which goes on while texts are looked at."""
    while True:
        try:
            decided = await asyncio.to_thread(decider.decide_all)
            if decided:
                log.info("lists_decided", lists=decided)
        except Exception as error:  # noqa: BLE001 - the next round comes; a type says enough
            log.warning("deciding_delayed", error=type(error).__name__)
        await asyncio.sleep(pause.total_seconds())
