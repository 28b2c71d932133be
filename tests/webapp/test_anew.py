"""同じ内容で作り直す: from an envelope that ended without conclusion to a draft with everything."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.deals import check_deal
from domain.kinds import EnvelopeState, NoticeState, Role
from domain.messages import ActAnswer
from domain.refusals import RefusalCode
from storage import deals, placing, repairs
from storage.tables import (
    Act,
    Chain,
    Document,
    Envelope,
    LedgerEvent,
    Link,
    Member,
    Notice,
    Participant,
    Revision,
)
from tests.webapp.pages import check_page
from tests.webapp.stack import PDF, Office, form, send, upload
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")

CODE = {"people-0-withcode": "1", "people-0-code": "kumo-7291", "people-0-mailcode": "1"}
LAID_OUT = {
    "order": "stages", "stages-0-kind": "all", "stages-0-days": "7", "stages-1-kind": "all",
    "people-0-stage": "2", "people-1-stage": "1",
}  # fmt: skip
DEAL = {
    "amount": "1,200,000",
    "contract_kind": "委託",
    "contract_number": "R8-7",
    "notice_days": "0",
}


def row(office: Office, path: str) -> Envelope:
    with office.database.reading() as session:
        return session.get_one(Envelope, UUID(path.rpartition("/")[2]))


def sent(office: Office, clerk: FlaskClient, **typed: str) -> str:
    """With a field for the other side's signer."""
    path = office.draft(clerk)
    upload(clerk, path, ("契約書.pdf", PDF), ("別紙.pdf", PDF + b"2"))
    office.accept_documents()
    clerk.post(f"{path}/draft", data=form(action="save", **typed))
    draft = row(office, path)
    with office.database.reading() as session:
        document = session.query(Document).filter_by(envelope_id=draft.id, position=1).one()
    field = {
        "person": draft.draft["people"][0]["key"], "kind": "text", "page": "1", "x": "20",
        "y": "30", "width": "60", "height": "8", "label": "契約開始日", "required": "on",
    }  # fmt: skip
    data = {f"field-0000000a-{part}": value for part, value in field.items()}
    saved = {"document": str(document.id), "number": "2", "action": "save"}
    clerk.post(f"{path}/fields", data=data | saved)
    assert send(clerk, path).status_code == 303
    return path


def ended(office: Office, path: str, state: str = "withdrawn") -> str:
    office.change(path, state=state)
    return path


def anew(clerk: FlaskClient, path: str, made: int = 0) -> str:
    """The new draft's path."""
    answer = clerk.post(f"{path}/anew", data={"made": str(made)})
    assert answer.status_code == 303
    return str(answer.location)


def comparable(office: Office, path: str) -> dict[str, Any]:
    """What was typed, without what belongs to one envelope."""
    draft = dict(row(office, path).draft)
    return {name: draft[name] for name in draft if name not in {"fields", "editions", "people"}}


def notes(clerk: FlaskClient, path: str) -> str:
    return " ".join(check_page(clerk.get(path)).get_text(" ").split())


@pytest.mark.parametrize("state", ["withdrawn", "declined", "expired"])
def test_everything_that_was_typed_stands_in_a_new_draft(
    office: Office, clerk: FlaskClient, state: str
) -> None:
    path = ended(office, sent(office, clerk, **CODE, **LAID_OUT, **DEAL), state)
    page = check_page(clerk.get(path))
    assert page.select_one(f'form[action="{path}/anew"] button.primary')
    made = anew(clerk, path)
    assert made != path
    assert comparable(office, made) == comparable(office, path)
    before, after = row(office, path), row(office, made)
    assert (after.state, after.title, after.anew_of) == ("draft", before.title, before.id)
    assert after.number != before.number
    old, new = before.draft["people"], after.draft["people"]
    assert [one | {"code": ""} for one in new] == [one | {"code": ""} for one in old]
    assert (new[0]["code"], new[1]["code"]) == ("wanted", "")
    office.accept_documents()
    again = form(action="save", **CODE, **LAID_OUT, **DEAL)
    keys = {f"people-{number}-key": one["key"] for number, one in enumerate(new)}
    clerk.post(f"{made}/draft", data=again | keys | {"title": "直した契約書"})
    assert send(clerk, made).status_code == 303, "nothing else is missing"
    assert row(office, made).title == "直した契約書"
    with office.database.reading() as session:
        labels = [one.label for one in placing.fields_of(row(office, made))]
        found = deals.find(session, row(office, made))
    assert found is not None
    assert found.amount == 1_200_000
    assert labels == ["契約開始日"]


