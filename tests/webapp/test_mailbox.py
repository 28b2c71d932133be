"""あなたの文書: one answer for every address, a code for one browser, a list of one's own."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from domain.kinds import ActKind
from domain.mailbox import CODE_DIGITS, IDLE, TRIES_OF_A_CODE, TRIES_OF_A_NETWORK
from storage.database import Database
from storage.mailbox_list import PAGE_SIZE
from storage.tables import (
    Act,
    Envelope,
    FactorProof,
    LedgerEvent,
    Link,
    MailboxCode,
    MailboxVisit,
    OneTimeCode,
    Organisation,
    Participant,
    Slot,
    Visit,
)
from tests.storage.mailboxes import HASHER
from tests.webapp.signer.pages import checked, without_csrf
from tests.webapp.signer.world import LONG, World, small_world
from webapp.mailbox.visiting import COOKIE

CODE, WRONG = "123456", "000000"
MAIL, NOBODY = "p0@example.jp", "xy@example.jp"


@pytest.fixture
def world(tmp_path: Path, ready_url: str) -> Any:
    built = small_world(tmp_path, ready_url)
    yield built
    built.database.close()


def ask(client: FlaskClient, mail: str = MAIL) -> TestResponse:
    return client.post("/mailbox", data={"mail": mail})


def deliver(database: Database, code: str = CODE) -> None:
    """What the worker does with the newest request of a known address."""
    with database.transaction() as session:
        row = session.query(MailboxCode).order_by(MailboxCode.requested_at.desc()).first()
        assert row is not None
        row.code_hash, row.sent_at = HASHER.hash(code), datetime.now(UTC)


def enter(client: FlaskClient, code: str = CODE) -> TestResponse:
    return client.post("/mailbox/code", data={"code": code})


def opened(world: World, mail: str = MAIL) -> FlaskClient:
    """A browser that has shown the mailbox to be its person's."""
    client = world.client()
    assert ask(client, mail).status_code == 303
    deliver(world.database)
    answer = enter(client)
    assert (answer.status_code, answer.location) == (303, "/mailbox/documents")
    return client


def shown(client: FlaskClient, **query: Any) -> BeautifulSoup:
    answer = client.get("/mailbox/documents", query_string=query)
    assert answer.status_code == 200
    return checked(answer)


def button(page: BeautifulSoup, text: str) -> str:
    """Where the form of this button goes."""
    found = page.find("button", string=text)
    assert found is not None, text
    form = found.find_parent("form")
    assert form is not None
    return str(form["action"])


# -- asking ------------------------------------------------------------------------------------


def test_a_known_and_an_unknown_address_get_the_same_answers_all_the_way(world: World) -> None:
    told: list[list[tuple[int, str]]] = []
    for number, mail in enumerate((MAIL, NOBODY)):
        client = world.client()
        client.environ_base["REMOTE_ADDR"] = f"198.51.{number}.9"
        answers = [client.get("/mailbox"), ask(client, mail), client.get("/mailbox/code")]
        answers += [enter(client, WRONG), enter(client, ""), ask(client, mail)]
        answers += [client.get("/mailbox/code")]
        answers += [enter(client, WRONG) for _ in range(TRIES_OF_A_CODE + 1)]
        answers += [client.get("/mailbox/documents")]
        for answer in answers:
            if answer.status_code != 303:
                checked(answer)
        texts = [without_csrf(answer.text).replace(mail, "MAIL") for answer in answers]
        statuses = [answer.status_code for answer in answers]
        told.append(list(zip(statuses, texts, strict=True)))
    assert told[0] == told[1]
    assert [status for status, _ in told[0]][:5] == [200, 303, 200, 422, 422]


