"""People who act at the same moment, or twice."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from cli.faults.cells.stories import handover_form
from cli.faults.table import Table
from cli.faults.trial import Cell, Trial, tell_plain
from cli.selftest.browser import Interrupted
from cli.selftest.pages import Page
from cli.selftest.patience import SelftestFailed
from domain.kinds import ActKind, EnvelopeState
from storage.tables import Envelope

ONCE = "one act, one signature, and the same page for every press"
BOTH = "each signs once, in one order; nobody is refused"
NEVER_EARLY = (
    "what was posted by the deadline is signed, what was posted later is refused: never both"
)
OFFSETS = (-2.0, -0.1, 0.0, 0.1, 2.0, 6.0)
"""Seconds. The workflow waits five after a deadline for what was posted in the last one."""
TO_DEADLINE = timedelta(seconds=40)
HALF = 50
EITHER = "either the signature was first, or it is refused in words: never both"


def cells() -> Iterator[Cell]:
    """Presses, devices, crowds, and ends that come at the same moment."""
    yield Cell("race", "double click", ONCE, tell=partial(_presses, 2), short=True)
    yield Cell("race", "50 equal POSTs", ONCE, tell=partial(_presses, 50))
    yield Cell("race", "two devices", ONCE, tell=_two_devices)
    for count in (2, 5, 20, 50):
        yield Cell("crowd", f"{count} signers at once", BOTH, signers=count)
    yield Cell("crowd", "100 signers of two envelopes at once", BOTH, tell=_two_crowds)
    yield Cell("race", "decline against sign", EITHER, tell=_decline_against_sign)
    yield Cell("race", "withdraw against sign", EITHER, tell=_withdraw_against_sign)
    yield Cell("race", "hand over against sign", EITHER, tell=_hand_over_against_sign)
    for offset in OFFSETS:
        name = f"expire against sign, {offset:+.1f} s from the deadline"
        yield Cell("race", name, NEVER_EARLY, tell=partial(_expire_against_sign, offset))


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


def _hand_over_against_sign(trial: Trial) -> None:
    """One person at two devices: either he signed, or his successor is asked."""
    with ExitStack() as windows:
        table = Table(trial, windows, 1)
        [signs] = table.signers
        other = table.signer(table.people[0])
        other.ready()
        guide = other.browser.open(other.confirmation.url.rsplit("/", 1)[0] + "/")
        mail = f"successor-{table.people[0].mail}"
        last = handover_form(other.browser, guide, {"name": "後任 花子", "mail": mail})
        presses = [
            partial(signs.browser.submit, table.form(signs)),
            partial(other.browser.submit, last),
        ]
        pages = at_once(presses)
        troubles = [page for page in pages if not isinstance(page, Page) or page.status >= 500]
        _fail_unless(trial, not troubles, f"no page: {_first(troubles)}")
        trial.stage.wait_for("an answer to both", 60, lambda: _answered(table))
        accepted = [
            act.kind
            for kind in (ActKind.SIGN, ActKind.HAND_OVER)
            for act in table.acts(kind)
            if act.accepted
        ]
        _fail_unless(trial, len(accepted) == 1, f"accepted: {accepted}")
        if accepted == [ActKind.HAND_OVER.value]:
            successor = table.signer(replace(table.people[0], name="後任 花子", mail=mail))
            successor.ready()
            successor.act()
        _finish(table, (1, 1))


def _answered(table: Table) -> bool:
    acts = [*table.acts(ActKind.SIGN), *table.acts(ActKind.HAND_OVER)]
    return bool(acts) and all(act.answered_at is not None for act in acts)


def _expire_against_sign(offset: float, trial: Trial) -> None:
    """One of two signs in the moment in which the envelope's time is over."""
    with ExitStack() as windows:
        deadline = datetime.now(UTC) + TO_DEADLINE
        table = Table(trial, windows, 2, deadline)
        form = table.form(table.signers[0])
        _sleep_until(deadline + timedelta(seconds=offset))
        trial.over()  # until now nothing was late
        [page] = at_once([partial(table.signers[0].browser.submit, form)])
        troubles = [page] if not isinstance(page, Page) or page.status >= 500 else []
        _fail_unless(trial, not troubles, f"no page: {_first(troubles)}")
        expired = EnvelopeState.EXPIRED.value
        trial.stage.wait_for("the envelope's end", 90, lambda: table.state() == expired)
        wanted = [act.posted_at <= deadline for act in table.acts()]
        accepted = [act.accepted for act in table.acts()]
        _fail_unless(trial, accepted == wanted, f"posted in time: {wanted}, accepted: {accepted}")
        if offset < -1:
            _fail_unless(trial, accepted == [True], "an act well before the deadline was lost")
        made = table.counts()
        _fail_unless(trial, len(set(made)) == 1, f"{made} acts and signatures")
        with trial.stage.reading() as session:
            ended = session.get_one(Envelope, table.envelope_id).changed_at
        _fail_unless(trial, ended > deadline, f"it expired at {ended}, before {deadline}")


def _sleep_until(moment: datetime) -> None:
    left = (moment - datetime.now(UTC)).total_seconds()
    if left <= 0:
        raise SelftestFailed("people were not ready before the deadline")
    time.sleep(left)


def _two_crowds(trial: Trial) -> None:
    """Fifty is the limit of an envelope: two of them, beside each other."""
    with ThreadPoolExecutor(2) as pool:
        for result in list(pool.map(tell_plain, [trial] * 2, [HALF] * 2)):
            trial.problems += [result.error] if result.error else []


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
