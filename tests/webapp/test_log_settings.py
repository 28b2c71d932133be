"""操作ログ says which setting was changed, from what to what, and what every entry is about."""

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from domain.events import Event
from domain.sso import Protocol
from domain.sso_forms import CheckedConnection
from storage import departments, ledger, sso
from storage.organisations import lift_networks, note_change
from storage.tables import (
    Base,
    Chain,
    Contact,
    ContractKind,
    Invitation,
    LedgerEvent,
    Member,
    OfficialSeal,
    OperationEntry,
    Organisation,
)
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office
from webapp.login import now

pytestmark = pytest.mark.usefixtures("without_token")
CONTACT = {
    "name": "結市", "name_en": "Musubi City", "department": "契約課",
    "phone": "03-1234-5678", "mail": "keiyaku@musubi.example",
}  # fmt: skip


@pytest.fixture
def admin(office: Office) -> FlaskClient:
    return office.browser("admin")


def newest(admin: FlaskClient, language: str = "ja") -> str:
    """The newest change of settings, as a row of the page."""
    admin.post("/language", data={"language": language})
    page = checked(admin.get("/admin/log?what=settings"))
    row = page.select_one("tbody tr")
    assert row is not None
    return " ".join(row.get_text(" ").split())


def note(office: Office, what: str, **said: Any) -> None:
    """An entry as it was, or is, written."""
    with office.database.transaction() as session:
        note_change(session, office.members["admin"], now(), what, **said)


def test_names_contacts_and_networks_keep_what_they_were_in_the_log_alone(
    office: Office, admin: FlaskClient
) -> None:
    admin.post("/admin/contact", data=CONTACT)
    admin.post("/admin/contact", data=CONTACT | {"name": "新結市", "phone": "03-9999-0000"})
    row = newest(admin)
    assert "組織名と連絡先：組織名：結市 → 新結市" in row
    assert "電話番号：03-1234-5678 → 03-9999-0000" in row
    assert "Name and contact: Name: 結市 → 新結市" in newest(admin, "en")
    admin.post("/admin/networks", data={"everybody": "127.0.0.0/8 本庁舎"})
    assert "接続元の制限：すべての利用者：― → 127.0.0.0/8 本庁舎" in newest(admin)
    with office.database.transaction() as session:
        lift_networks(session, session.get_one(Organisation, office.organisation), now())
    assert "すべての利用者：127.0.0.0/8 本庁舎 → ―" in newest(admin)
    with office.database.reading() as session:
        said = str([row.data for row in session.query(LedgerEvent)])
    assert "本庁舎" not in said
    assert "03-9999-0000" not in said


