"""あなたの文書: a list of one's own, closed to everybody else, and what leads on from it."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from domain.kinds import ActKind
from domain.mailbox import IDLE
from storage.mailbox_list import PAGE_SIZE
from storage.tables import (
    Act,
    Envelope,
    FactorProof,
    LedgerEvent,
    Link,
    MailboxVisit,
    OneTimeCode,
    Organisation,
    Participant,
    Slot,
    Visit,
)
from tests.storage.mailboxes import HASHER
from tests.webapp.mailbox.browsing import (
    MAIL,
    button,
    opened,
    shown,
)
from tests.webapp.signer.pages import checked, without_csrf
from tests.webapp.signer.world import LONG, World
from webapp.mailbox.visiting import COOKIE

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
