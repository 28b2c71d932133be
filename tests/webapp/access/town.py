"""Two organisations with full worlds: drafts, envelopes under way, finished and ended ones.

Everything is made through the pages; only what workers would do (versions, asked slots, links) is
written here. Each organisation's names are canaries: none may show in the other's answers.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from domain.found_places import FoundPlace, FoundPlaces
from domain.kinds import LinkPurpose, Role
from domain.official_seals import CheckedOfficialSeal
from domain.stages import ANY_CLERK, Gate
from identity.links import LinkMinter, token_sha256
from runtime.settings import SmsProvider
from storage import official_seals, own_fields, people, tables
from storage.desks import StoredStampDesk
from storage.proposals import keep_found
from storage.stamps import begin_stamp
from storage.tables import (
    Attempt,
    Chain,
    Contact,
    Department,
    Document,
    Envelope,
    Invitation,
    Link,
    LoginSession,
    MailboxCode,
    MailboxVisit,
    Participant,
    Revision,
    Slot,
    Stage,
    TemplateFile,
    Visit,
)
from tests.storage.mailboxes import HASHER
from tests.webapp.access.rows import keep_rows
from tests.webapp.stack import (
    PASSWORD_HASH,
    PDF,
    PNG,
    Office,
    build_office,
    form,
    send,
    sqlite_in,
    upload,
)
from webapp.mailbox.visiting import COOKIE as MAILBOX_COOKIE
from webapp.signer.visiting import COOKIE as VISIT_COOKIE

MINTER = LinkMinter(b"k" * 32)
SECRET = b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
COUNTERPARTY, HOLDER = 0, 1
"""Positions on the route: the other side's signer, and the own side's, who is the holder."""


COOKIES = ("__Host-musubi", VISIT_COOKIE, MAILBOX_COOKIE)
MAILBOXES = {
    "mailbox": "ichiro@citycanary.example",
    "other mailbox": "taro@citycanary.example",
    "idle mailbox": "ichiro@citycanary.example",
    "ended mailbox": "ichiro@citycanary.example",
}
"""Callers who have shown that a mailbox is theirs: the holder's, and the other side's."""
LINKS = {
    "holder": ("city-running", HOLDER),
    "owner": ("city-finished", HOLDER),
    "other participant": ("city-running", COUNTERPARTY),
    "other envelope": ("city-second", HOLDER),
    "other finished": ("city-finished", COUNTERPARTY),
    "foreign participant": ("other-running", HOLDER),
    "idle visit": ("city-second", COUNTERPARTY),
    "ended visit": ("city-second", COUNTERPARTY),
    "ended envelope": ("city-withdrawn", HOLDER),
    "ended envelope, other side": ("city-withdrawn", COUNTERPARTY),
    "closed window": ("city-closed", HOLDER),
    "handed over": ("city-handed", COUNTERPARTY),
    "renewed link": ("other-second", HOLDER),
    "revoked link": ("other-second", COUNTERPARTY),
}
"""Callers with a mailed link: which envelope, and whose."""
FINISHED = ("city-finished", "city-closed", "city-handed", "other-finished")


@dataclass
class Deal:
    """One envelope with everything that stands in URLs about it."""

    name: str
    envelope_id: UUID
    documents: list[UUID] = field(default_factory=list)
    slots: list[UUID] = field(default_factory=list)
    links: list[UUID] = field(default_factory=list)
    downloads: list[UUID] = field(default_factory=list)

    @property
    def path(self) -> str:
        """Its page."""
        return f"/envelopes/{self.envelope_id}"

    def token(self, person: int, purpose: LinkPurpose = LinkPurpose.ACT) -> str:
        """What the mail to this person carries."""
        links = self.links if purpose is LinkPurpose.ACT else self.downloads
        return MINTER.token(links[person], 1)


@dataclass
class Caller:
    """A browser with whatever cookies it holds, and the visit that it opened."""

    browser: FlaskClient
    visit: UUID | None = None
    download: UUID | None = None
    cookies: str = ""
    """What the browser holds once everything is built. Cells send it as it is, so that none of
    them changes what the next one holds."""

    def keep_cookies(self) -> None:
        """Remember what the browser holds now."""
        held = [self.browser.get_cookie(name, domain="localhost") for name in COOKIES]
        self.cookies = "; ".join(f"{one.key}={one.value}" for one in held if one is not None)

    def ask(self, method: str, url: str, **more: Any) -> TestResponse:
        """One request with those cookies."""
        headers = {"Cookie": self.cookies, "Host": "localhost:8080"} | more.pop("headers", {})
        client = self.browser.application.test_client(use_cookies=False)
        return client.open(url, method=method, headers=headers, **more)


@dataclass
class Town:
    """The installation, its envelopes by name, and its callers by name."""

    office: Office
    deals: dict[str, Deal] = field(default_factory=dict)
    callers: dict[str, Caller] = field(default_factory=dict)
    contacts: list[UUID] = field(default_factory=list)
    """Two of the city's address book that are perhaps one."""
    template: UUID = field(default_factory=uuid4)
    template_file: UUID = field(default_factory=uuid4)
    """Of the city, for everybody in it; made by the clerk."""
    invitation: UUID = field(default_factory=uuid4)
    department: UUID = field(default_factory=uuid4)
    """Of the city: somebody who was invited, and a department."""
    kind: UUID = field(default_factory=uuid4)
    """A kind of contract of the city, without fields."""
    seal: UUID = field(default_factory=uuid4)
    """An official seal of the city."""
    verification: UUID = field(default_factory=uuid4)
    disclosure: UUID = field(default_factory=uuid4)
    """Of the city, not begun yet."""
    rows: dict[str, UUID] = field(default_factory=dict)
    """Of the city, or of one of its members, by the name that addresses give them."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Texts that no answer may contain, each with what it is."""

    def enter(self, name: str, purpose: LinkPurpose = LinkPurpose.ACT) -> None:
        """The caller opens his mailed link in his browser."""
        caller = self.callers.setdefault(name, Caller(self.office.browser()))
        envelope, person = LINKS[name]
        act = purpose is LinkPurpose.ACT
        path = f"/{'l' if act else 'd'}/{self.deals[envelope].token(person, purpose)}"
        answer = caller.browser.post(path)
        assert answer.status_code == 303, (name, path)
        visit = UUID(str(answer.location).rstrip("/").rpartition("/")[2])
        caller.visit, caller.download = (visit, caller.download) if act else (caller.visit, visit)


