"""One envelope's whole story: upload, send, sign, hand over, verify."""

import json
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cli.selftest.browser import Browser
from cli.selftest.judge import VerifyCommand, judge
from cli.selftest.mailbox import Mailbox
from cli.selftest.patience import POLL_SECONDS, Patience, SelftestFailed
from cli.selftest.receiver import HandOver, collect
from cli.selftest.result import EnvelopeResult, MailCount, RefusedFile
from cli.selftest.sender import Clerk
from cli.selftest.signer import Person, Signer


@dataclass(frozen=True)
class Plan:
    """What one envelope is made of."""

    name: str
    """Names its folder of results, and is part of its people's addresses."""
    title: str
    files: tuple[Path, ...]
    people: tuple[Person, ...]
    order: str
    """`sequence` or `parallel`."""
    seconds: float
    pause: float = POLL_SECONDS
    """Between two looks at what one waits for."""


@dataclass
class Story:
    """Tells a plan; `result` holds what is known whenever it stops."""

    base_url: str
    window: Browser
    """The clerk's, logged in; every envelope gets a tab of it."""
    mailbox: Mailbox
    verify: VerifyCommand | None
    """None: the files are handed over, and judged by nobody."""
    out: Path

    def tell(self, plan: Plan) -> EnvelopeResult:
        """Never raises: whatever goes wrong is the result's error."""
        result = EnvelopeResult(name=plan.name, files=[path.name for path in plan.files])
        began = time.monotonic()
        try:
            with ExitStack() as windows:
                self._tell(plan, result, windows)
        except SelftestFailed as failure:
            result.error = str(failure)
        except Exception as bug:  # noqa: BLE001 - one envelope's trouble is not another's
            result.error = f"{type(bug).__name__}: {bug}"
        result.seconds = round(time.monotonic() - began, 2)
        return result

    def _tell(self, plan: Plan, result: EnvelopeResult, windows: ExitStack) -> None:
        patience = Patience(plan.seconds, plan.pause)
        clerk = Clerk(self.window.tab(patience))
        clerk.create()
        result.state = "draft"
        accepted = clerk.upload(plan.files, result.refused)
        if not accepted:
            result.state = "refused"
            return
        result.number = clerk.send(plan.title, plan.people, plan.order)
        result.state = "sent"
        code = clerk.wait_until_running()
        if code is not None:
            result.state = "refused"
            result.refused += [RefusedFile(path.name, code) for path in accepted]
            return
        self._sign(plan, patience, windows)
        result.state = "signed"
        copies = self._hand_over(plan, patience, windows)
        result.mails = [self._count_mails(person) for person in plan.people]
        result.state = clerk.wait_until_done()
        self._keep(plan, accepted, copies[0], result)
        self._compare(copies)
        if self.verify is not None:
            judge(result, self.verify, signers=len(plan.people))

    def _sign(self, plan: Plan, patience: Patience, windows: ExitStack) -> None:
        signers = [
            Signer(person, self._browser(patience, windows), self.mailbox) for person in plan.people
        ]
        if plan.order == "sequence":
            for signer in signers:
                signer.ready()
                signer.act()
        else:
            _sign_at_once(signers)

    def _hand_over(self, plan: Plan, patience: Patience, windows: ExitStack) -> list[HandOver]:
        copies = []
        for person in plan.people:
            _, link = self.mailbox.wait_for(person.mail, "/d/", patience)
            copies.append(collect(self._browser(patience, windows), link))
        return copies

    def _count_mails(self, person: Person) -> MailCount:
        """A repeat with the same Message-ID is the same mail: SMTP promises no more."""
        mails = self.mailbox.all_for(person.mail)
        requests = {mail.message_id for mail in mails if mail.link("/l/")}
        completions = {mail.message_id for mail in mails if mail.link("/d/")}
        return MailCount(len(requests), len(completions))

    def _keep(
        self, plan: Plan, accepted: Sequence[Path], copy: HandOver, result: EnvelopeResult
    ) -> None:
        folder = self.out / plan.name
        folder.mkdir(parents=True, exist_ok=True)
        if len(copy.files) != len(accepted):
            raise SelftestFailed(f"{len(accepted)} documents sent, {len(copy.files)} handed over")
        twins = len({path.stem for path in accepted}) < len(accepted)
        for number, (path, data) in enumerate(zip(accepted, copy.files, strict=True), start=1):
            name = f"{number:03d}-{path.stem}.pdf" if twins else f"{path.stem}.pdf"
            (folder / name).write_bytes(data)
            result.finished.append(folder / name)
        text = json.dumps(copy.evidence, ensure_ascii=False, indent=1)
        (folder / "evidence.json").write_text(text + "\n", encoding="utf-8")
        result.evidence = copy.evidence

    def _compare(self, copies: Sequence[HandOver]) -> None:
        if len({copy.hashes for copy in copies}) != 1:
            raise SelftestFailed("not everybody was handed the same bytes")

    def _browser(self, patience: Patience, windows: ExitStack) -> Browser:
        browser = Browser(self.base_url, patience)
        windows.callback(browser.close)
        return browser


def _sign_at_once(signers: Sequence[Signer]) -> None:
    """Everybody reads at his own pace, and all press the last button at the same moment."""
    together = threading.Barrier(len(signers))

    def one(signer: Signer) -> None:
        try:
            signer.ready()
        except BaseException:
            together.abort()
            raise
        try:
            together.wait(signer.patience.left)
        except threading.BrokenBarrierError:
            raise SelftestFailed("another signer did not get ready") from None
        signer.act()

    with ThreadPoolExecutor(len(signers)) as pool:
        futures = [pool.submit(one, signer) for signer in signers]
    problems = [problem for future in futures if (problem := future.exception())]
    # The first cause says more than those who waited for it in vain.
    causes = [problem for problem in problems if "another signer" not in str(problem)]
    if problems:
        raise (causes or problems)[0]