def test_documents_are_what_was_uploaded_and_never_what_was_signed(
    office: Office, clerk: FlaskClient
) -> None:
    path = sent(office, clerk)
    with office.database.transaction() as session:
        first = session.query(Document).filter_by(title="契約書").one()
        blob = office.vault.put(session, first.id, b"%PDF signed")
        session.add(
            Revision(
                document_id=first.id, version=1, number=1, kind="signature", blob_id=blob,
                sha256="f" * 64, size=11, created_at=now(),
            )
        )  # fmt: skip
    made = anew(clerk, ended(office, path))
    with office.database.reading() as session:
        documents = (
            session.query(Document)
            .filter_by(envelope_id=row(office, made).id)
            .order_by(Document.position)
            .all()
        )
        assert [one.title for one in documents] == ["契約書", "別紙"]
        assert {one.state for one in documents} == {"checking"}
        stored = repairs.uploaded(session, documents[0].id)
        read = b"".join(office.vault.read_range(session, stored.blob_id, 0, stored.size))
        fields = placing.fields_of(row(office, made))
        assert {field.document for field in fields} == {str(documents[1].id)}
    assert read == PDF


def test_both_pages_and_both_ledgers_say_where_it_came_from(
    office: Office, clerk: FlaskClient
) -> None:
    path = ended(office, sent(office, clerk))
    made = anew(clerk, path)
    before, after = row(office, path), row(office, made)
    page = check_page(clerk.get(path))
    assert page.select_one(f'.made-anew a[href="{made}"]')
    assert page.select_one('form[action$="/anew"] button.secondary')
    assert f"封筒番号{after.number}" in page.get_text()
    assert check_page(clerk.get(made)).select_one(f'a[href="{path}"]')
    office.accept_documents()
    assert send(clerk, made).status_code == 303
    page = check_page(clerk.get(made))
    assert page.select_one(f'#live dd a[href="{path}"]')
    assert f"封筒番号{before.number}" in page.get_text()
    with office.database.reading() as session:
        tags = [
            event.tag
            for event in session.query(LedgerEvent).filter_by(envelope_id=before.id)
            if event.data.get("number") == after.number
        ]
    assert tags == ["envelope:made_anew"]
    office.change(path, state=EnvelopeState.DELETED.value)
    page = check_page(clerk.get(made))
    assert not page.select_one(f'#live dd a[href="{path}"]')
    assert before.number in page.get_text()


@pytest.mark.parametrize(
    "state", ["draft", "sending", "running", "sent_back", "completing", "done"]
)
def test_what_is_under_way_or_concluded_is_not_made_anew(
    office: Office, clerk: FlaskClient, state: str
) -> None:
    path = ended(office, sent(office, clerk), state)
    assert f'action="{path}/anew"' not in clerk.get(path).text
    assert anew(clerk, path) == path
    assert office.count(Envelope) == 1


@pytest.mark.parametrize("state", ["deleted", "discarded"])
def test_what_is_gone_is_not_made_anew(office: Office, clerk: FlaskClient, state: str) -> None:
    path = ended(office, sent(office, clerk), state)
    assert clerk.post(f"{path}/anew").status_code == 404


def test_a_button_that_is_pressed_twice_makes_one_draft(office: Office, clerk: FlaskClient) -> None:
    path = ended(office, sent(office, clerk))
    first = anew(clerk, path)
    assert anew(clerk, path) == first
    assert office.count(Envelope) == 2
    assert anew(clerk, path, made=1) != first