def build_town(folder: Path) -> Town:
    """Everything, once: tests put the database back after each request that wrote."""
    limits = dict.fromkeys(("login_tries", "uploads_per_minute", "link_tries_per_minute"), 10_000)
    office = build_office(folder, sqlite_in(folder), sms_provider=SmsProvider.TEST, **limits)
    town = Town(office)
    _add_members(office)
    _add_people(town)
    for organisation, clerk in (("city", "clerk"), ("other", "neighbour")):
        browser = office.browser(clerk)
        for name in ("running", "second", "finished", "withdrawn", "closed", "handed"):
            _send(town, browser, f"{organisation}-{name}")
        _draft(town, browser, f"{organisation}-draft")
        _keep_contacts(town, browser, organisation)
        _keep_template(town, browser, organisation)
        _ask_verification(town, browser, organisation)
    _let_in(town)
    for name in FINISHED:
        _finish(town, name)
    for name, (envelope, _) in LINKS.items():
        if envelope in FINISHED:
            town.enter(name, LinkPurpose.DOWNLOAD)
    town.rows = keep_rows(town)
    _close_doors(town)
    for caller in town.callers.values():
        caller.keep_cookies()
    _collect_secrets(town)
    return town


def _add_members(office: Office) -> None:
    now = datetime.now(UTC)
    with office.database.transaction() as session:
        city = office.members["clerk"].organisation_id
        for name, roles in (
            ("colleague", [Role.CLERK]),
            ("viewer", [Role.VIEWER]),
            ("auditor", [Role.AUDITOR]),
            ("approver", [Role.APPROVER]),
            ("leaver", list(Role)),
            ("retired", list(Role)),
            ("halfway", list(Role)),
            ("idler", list(Role)),
        ):
            new = people.NewMember(f"{name}@city.example", f"利用者 {name}", PASSWORD_HASH, roles)
            office.members[name] = people.create_member(session, city, new, now)
        readers = [Role.VIEWER, Role.AUDITOR, Role.APPROVER]
        new = people.NewMember("outsider@town.example", "隣野 外", PASSWORD_HASH, readers)
        town = office.members["neighbour"].organisation_id
        office.members["outsider"] = people.create_member(session, town, new, now)