def test_the_page_and_the_table_say_the_same_of_retention(
    office: Office, admin: FlaskClient
) -> None:
    admin.post("/admin/retention", data={"years": "20", "month": "4", "closed": "12-29"})
    row = newest(admin)
    for said in ("保存年数：10年 → 20年", "組織の休業日：", "12-30"):
        assert said in row
    assert "Years of retention: 10 years → 20 years" in newest(admin, "en")
    admin.post("/language", data={"language": "ja"})
    answer = admin.get("/admin/log.csv?what=settings")
    lines = list(csv.reader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    answer.close()
    assert "保存年数：10年 → 20年" in lines[-1][5]
    assert lines[-1][5] in row


CASES: list[tuple[str, dict[str, Any], str, str]] = [
    ("late_downloads", {"before": False, "after": True},
     "→ 確認コードを入力すればダウンロードできる", "No → With a code by mail"),
    ("totp", {"before": False, "after": True}, "→ すべての利用者に求める", "→ Demanded of all"),
    ("mandates", {"before": True, "after": False}, "→ 登録がなくても署名できる", "Nobody"),
    ("recipient_domains", {"before": {}, "after": {"allowed": ["a.example", "*.b.example"]}},
     "送信できるドメイン：― → a.example、*.b.example", "a.example, *.b.example"),
    ("recipient_domains", {"before": {"blocked": ["z.example"]},
                           "after": {"blocked": [f"{n}.example" for n in range(10)]}},
     "送信しないドメイン：追加：0.example", "Removed: z.example"),
    ("draft_defaults", {"before": {"demand": "none", "deadline_days": 30},
                        "after": {"demand": "mail", "deadline_days": 14}},
     "相手方に求める方法：求めない（封筒ごとに決める） → 確認コード（メール）", "30 → 14"),
    ("logo", {"before": "", "after": "x", "sha256": "ab12"}, "なし → あり / SHA-256 ab12", "Logo"),
    ("consent", {"before": None, "after": {"version": 2}, "written": 2},
     "求めない → 求める（第2版） / 第2版を作成", "Not asked → Asked (version 2)"),
    ("mail_text", {"part": "sender", "version": 3}, "メールの差出人（第3版）", "version 3"),
    ("sso", {"before": "off", "after": "demanded", "exempt": []}, "→ 求める", "→ Demanded"),
    ("sso", {"protocol": "oidc", "changed": ["removed"]}, "接続を削除", "Connection removed"),
    ("sso", {"changed": ["domain_entered"], "domain": "city.example"}, "ドメインを登録", "Domain"),
    # As older programs wrote them.
    ("networks", {"before": {}, "after": {"everybody": 3, "clerk": 1}},
     "すべての利用者：― → 3件", "All members: ― → 3"),
    ("contact", {"changed": ["name", "contact_phone"]}, "組織名 / 電話番号", "Name / Phone"),
    ("sso", {"protocol": "saml", "changed": ["link", "secret"], "unlinked": 2},
     "認証サーバー", "Client secret changed"),
    ("something new", {"before": 1, "after": 2}, "組織の設定を変更", "settings changed"),
]  # fmt: skip
"""Setting, what an entry says of it, and a part of its row in both languages."""


def test_every_setting_is_told_in_both_languages(office: Office, admin: FlaskClient) -> None:
    for what, said, _, _ in CASES:
        note(office, what, **said)
    for language, place in (("ja", 2), ("en", 3)):
        admin.post("/language", data={"language": language})
        page = checked(admin.get("/admin/log?what=settings&order=asc&sort=at"))
        rows = [" ".join(row.get_text(" ").split()) for row in page.select("tbody tr")]
        assert len(rows) == len(CASES)
        for case, row in zip(CASES, rows, strict=True):
            assert case[place] in row  # type: ignore[operator]


def test_a_connection_says_from_what_to_what_and_no_secret(
    office: Office, admin: FlaskClient
) -> None:
    link = {"issuer": "https://a.example", "client_id": "one", "certificates": ["PEM one"]}
    with office.database.transaction() as session:
        for issuer, name in (("https://a.example", "庁内"), ("https://b.example", "新しい庁内")):
            wanted = CheckedConnection(name, link | {"issuer": issuer}, {"relinks": False})
            secret = sso.Secret(b"very secret bytes", keeps=False)
            sso.save(session, office.members["admin"], Protocol.SAML, wanted, secret, now())
    row = newest(admin)
    assert "発行者：https://a.example → https://b.example" in row
    assert "ボタンに表示する名前：庁内 → 新しい庁内" in row
    assert "クライアントシークレットを変更" in row
    with office.database.reading() as session:
        kept = str([row.data for row in session.query(OperationEntry)])
    assert "very secret" not in kept
    assert "PEM" not in kept


def things(organisation_id: UUID, by: UUID) -> dict[str, Base]:
    """One of each, by the key that names it; all are called 〇〇."""
    common: dict[str, Any] = {"organisation_id": organisation_id}
    called = common | {"name": "〇〇"}
    texts = (
        "kana", "mail", "company", "corporate_number", "partner_code", "department", "title",
        "postal_code", "address", "phone", "note", "mail_even", "company_even", "person_even",
        "searched",
    )  # fmt: skip
    return {
        "chain": Chain(**called, version=9, definition={}, created_at=now()),
        "kind": ContractKind(**called, name_even="〇〇", created_at=now()),
        "contact": Contact(
            **called, **dict.fromkeys(texts, ""), language="ja", revision=1, changed_at=now()
        ),
        "seal": OfficialSeal(
            **called, mm=20, members=[], departments=[], roles=[], size=1, created_by=by,
            created_at=now(),
        ),
        "invitation": Invitation(
            **common, mail="〇〇@city.example", invited_by=by, invited_at=now()
        ),
    }  # fmt: skip


def noted(office: Office, owner: str) -> set[str]:
    """An entry about each of them, in the city's log."""
    with office.database.transaction() as session:
        boss = session.get_one(Member, office.members[owner].id)
        found = things(boss.organisation_id, boss.id)
        session.add_all(found.values())
        session.flush()
        for key, row in found.items():
            ledger.append(
                session, Event.KIND_RETIRED, at=now(), actor="system",
                organisation_id=office.organisation, data={key: row.id},  # type: ignore[attr-defined]
            )  # fmt: skip
    return set(found)


def abouts(admin: FlaskClient) -> list[str]:
    rows = csv.reader(io.StringIO(admin.get("/admin/log.csv").get_data().decode("utf-8-sig")))
    return [row[4] for row in rows if "契約の種類" in row[3]]


def test_every_entry_names_what_it_is_about(office: Office, admin: FlaskClient) -> None:
    keys = noted(office, "admin")
    found = abouts(admin)
    assert len(found) == len(keys)
    assert all("〇〇" in about for about in found)


def test_what_is_of_elsewhere_is_named_nowhere(office: Office, admin: FlaskClient) -> None:
    noted(office, "neighbour")
    assert set(abouts(admin)) == {""}


def test_a_department_that_is_gone_is_still_named(office: Office, admin: FlaskClient) -> None:
    with office.database.transaction() as session:
        boss = session.get_one(Member, office.members["admin"].id)
        room = departments.save(session, boss, None, "11", "道路課", now())
        departments.remove(session, boss, room, now())
    rows = checked(admin.get("/admin/log?what=people")).select("tbody tr")
    assert all("道路課" in row.get_text() for row in rows[:2])