def test_whoever_only_reads_makes_none_and_sees_no_draft(
    office: Office, clerk: FlaskClient
) -> None:
    path = ended(office, sent(office, clerk))
    made = anew(clerk, path)
    with office.database.transaction() as session:
        session.get_one(Member, office.members["admin"].id).roles = [Role.VIEWER.value]
    reader = office.browser("admin")
    page = reader.get(path).text
    assert made not in page
    assert "作り直す" not in page.partition("<main")[2].partition("操作ログ")[0]
    assert reader.post(f"{path}/anew").status_code == 403


def test_values_that_were_corrected_in_the_register_go_along(
    office: Office, clerk: FlaskClient
) -> None:
    path = sent(office, clerk, **DEAL)
    with office.database.transaction() as session:
        envelope = row(office, path)
        found = deals.find(session, envelope)
        assert found is not None
        corrected = deals.deal_of(found).as_typed()
        changed = check_deal(replace(corrected, amount="900000", contract_number="R8-9"))
        member = session.get_one(Member, office.members["clerk"].id)
        deals.change(
            session, envelope, changed, member=member, reason="誤記", revision=0, now=now()
        )
    made = row(office, anew(clerk, ended(office, path))).draft
    assert (made["amount"], made["contract_kind"]) == ("900000", "委託")
    assert made["deal"] == {"contract_number": "R8-9", "notice_days": "0"}, "the partner follows"


# -- what is not as it was ---------------------------------------------------------------------


def with_chain(office: Office, clerk: FlaskClient) -> str:
    return ended(office, sent(office, clerk, chain_id=str(office.chain)))


def next_version(office: Office, **changes: Any) -> None:
    with office.database.transaction() as session:
        old = session.get_one(Chain, office.chain)
        values = {
            name: getattr(old, name)
            for name in ("organisation_id", "name", "definition", "active", "created_at")
        }
        session.add(Chain(**(values | {"version": old.version + 1} | changes)))


def test_the_chains_newest_version_is_taken_and_the_page_says_so(
    office: Office, clerk: FlaskClient
) -> None:
    path = with_chain(office, clerk)
    next_version(office)
    made = anew(clerk, path)
    with office.database.reading() as session:
        newest = session.query(Chain).filter_by(version=2).one()
    assert row(office, made).draft["chain_id"] == str(newest.id)
    assert "第1版から変わっています。今の第2版で依頼します。" in notes(clerk, made)


def test_a_chain_that_is_not_offered_any_more_is_said_until_another_is_chosen(
    office: Office, clerk: FlaskClient
) -> None:
    path = with_chain(office, clerk)
    with office.database.transaction() as session:
        session.get_one(Chain, office.chain).active = False
    made = anew(clerk, path)
    said = "承認ルート「契約課の承認」は使えなくなりました"
    with office.database.reading() as session:
        said = said.replace("契約課の承認", session.get_one(Chain, office.chain).name)
    assert said in notes(clerk, made)
    clerk.post(f"{made}/draft", data=form(action="save"))
    assert said in notes(clerk, made), "the form lost it, the page does not"
    next_version(office, name="別のルート", version=1, active=True)
    with office.database.reading() as session:
        other = session.query(Chain).filter_by(name="別のルート").one()
    clerk.post(f"{made}/draft", data=form(action="save", chain_id=str(other.id)))
    assert said not in notes(clerk, made)


def test_somebody_of_the_chain_who_left_is_said(office: Office, clerk: FlaskClient) -> None:
    path = with_chain(office, clerk)
    with office.database.transaction() as session:
        for member in session.query(Member).filter(Member.id != office.members["clerk"].id):
            member.active = False
    assert "この承認ルートは使えなくなりました" in notes(clerk, anew(clerk, path))