INVITED = "invitedcanary" + "x" * 30
"""The token that the invitation's mail carried."""


def _add_people(town: Town) -> None:
    """Who is invited to the city, a department of it, and a chain with stages of each kind."""
    admin = town.office.members["admin"]
    now = datetime.now(UTC)
    with town.office.database.transaction() as session:
        row = Invitation(
            organisation_id=admin.organisation_id,
            mail="newcomer@citycanary.example",
            roles=["clerk"],
            invited_by=admin.id,
            invited_at=now,
            token_sha256=token_sha256(INVITED),
            sent_at=now,
        )
        part = Department(
            organisation_id=admin.organisation_id,
            code="010",
            name="citycanary 契約課",
            created_at=now,
        )
        session.add_all([row, part])
        session.flush()
        town.invitation, town.department = row.id, part.id
        chain = session.get_one(Chain, town.office.chain)
        gate = Gate("citycanary の議決", ANY_CLERK).as_json()
        more = [{"others": True}, {"gate": gate, "when": {"least": 100}}]
        chain.definition = {"stages": [*chain.definition["stages"], *more]}
        town.kind = own_fields.add(session, admin, "citycanary 工事請負", "", now).id
        upload = begin_stamp(town.office.vault)
        upload.write(PNG)
        name = "citycanary 市長印"
        checked = CheckedOfficialSeal(name, 21, None, None, (), (), (Role.CLERK.value,))
        town.seal = official_seals.add(session, admin, checked, upload, now).id
    StoredStampDesk(town.office.database, town.office.vault).accept(town.seal, PNG)


def _texts(name: str) -> dict[str, str]:
    """Names that no other organisation has."""
    mark = name.partition("-")[0]
    return {
        "title": f"{mark}canary {name}",
        "message": f"{mark}canary のご案内",
        "order": "parallel",
        "people-0-name": f"{mark}canary 太郎",
        "people-0-mail": f"taro@{mark}canary.example",
        "people-0-company": f"{mark}canary 株式会社",
        "people-0-handover": "allowed",
        "people-1-name": f"{mark}canary 一郎",
        "people-1-mail": f"ichiro@{mark}canary.example",
        "people-1-handover": "allowed",
    }


def _keep_contacts(town: Town, browser: FlaskClient, mark: str) -> None:
    typed = {"name": f"{mark}canary 花子", "mail": f"hanako@{mark}canary.example", "language": "ja"}
    for title in ("部長", "課長"):
        known = browser.post("/contacts/new", data=typed | {"title": title, "knowingly": "1"})
        assert known.status_code == 303
    if mark == "city":
        with town.office.database.reading() as session:
            town.contacts = [row.id for row in session.query(Contact).order_by(Contact.changed_at)]


def _keep_template(town: Town, browser: FlaskClient, mark: str) -> None:
    """The draft as a template; from then on it says which one it became."""
    typed = {"into": "new", "name": f"{mark}canary ひな形", "share": "organisation"}
    answer = browser.post(f"{town.deals[f'{mark}-draft'].path}/template", data=typed)
    assert answer.status_code == 303
    if mark == "city":
        town.template = UUID(str(answer.location).rpartition("/")[2])
        with town.office.database.reading() as session:
            file = session.query(TemplateFile).filter_by(template_id=town.template).one()
            town.template_file = file.id


def _ask_verification(town: Town, browser: FlaskClient, mark: str) -> None:
    period = {"basis": "made_on", "since": "2026-04-01", "until": "2027-03-31"}
    answer = browser.post("/deals/verifications", data=period)
    assert answer.status_code == 303
    pack = browser.post("/deals/disclosures?title=nothing")
    assert pack.status_code == 303
    if mark == "city":
        town.verification = UUID(str(answer.location).rpartition("/")[2])
        town.disclosure = UUID(str(pack.location).rpartition("/")[2])


