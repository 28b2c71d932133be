"""Statements are compiled once in a test process, not once for every test's own database.

SQLAlchemy keeps compiled statements with an engine, and its key names the engine's dialect. A
process of the service has one engine for its whole life; here each test has its own, and a quarter
of the time of a test of rows was spent on compiling what the test before it had compiled.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import URL, Engine, event
from sqlalchemy.util import LRUCache

from storage import database

STATEMENTS = 10_000


@pytest.fixture(scope="session", autouse=True)
def shared_statements() -> Iterator[None]:
    """Engines of one kind share dialect and compiled statements, once the first has connected."""
    made: dict[str, Any] = {}
    statements: LRUCache[Any, Any] = LRUCache(STATEMENTS)
    make = database._engine

    def sharing(url: URL) -> Engine:
        engine = make(url)
        if database.PASSWORD_FILE in url.query:
            return engine  # how it connects is kept with the dialect
        kind = url.get_backend_name()
        engine._compiled_cache = statements
        if kind in made:
            engine.dialect = made[kind]
        else:
            # What a dialect learns of its server at the first connection is known by then.
            event.listen(engine, "connect", lambda *_: made.setdefault(kind, engine.dialect))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "_engine", sharing)
        yield