def test_people_who_were_not_reached_left_or_need_a_code_are_named(
    office: Office, clerk: FlaskClient
) -> None:
    own = {"people-1-mail": office.members["admin"].mail}
    path = ended(office, sent(office, clerk, **CODE, **own))
    with office.database.transaction() as session:
        session.get_one(Member, office.members["admin"].id).active = False
        person = session.query(Participant).filter_by(name="山田 太郎").one()
        session.add(Link(participant_id=person.id, purpose="act", issued_at=now()))
        session.flush()
        session.add(
            Notice(
                once="x", envelope_id=person.envelope_id, participant_id=person.id, kind="request",
                occasion="x", language="ja", message_id="x", queued_at=now(), bounced_at=now(),
                state=NoticeState.BOUNCED.value,
            )
        )  # fmt: skip
    made = anew(clerk, path)
    said = notes(clerk, made)
    assert "メールアドレスを確かめてください：山田 太郎（taro@yamada.example）" in said
    assert f"別の人にしてください：鈴木 一郎（{own['people-1-mail']}）" in said
    assert "アクセスコードは引き継いでいません。決め直して、本人に伝えてください：山田 太郎" in said
    mended = form(action="save", **{"people-0-mail": "yamada@yamada.example"})
    clerk.post(f"{made}/draft", data=mended)
    said = notes(clerk, made)
    assert "届いていません" not in said
    assert "もう利用者ではない" not in said


# -- in one confirmation -----------------------------------------------------------------------


def withdrawal(clerk: FlaskClient, path: str, **typed: str) -> dict[str, str]:
    page = BeautifulSoup(clerk.get(path).text, "html5lib")
    found = page.select_one(f'form[action="{path}/withdraw"]')
    assert found is not None
    button = found.select_one('button[name="then"][value="anew"]')
    assert button is not None
    fields = {str(tag["name"]): str(tag.get("value", "")) for tag in found.select("input")}
    return fields | {"reason": "金額の誤り", "then": "anew"} | typed


@pytest.mark.parametrize("state", ["running", "sent_back"])
def test_what_is_under_way_is_withdrawn_and_made_anew_in_one_step(
    office: Office, clerk: FlaskClient, monkeypatch: pytest.MonkeyPatch, state: str
) -> None:
    path = ended(office, sent(office, clerk), state)

    def accept(_envelope: UUID, act: UUID) -> ActAnswer:
        with office.database.transaction() as session:
            session.get_one(Act, act).accepted = True
        return ActAnswer(accepted=True)

    monkeypatch.setattr(office.gateway, "submit", accept)
    data = withdrawal(clerk, path)
    made = clerk.post(f"{path}/withdraw", data=data).location
    assert made != path
    assert comparable(office, str(made)) == comparable(office, path)
    said = notes(clerk, str(made))
    assert "封筒を取り下げました" in said
    assert "同じ内容の下書きを作りました" in said
    assert clerk.post(f"{path}/withdraw", data=data).location == made
    assert office.count(Act) == 1


@pytest.mark.parametrize(
    "answer", [None, ActAnswer(accepted=False, refusal=RefusalCode.ENVELOPE_ENDED)]
)
def test_what_was_not_withdrawn_yet_is_not_made_anew(
    office: Office, clerk: FlaskClient, answer: ActAnswer | None
) -> None:
    path = sent(office, clerk)
    office.gateway.answer = answer
    told = clerk.post(f"{path}/withdraw", data=withdrawal(clerk, path))
    assert told.status_code == (303 if answer is None else 422)
    assert office.count(Envelope) == 1
    if answer is None:
        assert "反映されたら" in notes(clerk, path)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_pages_are_well_made(office: Office, clerk: FlaskClient, language: str) -> None:
    path = with_chain(office, clerk)
    next_version(office)
    clerk.post("/language", data={"language": language, "next": "/"})
    check_page(clerk.get(path))
    made = anew(clerk, path)
    assert check_page(clerk.get(made)).select_one(".banner.warning li")
    check_page(clerk.get(path))


def test_a_page_from_before_a_draft_was_given_up_makes_one_more_and_not_two(
    office: Office, clerk: FlaskClient
) -> None:
    path = ended(office, sent(office, clerk))
    given_up = anew(clerk, path)
    office.change(given_up, state=EnvelopeState.DISCARDED.value)
    first = anew(clerk, path, made=1)
    assert first not in {path, given_up}
    assert anew(clerk, path, made=1) == first
    page = check_page(clerk.get(path))
    assert page.select_one('form[action$="/anew"] input[name=made]')["value"] == "2"  # type: ignore[index]