def _draft(town: Town, browser: FlaskClient, name: str) -> Deal:
    path = town.office.draft(browser)
    upload(browser, path, (f"{name.partition('-')[0]}canary.pdf", PDF))
    town.office.accept_documents()
    browser.post(f"{path}/draft", data=form(action="confirm", **_texts(name)))
    deal = town.deals[name] = Deal(name, UUID(path.rpartition("/")[2]))
    with town.office.database.transaction() as session:
        deal.documents = documents_of(session, deal)
        for key in deal.documents:
            blob = keep_found(town.office.vault, session, key, _proposed(name))
            session.get_one(Document, key).found_blob_id = blob
    return deal


def _proposed(name: str) -> FoundPlaces:
    """A mark in a document's text: each proposal has buttons, which forms' tests press."""
    words = f"{{{{署名:{name.partition('-')[0]}canary}}}}"
    return FoundPlaces((FoundPlace(0, (100.0, 100.0, 80.0, 11.0), words=words),))


def _send(town: Town, browser: FlaskClient, name: str) -> None:
    deal = _draft(town, browser, name)
    assert send(browser, deal.path).status_code == 303
    with town.office.database.transaction() as session:
        prepare(town, session, deal)
        ask_first(session, deal)


def documents_of(session: Session, deal: Deal) -> list[UUID]:
    rows = session.query(Document).filter_by(envelope_id=deal.envelope_id)
    return [row.id for row in rows.order_by(Document.position)]


def prepare(town: Town, session: Session, deal: Deal) -> None:
    """The version that people read, and one signature more."""
    for document in deal.documents:
        for number, kind in enumerate(("version", "signature")):
            data = PDF + kind.encode()
            blob = town.office.vault.put(session, document, data)
            upload = session.query(Revision).filter_by(document_id=document, version=0).one()
            session.add(
                Revision(
                    document_id=document,
                    version=1,
                    number=number,
                    kind=kind,
                    blob_id=blob,
                    sha256=upload.sha256,
                    size=len(data),
                    created_at=datetime.now(UTC),
                )
            )


def ask_first(session: Session, deal: Deal) -> None:
    """The first stage is open, and everybody in it has his link."""
    now = datetime.now(UTC)
    session.get_one(Envelope, deal.envelope_id).state = "running"
    session.query(Stage).filter_by(envelope_id=deal.envelope_id).one().opened_at = now
    slots = session.query(Slot).filter_by(envelope_id=deal.envelope_id)
    for slot in slots.order_by(Slot.position):
        slot.state, slot.asked_at = "asked", now
        deal.slots.append(slot.id)
        assert slot.participant_id is not None
        deal.links.append(issue(session, slot.participant_id, LinkPurpose.ACT))


def issue(session: Session, participant: UUID, purpose: LinkPurpose) -> UUID:
    """A link as the worker that mails it makes one."""
    link = Link(
        id=uuid4(), participant_id=participant, purpose=purpose.value, issued_at=datetime.now(UTC)
    )
    link.token_sha256 = token_sha256(MINTER.token(link.id, 1))
    session.add(link)
    session.flush()
    return link.id


def _finish(town: Town, name: str) -> None:
    deal, now = town.deals[name], datetime.now(UTC)
    with town.office.database.transaction() as session:
        envelope = session.get_one(Envelope, deal.envelope_id)
        envelope.state, envelope.ended_at = "done", now
        envelope.download_until = now + timedelta(days=14)
        # its term ends soon, so that the list of terms has a line
        session.get_one(tables.Deal, envelope.id).ends_on = (now + timedelta(days=20)).date()
        for key in deal.slots:
            slot = session.get_one(Slot, key)
            slot.state, slot.done_at = "done", now
            assert slot.participant_id is not None
            deal.downloads.append(issue(session, slot.participant_id, LinkPurpose.DOWNLOAD))


def _let_in(town: Town) -> None:
    """Callers by name. Those whose door was closed behind them had been inside."""
    office = town.office
    members = ("clerk", "admin", "operator", "colleague", "neighbour", "leaver", "retired")
    readers = ("viewer", "auditor", "approver", "outsider")
    for name in (*members, *readers, "halfway", "idler"):
        town.callers[name] = Caller(office.browser(name))
    town.callers["nobody"] = Caller(office.browser())
    for name in LINKS:
        town.enter(name)
    for name, mail in MAILBOXES.items():
        town.callers[name] = Caller(office.browser())
        _show_mailbox(town, town.callers[name].browser, mail)
    town.callers["asking mailbox"] = Caller(office.browser())
    town.callers["asking mailbox"].browser.post("/mailbox", data={"mail": "nobody@town.example"})