def test_the_web_itself_never_asks_whether_an_address_is_anybodys(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until a code was right: then there is a visit."""

    def asked(*_: object) -> bool:
        pytest.fail("somebody looked")

    monkeypatch.setattr("storage.mailbox_list.is_known", asked)
    monkeypatch.setattr("storage.mailbox_list._of", asked)
    client = world.client()
    ask(client)
    enter(client, WRONG)
    assert client.get("/mailbox/code").status_code == 200


def test_a_code_costs_the_same_work_where_none_was_mailed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def verify(stored: str, _: str) -> bool:
        compared.append(stored)
        return True

    monkeypatch.setattr("identity.codes.verify_code", verify)
    client = world.client()
    ask(client, NOBODY)
    enter(client, WRONG)
    assert world.count(MailboxVisit) == 0, "never right"
    [stored] = compared
    assert stored.startswith("$argon2id$v=19$m=65536,t=3")


@pytest.mark.parametrize("typed", ["", "p0", "p0@example", "p0@@example.jp", "x" * 300 + "@a.jp"])
def test_what_is_no_address_is_told_and_kept(world: World, typed: str) -> None:
    client = world.client()
    answer = ask(client, typed)
    assert answer.status_code == 422
    [field] = checked(answer).select("#mail")
    assert field["value"] == typed
    assert world.count(MailboxCode) == 0


def test_the_address_is_read_however_it_is_typed(world: World) -> None:
    ask(world.client(), "  Ｐ0@Example.JP ")
    with world.database.reading() as session:
        assert session.query(MailboxCode).one().mail == MAIL


def test_the_fourth_code_of_an_hour_is_refused_to_one_network_and_not_to_another(
    world: World,
) -> None:
    statuses = [ask(world.client()).status_code for _ in range(4)]
    assert statuses == [303, 303, 303, 429]
    elsewhere = world.client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    assert ask(elsewhere).status_code == 303
    refused = ask(world.client(), MAIL)
    assert "上限に達しました" in checked(refused).text
    assert int(refused.headers["Retry-After"]) > 3000


def test_a_network_that_tries_one_address_after_another_is_told_to_wait(world: World) -> None:
    statuses = [ask(world.client(), f"n{n}@example.jp").status_code for n in range(11)]
    assert statuses == [303] * 10 + [429]


def test_looking_writes_nothing(world: World) -> None:
    client = world.client()
    for path in ("/mailbox", "/mailbox/code", "/mailbox/documents"):
        client.get(path)
    assert world.count(MailboxCode) == world.count(MailboxVisit) == world.count(LedgerEvent) == 0
    ask(client)
    deliver(world.database)
    client.get(f"/mailbox/code?code={CODE}")
    assert world.count(MailboxVisit) == 0


# -- entering ----------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", [CODE, "123 456", "１２３４５６", " 123-456 "])
def test_the_code_is_read_however_it_is_typed(world: World, typed: str) -> None:
    client = world.client()
    ask(client)
    deliver(world.database)
    assert enter(client, typed).status_code == 303


def test_a_right_code_gives_another_token_and_works_once(world: World) -> None:
    client = world.client()
    ask(client)
    before = client.get_cookie(COOKIE, domain="localhost")
    deliver(world.database)
    enter(client)
    after = client.get_cookie(COOKIE, domain="localhost")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    with world.database.reading() as session:
        visit = session.query(MailboxVisit).one()
        assert after.value not in (visit.cookie_sha256, visit.mail)
    again = world.client()
    again.set_cookie(COOKIE, before.value, domain="localhost", secure=True)
    assert enter(again).location == "/mailbox"
    assert again.get("/mailbox/documents").status_code == 404


def test_another_browser_cannot_enter_it(world: World) -> None:
    ask(world.client())
    deliver(world.database)
    other = world.client()
    assert enter(other).location == "/mailbox"
    ask(other, NOBODY)
    assert enter(other).status_code == 422
    assert world.count(MailboxVisit) == 0


def test_five_wrong_codes_end_it(world: World) -> None:
    client = world.client()
    ask(client)
    deliver(world.database)
    texts = [checked(enter(client, WRONG)).text for _ in range(TRIES_OF_A_CODE)]
    assert "あと4回" in texts[0]
    assert "もう使えません" in texts[-1]
    assert enter(client).status_code == 422
    assert world.count(MailboxVisit) == 0
    with world.database.reading() as session:
        tags = [event.tag for event in session.query(LedgerEvent)]
    assert tags == ["mailbox:refused"] * TRIES_OF_A_CODE


def test_a_network_that_guesses_at_one_address_after_another_is_stopped_for_the_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.tries.TRIES_OF_A_NETWORK", 6)
    statuses = []
    for number in range(3):
        client = world.client()
        ask(client, f"n{number}@example.jp")
        statuses += [enter(client, WRONG).status_code for _ in range(3)]
    assert statuses == [422] * 6 + [429] * 3
    elsewhere = world.client()
    elsewhere.environ_base["REMOTE_ADDR"] = "198.51.100.9"
    ask(elsewhere)
    deliver(world.database)
    assert enter(elsewhere).status_code == 303


def test_right_codes_of_one_network_are_not_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.tries.TRIES_OF_A_NETWORK", 2)
    for _ in range(3):
        opened(world)


def test_a_hundred_wrong_tries_of_a_network_are_less_than_one_in_ten_thousand() -> None:
    assert TRIES_OF_A_NETWORK * 10**-CODE_DIGITS <= 1e-4


def test_an_old_code_opens_nothing(world: World) -> None:
    client = world.client()
    ask(client)
    deliver(world.database)
    with world.database.transaction() as session:
        session.query(MailboxCode).one().requested_at -= timedelta(minutes=11)
    answer = enter(client)
    assert answer.status_code == 422
    assert "有効な確認コードがありません" in checked(answer).text


# -- the list ----------------------------------------------------------------------------------


def test_the_list_says_what_is_expected_of_whom_since_when_and_until_when(world: World) -> None:
    with world.database.reading() as session:
        deadline = session.get_one(Envelope, world.envelope_id).deadline_at
    assert deadline is not None
    page = shown(opened(world))
    text = " ".join(page.text.split())
    for word in (MAIL, "5050000111", "業務委託契約", "結市", "署名者", "あなたの手続き待ち"):
        assert word in text
    assert re.search(r"あなたの手続き待ち（\d{4}年\d+月\d+日 \d+:\d\d JSTから）", text)
    assert re.search("対応する人 ?あなた", text)
    assert "期限" in text
    assert "p1@example.jp" not in text
    assert "鈴木" not in text


def test_it_names_whom_it_waits_for_as_the_envelope_s_own_pages_do(world: World) -> None:
    now = datetime.now(UTC)
    world.change(
        Slot, world.slots[0], state="done", participant_id=world.participants[0], acted_at=now
    )
    act = Act(
        nonce="n",
        envelope_id=world.envelope_id,
        participant_id=world.participants[0],
        slot_id=world.slots[0],
        kind="sign",
        version=1,
        version_sha256="0" * 64,
        values_sha256="0" * 64,
        evidence={},
        posted_at=now,
        answered_at=now,
        accepted=True,
    )
    with world.database.transaction() as session:
        session.add(act)
    text = " ".join(shown(opened(world)).text.split())
    assert "ほかの方の手続き待ち" in text
    assert "鈴木 一郎 様" in text
    assert "メールで受け取る" not in text


def test_it_speaks_english_to_whoever_chose_it(world: World) -> None:
    client = opened(world)
    client.post("/language", data={"language": "en"})
    page = shown(client)
    assert page.h1 is not None
    assert page.h1.text == "Your documents"
    assert "Musubi City" in page.text
    assert not re.search("[ぁ-ん]", page.main.text if page.main else "")


def test_the_choice_narrows_the_list_and_an_empty_one_says_so(world: World) -> None:
    client = opened(world)
    assert "業務委託契約" in shown(client, show="open").text
    page = shown(client, show="finished")
    assert "業務委託契約" not in page.text
    assert "この条件に合う文書はありません" in page.text
    assert "業務委託契約" in shown(client, show="nonsense", page="x").text


def test_a_mailbox_whose_last_row_went_says_that_there_is_nothing(world: World) -> None:
    client = opened(world)
    world.change(Participant, world.participants[0], left_at=datetime.now(UTC))
    assert "表示できる文書はありません" in shown(client).text


def test_more_than_a_page_is_paged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    assert PAGE_SIZE == 20
    monkeypatch.setattr("storage.mailbox_list.PAGE_SIZE", 1)
    with world.database.transaction() as session:
        first = session.get_one(Envelope, world.envelope_id)
        twin = Envelope(
            organisation_id=first.organisation_id,
            number="5050000222",
            title="もう一通",
            state="done",
            created_by=first.created_by,
            created_at=first.created_at,
            changed_at=first.changed_at - timedelta(days=1),
        )
        session.add(twin)
        session.flush()
        person = session.get_one(Participant, world.participants[0])
        other = Participant(
            id=uuid4(),
            envelope_id=twin.id,
            party_id=person.party_id,
            kind="recipient",
            position=0,
            name="x",
            mail="P0@example.jp",
        )
        session.add(other)
        session.flush()
        issued = Link(participant_id=other.id, purpose="download", issued_at=first.created_at)
        session.add(issued)
    client = opened(world)
    texts = [shown(client, page=number).text for number in (1, 2, 3)]
    assert "業務委託契約" in texts[0]
    assert "もう一通" not in texts[0]
    assert "もう一通" in texts[1]
    assert "受領者" in texts[1]
    assert "全2件中 2 / 2ページ" in texts[1]
    assert texts[1] == texts[2]


# -- whoever is not let in ---------------------------------------------------------------------


def paths(world: World) -> list[tuple[str, str]]:
    rows = [f"/mailbox/documents/{key}" for key in (*world.participants, uuid4())]
    acts = [("POST", f"{row}/{verb}") for row in rows for verb in ("link", "files")]
    return [("GET", "/mailbox/documents"), ("POST", "/mailbox/end"), *acts]


def test_nobody_and_an_ended_visit_get_one_and_the_same_page(world: World) -> None:
    idle, closed = opened(world), opened(world)
    closed.post("/mailbox/end")
    with world.database.transaction() as session:
        for visit in session.query(MailboxVisit):
            visit.last_seen_at -= IDLE + timedelta(seconds=1)
    planted = world.client()
    planted.set_cookie(COOKIE, "x" * 43, domain="localhost", secure=True)
    answers = [
        client.open(path, method=method)
        for client in (world.client(), idle, closed, planted)
        for method, path in paths(world)
    ]
    assert {answer.status_code for answer in answers} == {404}
    bodies = {re.sub(r'name="next" value="[^"]*"', "", without_csrf(a.text)) for a in answers}
    assert len({re.sub(r"<p>.*?を閉じました.*?</p>", "", body) for body in bodies}) <= 2
    assert world.count(Visit) == 0
    assert world.count(Act) == 0


def test_another_mailbox_s_rows_are_nothing_to_it(world: World) -> None:
    world.download_link(1)
    client = opened(world)
    foreign, nothing = world.participants[1], uuid4()
    for verb in ("link", "files"):
        told = [client.post(f"/mailbox/documents/{key}/{verb}") for key in (foreign, nothing)]
        assert {answer.status_code for answer in told} == {404}
        assert len({without_csrf(answer.text) for answer in told}) == 1
    assert world.count(Visit) == 0
    assert "p1@example.jp" not in shown(client).text


def test_the_visit_ends_half_an_hour_after_its_last_use(world: World) -> None:
    client = opened(world)
    with world.database.transaction() as session:
        session.query(MailboxVisit).one().last_seen_at -= timedelta(minutes=29)
    shown(client)
    with world.database.reading() as session:
        seen = session.query(MailboxVisit).one().last_seen_at
    assert datetime.now(UTC) - seen < timedelta(minutes=1)


def test_the_button_closes_it_and_says_so(world: World) -> None:
    client = opened(world)
    assert client.get("/mailbox").location == "/mailbox/documents"
    answer = client.post("/mailbox/end", follow_redirects=True)
    assert "閉じました" in checked(answer).text
    assert client.get("/mailbox/documents").status_code == 404
    with world.database.reading() as session:
        tags = [event.tag for event in session.query(LedgerEvent)]
    assert tags == ["mailbox:opened", "mailbox:closed"]


# -- on from there -----------------------------------------------------------------------------


def test_a_link_to_act_goes_by_mail_and_nothing_opens_here(world: World) -> None:
    client = opened(world)
    page = shown(client)
    path = button(page, "手続きのリンクをメールで受け取る")
    assert path == f"/mailbox/documents/{world.participants[0]}/link"
    for _ in range(2):
        answer = client.post(path, data={"nonce": "n" * 32, "show": "open", "page": "1"})
        assert answer.location == "/mailbox/documents?show=open&page=1"
    assert f"{MAIL}にお送りします" in shown(client).text
    with world.database.reading() as session:
        [act] = session.query(Act).all()
    assert (act.kind, act.participant_id) == (ActKind.FRESH_LINK, world.participants[0])
    assert act.evidence["method"] == "mailbox"
    assert world.count(Visit) == 0
    assert not world.gateway.submitted


def test_the_fourth_link_of_an_hour_is_refused_in_words(world: World) -> None:
    client = opened(world)
    path = f"/mailbox/documents/{world.participants[0]}/link"
    for _ in range(4):
        client.post(path)
    assert "1時間に3回まで" in shown(client).text
    assert world.count(Act) == 3


def test_no_link_is_sent_where_nothing_is_asked_any_more(world: World) -> None:
    client = opened(world)
    world.change(Envelope, world.envelope_id, state="withdrawn")
    client.post(f"/mailbox/documents/{world.participants[0]}/link")
    text = shown(client).text
    assert "お送りできません" in text
    assert "取り下げ" in text
    assert world.count(Act) == 0


def test_finished_documents_are_fetched_and_the_ledger_says_from_where(world: World) -> None:
    world.download_link()
    client = opened(world)
    path = button(shown(client), "ダウンロードに進む")
    answer = client.post(path)
    assert answer.status_code == 303
    files = str(answer.location)
    assert files.startswith("/download/")
    assert client.get(files).status_code == 200
    assert client.get(f"{files}documents/{world.documents[0]}/file").data == LONG + b"\nsigned"
    with world.database.reading() as session:
        events = session.query(LedgerEvent).order_by(LedgerEvent.sequence).all()
        visit = session.query(MailboxVisit).one()
    assert [event.tag for event in events] == [
        "mailbox:opened",
        "download:opened",
        "document:downloaded",
    ]
    assert events[1].data["mailbox"] == str(visit.id)


def test_an_access_code_is_asked_for_before_the_files_as_on_every_other_way(world: World) -> None:
    world.download_link()
    world.change(Participant, world.participants[0], access_code_hash=HASHER.hash("さくら2026"))
    client = opened(world)
    files = str(client.post(f"/mailbox/documents/{world.participants[0]}/files").location)
    assert "/prove" in str(client.get(files).location)
    assert client.get(f"{files}all.zip").status_code == 303


@pytest.mark.parametrize("allowed", [True, False])
def test_after_the_window_the_organisation_s_rule_holds(world: World, *, allowed: bool) -> None:
    link, now = world.download_link(), datetime.now(UTC)
    until = now - timedelta(days=1)
    world.change(Envelope, world.envelope_id, download_until=until, download_closed_at=now)
    world.change(Link, link, revoked_at=now, revoked_why="closed")
    with world.database.transaction() as session:
        session.query(Organisation).one().late_downloads = allowed
    client = opened(world)
    page = shown(client)
    path = f"/mailbox/documents/{world.participants[0]}/files"
    if not allowed:
        assert "PDFの再送を依頼" in page.text
        assert "03-1234-5678" in page.text
        assert client.post(path).location.startswith("/mailbox/documents")
        assert world.count(Visit) == 0
        return
    assert button(page, "ダウンロードに進む") == path
    files = str(client.post(path).location)
    assert str(client.get(files).location).endswith("/prove")
    visit = UUID(files.split("/")[2])
    client.post(f"/sign/{visit}/prove/mail", data={"moment": "opening"})
    with world.database.transaction() as session:
        session.query(OneTimeCode).one().code_hash = HASHER.hash("12345678")
    client.post(f"/sign/{visit}/prove", data={"mail_code": "12345678"})
    assert client.get(files).status_code == 200
    assert world.count(FactorProof) == 1
