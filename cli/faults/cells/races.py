"""People who act at the same moment, or twice."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from functools import partial
from typing import Any

from cli.faults.trial import STORY_SECONDS, Cell, Trial, plan
from cli.selftest.browser import Browser, Interrupted
from cli.selftest.pages import Form, Page
from cli.selftest.patience import Patience, SelftestFailed
from cli.selftest.sender import Clerk
from cli.selftest.signer import ACT, Person, Signer

ONCE = "one act, one signature, and the same page for every press"
BOTH = "each signs once, in one order; nobody is refused"
EITHER = "either the signature was first, or it is refused in words: never both"


def cells() -> Iterator[Cell]:
    """Presses, devices, crowds, and ends that come at the same moment."""
    yield Cell("race", "double click", ONCE, tell=partial(_presses, 2), short=True)
    yield Cell("race", "50 equal POSTs", ONCE, tell=partial(_presses, 50))
    yield Cell("race", "two devices", ONCE, tell=_two_devices)
    for count in (2, 5, 20, 50):
        yield Cell("crowd", f"{count} signers at once", BOTH, signers=count)
    yield Cell("race", "decline against sign", EITHER, tell=_decline_against_sign)
    yield Cell("race", "withdraw against sign", EITHER, tell=_withdraw_against_sign)


class Table:
    """One sent envelope with everybody before the last button."""

    def __init__(self, trial: Trial, windows: ExitStack, signers: int) -> None:
        self.trial, self.windows = trial, windows
        self.patience = Patience(STORY_SECONDS)
        stage, planned = trial.stage, plan(trial.stage, signers)
        self.people = planned.people
        self.clerk = Clerk(stage.window.tab(self.patience))
        self.clerk.create()
        self.clerk.upload(planned.files, [])
        self.clerk.send(planned.title, planned.people, "parallel")
        self.clerk.wait_until_running()
        self.signers = [self.signer(person) for person in planned.people]
        for signer in self.signers:
            signer.ready()

    def signer(self, person: Person) -> Signer:
        """A person with a device of his own."""
        browser = Browser(self.trial.stage.home.base_url, self.patience)
        self.windows.enter_context(closing(browser))
        return Signer(person, browser, self.trial.stage.mailbox)

    def form(self, signer: Signer) -> Form:
        """What his last button sends."""
        page = signer.confirmation
        return page.form(ACT)

    def state(self) -> str:
        """As the rows say."""
        envelope = self.clerk.url.rstrip("/").rsplit("/", 1)[1].replace("-", "")
        [(state,)] = self.trial.stage.ask("SELECT state FROM envelopes WHERE id = ?", envelope)
        return str(state)

    def counts(self) -> tuple[int, int]:
        """Accepted signing acts and signed revisions of this envelope."""
        envelope = self.clerk.url.rstrip("/").rsplit("/", 1)[1].replace("-", "")
        [(acts,)] = self.trial.stage.ask(
            "SELECT count(*) FROM acts WHERE envelope_id = ? AND kind = 'sign' AND accepted = 1",
            envelope,
        )
        [(signed,)] = self.trial.stage.ask(
            "SELECT count(*) FROM revisions r JOIN documents d ON d.id = r.document_id "
            "WHERE d.envelope_id = ? AND r.kind = 'signature'",
            envelope,
        )
        return int(acts), int(signed)


def at_once(presses: Sequence[Callable[[], Any]]) -> list[Any]:
    """All begin at the same moment; an exception is a result."""
    together = threading.Barrier(len(presses))

    def one(press: Callable[[], Any]) -> object:
        together.wait()
        try:
            return press()
        except (Interrupted, SelftestFailed) as problem:
            return problem

    with ThreadPoolExecutor(len(presses)) as pool:
        return list(pool.map(one, presses))


def _fail_unless(trial: Trial, holds: bool, words: str) -> None:
    if not holds:
        trial.problems.append(words)


def _presses(count: int, trial: Trial) -> None:
    """The same form, so many times."""
    with ExitStack() as windows:
        table = Table(trial, windows, 1)
        [signer] = table.signers
        form = table.form(signer)
        pages = at_once([partial(signer.browser.submit, form)] * count)
        troubles = [page for page in pages if not isinstance(page, Page) or page.status >= 400]
        _fail_unless(trial, not troubles, f"{len(troubles)} of {count}: {_first(troubles)}")
        _finish(table, (1, 1))


def _two_devices(trial: Trial) -> None:
    """The same person on a phone and at a desk, each with a form of its own."""
    with ExitStack() as windows:
        table = Table(trial, windows, 1)
        phone = table.signer(table.people[0])
        phone.ready()
        devices = [*table.signers, phone]
        pages = at_once([partial(one.browser.submit, table.form(one)) for one in devices])
        troubles = [
            page
            for page in pages
            if not isinstance(page, Page) or (page.status >= 400 and page.status != 409)
        ]
        _fail_unless(trial, not troubles, f"a device was left alone: {_first(troubles)}")
        _finish(table, (1, 1))


def _finish(table: Table, wanted: tuple[int, int]) -> None:
    state = table.clerk.wait_until_done()
    found = table.counts()
    if (state, found) != ("done", wanted):
        table.trial.problems.append(f"{state} with {found} acts and signatures, not {wanted}")


def _decline_against_sign(trial: Trial) -> None:
    with ExitStack() as windows:
        table = Table(trial, windows, 2)
        signs, declines = table.signers
        page = declines.confirmation
        visit = page.url.rsplit("/", 1)[0]
        form = declines.browser.open(f"{visit}/decline").form_to("/decline")
        form.set("reason", "条件が合いません。")
        last = declines.browser.submit(form).form_to("/act")
        _ended(
            table,
            at_once(
                [
                    partial(signs.browser.submit, table.form(signs)),
                    partial(declines.browser.submit, last),
                ]
            ),
            "declined",
        )


def _withdraw_against_sign(trial: Trial) -> None:
    with ExitStack() as windows:
        table = Table(trial, windows, 2)
        signs = table.signers[0]
        last = table.clerk.browser.open(table.clerk.url).form_to("/withdraw")
        last.put("reason", "内容を見直します。")
        _ended(
            table,
            at_once(
                [
                    partial(signs.browser.submit, table.form(signs)),
                    partial(table.clerk.browser.submit, last),
                ]
            ),
            "withdrawn",
        )


def _ended(table: Table, pages: list[Any], state: str) -> None:
    """The envelope ended so; who signed before has his signature, who did not has none."""
    troubles = [page for page in pages if not isinstance(page, Page) or page.status >= 500]
    _fail_unless(table.trial, not troubles, f"no page: {_first(troubles)}")
    stage = table.trial.stage
    stage.wait_for(f"the envelope's end ({state})", 60, lambda: table.state() == state)
    stage.wait_for("a signature for every accepted act", 60, lambda: len(set(table.counts())) == 1)


def _first(troubles: list[Any]) -> str:
    if not troubles:
        return ""
    first = troubles[0]
    return first.describe() if isinstance(first, Page) else str(first)