def _show_mailbox(town: Town, browser: FlaskClient, mail: str) -> None:
    """A code is asked for, mailed and entered."""
    assert browser.post("/mailbox", data={"mail": mail}).status_code == 303
    with town.office.database.transaction() as session:
        newest = session.query(MailboxCode).order_by(MailboxCode.requested_at.desc()).first()
        assert newest is not None
        newest.code_hash = HASHER.hash("123456")
        session.query(Attempt).delete()
    assert browser.post("/mailbox/code", data={"code": "123456"}).status_code == 303


def _close_doors(town: Town) -> None:
    town.callers["leaver"].browser.post("/logout", data={})
    members, long_ago = town.office.members, datetime.now(UTC) - timedelta(days=1)
    second = town.deals["other-second"]
    with town.office.database.transaction() as session:
        session.merge(members["retired"]).active = False
        halfway = session.merge(members["halfway"])
        halfway.totp_sealed = town.office.vault.seal(
            session, "organisation", halfway.organisation_id, SECRET, b"totp:" + halfway.id.bytes
        )
        idler = session.query(LoginSession).filter_by(member_id=members["idler"].id).one()
        idler.last_seen_at = long_ago
        for name, column in (("idle visit", "last_seen_at"), ("ended visit", "ended_at")):
            visit = session.get_one(Visit, town.callers[name].visit)
            setattr(visit, column, long_ago)
        for name, column in (("idle mailbox", "last_seen_at"), ("ended mailbox", "ended_at")):
            cookie = town.callers[name].browser.get_cookie(MAILBOX_COOKIE, domain="localhost")
            assert cookie is not None
            digest = token_sha256(cookie.value)
            mailbox = session.query(MailboxVisit).filter_by(cookie_sha256=digest).one()
            setattr(mailbox, column, long_ago)
        # Whoever signed may read what he signed until his visit ends; the download's does not.
        town.callers["closed window"].visit = None
        closed = session.get_one(Envelope, town.deals["city-closed"].envelope_id)
        closed.download_until = long_ago
        handed = session.get_one(Visit, town.callers["handed over"].visit).participant_id
        session.get_one(Participant, handed).left_at = long_ago
        withdrawn = session.get_one(Envelope, town.deals["city-withdrawn"].envelope_id)
        withdrawn.state, withdrawn.ended_at = "withdrawn", datetime.now(UTC)
        renewed = session.get_one(Link, second.links[HOLDER])
        renewed.generation += 1
        renewed.token_sha256 = token_sha256(MINTER.token(renewed.id, 2))
        session.get_one(Link, second.links[COUNTERPARTY]).revoked_at = datetime.now(UTC)


def _collect_secrets(town: Town) -> None:
    found = {PASSWORD_HASH: "a password's hash", INVITED: "an invitation's token"}
    for deal in town.deals.values():
        for purpose, links in (
            (LinkPurpose.ACT, deal.links),
            (LinkPurpose.DOWNLOAD, deal.downloads),
        ):
            for person in range(len(links)):
                found[deal.token(person, purpose)] = f"{purpose} link {person} of {deal.name}"
    for name, caller in town.callers.items():
        for cookie in caller.cookies.split("; "):
            if cookie:
                found[cookie.partition("=")[2]] = f"cookie of {name}"
    with town.office.database.reading() as session:
        hashes = [row.token_sha256 for row in session.query(Link)]
        hashes += [row.token_sha256 for row in session.query(LoginSession)]
        hashes += [row.token_sha256 or "" for row in session.query(Invitation)]
        hashes += [row.cookie_sha256 for row in session.query(Visit)]
        hashes += [row.cookie_sha256 for row in session.query(MailboxVisit)]
        addresses = {row.mail for row in session.query(Participant)}
    found |= {text: "a token's hash" for text in hashes if text}
    assert len(addresses) == 4
    town.secrets = found
