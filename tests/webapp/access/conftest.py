"""One town for all of a file's cells; the database is put back after each request that wrote."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.webapp.access.town import Town, build_town
from tests.webapp.access.watch import Watch, watching


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """Two organisations with everything that URLs speak of."""
    # The stack's password hashes are cheap; logging in would make each a costly one.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("webapp.sender.login.needs_new_hash", lambda _: False)
        # However slow the machine: nobody's last use grows old enough to be written down.
        patch.setattr("storage.visits.TOUCH_EVERY", timedelta(days=1))
        patch.setattr("storage.mailbox_visits.TOUCH_EVERY", timedelta(days=1))
        patch.setattr("webapp.login._TOUCH_SECONDS", 24 * 60 * 60)
        # Every look is written, so that the same request twice is the same twice.
        patch.setattr("webapp.recent.PAUSE_SECONDS", 0.0)
        built = build_town(tmp_path_factory.mktemp("town"))
        yield built
        built.office.database.close()


@pytest.fixture(scope="module")
def watch(town: Town) -> Iterator[Watch]:
    """Sees and undoes writes."""
    with watching(town) as found:
        yield found
