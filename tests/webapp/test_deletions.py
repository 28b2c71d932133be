"""保存期間と削除 in the browser: locked, then proposed by one and confirmed by another."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from bs4 import BeautifulSoup
from flask.testing import FlaskClient

from domain.kinds import EnvelopeState
from storage import deals
from storage.tables import Deal, Envelope, Organisation
from tests.webapp.signer.pages import checked
from tests.webapp.stack import Office

pytestmark = pytest.mark.usefixtures("without_token")

LONG_AGO = datetime(2010, 5, 1, tzinfo=UTC)


def ended(office: Office, clerk: FlaskClient, at: datetime = LONG_AGO) -> str:
    """The path of an envelope that was concluded then."""
    path = office.sent(clerk)
    office.change(path, state=EnvelopeState.DONE.value, ended_at=at)
    return path


def state_of(office: Office, path: str) -> str:
    with office.database.reading() as session:
        return session.get_one(Envelope, UUID(path.rpartition("/")[2])).state


def seen(page: BeautifulSoup) -> dict[str, str]:
    """The proposal that a page shows, as its forms send it."""
    found = page.select_one("input[name=deletion]")
    assert found is not None
    return {"deletion": str(found["value"])}


def test_what_is_locked_says_until_when(office: Office, clerk: FlaskClient) -> None:
    path = ended(office, clerk, datetime(2026, 11, 29, tzinfo=UTC))
    assert f"{path}/deletion" in clerk.get(path).text
    page = checked(clerk.get(f"{path}/deletion"))
    assert "2037年5月31日まで削除できません" in page.get_text()
    assert page.select_one("textarea") is None
    assert clerk.post(f"{path}/deletion", data={"reason": "x"}).status_code == 422
    running = office.sent(clerk)
    assert "手続きが終わっていない" in checked(clerk.get(f"{running}/deletion")).get_text()


def test_one_proposes_and_another_deletes(office: Office, clerk: FlaskClient) -> None:
    path = ended(office, clerk)
    empty = clerk.post(f"{path}/deletion", data={"reason": " "})
    assert empty.status_code == 422
    assert checked(empty).select_one("#reason-error") is not None
    assert clerk.post(f"{path}/deletion", data={"reason": "満了"}).status_code == 303
    own = checked(clerk.get(f"{path}/deletion"))
    assert "申請を取り下げる" in own.get_text()
    assert "承認して削除する" not in own.get_text()
    shown = seen(own)
    assert clerk.post(f"{path}/deletion/confirm", data=shown).status_code == 422
    admin = office.browser("admin")
    assert "満了" in checked(admin.get("/deals/deletions")).get_text()
    assert "承認して削除する" in checked(admin.get(f"{path}/deletion")).get_text()
    stranger = office.browser("neighbour")
    assert stranger.get(f"{path}/deletion").status_code == 404
    assert stranger.post(f"{path}/deletion/confirm").status_code == 404
    for unread in ({}, {"deletion": str(uuid4())}):  # another proposal than the one that waits
        assert admin.post(f"{path}/deletion/confirm", data=unread).status_code == 303
        assert state_of(office, path) == EnvelopeState.DONE
    assert admin.post(f"{path}/deletion/confirm", data=shown).status_code == 303
    assert state_of(office, path) == EnvelopeState.DELETED
    assert clerk.get(path).location == f"{path}/deletion"
    stone = checked(clerk.get(f"{path}/deletion"))
    assert "SHA-256" in stone.get_text()
    assert "満了" in stone.get_text()
    for gone in ("/evidence.json", "/deal", "/live", "/documents"):
        assert clerk.get(f"{path}{gone}").status_code == 404
    assert path.rpartition("/")[2] not in clerk.get("/envelopes").text
    assert "削除済み" in checked(clerk.get("/deals")).get_text()
    assert "満了" in checked(clerk.get("/deals/deletions?shown=all")).get_text()
    assert admin.post(f"{path}/deletion/confirm", data=shown).status_code == 303  # once is enough


def test_another_may_refuse(office: Office, clerk: FlaskClient) -> None:
    path = ended(office, clerk)
    clerk.post(f"{path}/deletion", data={"reason": "満了"})
    admin = office.browser("admin")
    shown = seen(checked(admin.get(f"{path}/deletion")))
    assert admin.post(f"{path}/deletion/refuse", data=shown).status_code == 422
    told = shown | {"decision_reason": "訴訟のため"}
    assert admin.post(f"{path}/deletion/refuse", data=told).status_code == 303
    assert "訴訟のため" in checked(clerk.get(f"{path}/deletion")).get_text()
    assert state_of(office, path) == EnvelopeState.DONE


def test_the_second_person_reads_who_shortened_the_retention(
    office: Office, clerk: FlaskClient
) -> None:
    path = ended(office, clerk)
    envelope_id = UUID(path.rpartition("/")[2])
    for years, reason in ((30, "長期の契約"), (None, "誤記のため")):
        with office.database.transaction() as session:
            row = session.get_one(Deal, envelope_id)
            deals.change(
                session, session.get_one(Envelope, envelope_id),
                replace(deals.deal_of(row), retention_years=years),
                member=office.members["clerk"], reason=reason, revision=row.revision,
                now=datetime.now(UTC),
            )  # fmt: skip
    admin = office.browser("admin")
    admin.post(f"{path}/deletion", data={"reason": "満了"})
    own = checked(clerk.get(f"{path}/deletion"))
    assert "承認して削除する" not in own.get_text()
    assert "保存期間を短くしたため、承認できません" in own.get_text()
    assert own.select_one("form[action$=refuse] textarea") is not None
    assert clerk.post(f"{path}/deletion/confirm", data=seen(own)).status_code == 422
    assert admin.post(f"{path}/deletion/refuse", data=seen(own)).status_code == 303
    clerk.post(f"{path}/deletion", data={"reason": "満了"})
    page = checked(admin.get(f"{path}/deletion"))
    told = page.select_one("#moves")
    assert told is not None
    text = " ".join(told.get_text().split())
    for said in ("（2件）", "田中 花子", "30年 → ―", "2041年5月31日 → 2021年5月31日", "誤記のため"):
        assert said in text
    assert text.count("短縮 田中") == 1
    blind = admin.post(f"{path}/deletion/confirm", data=seen(page))
    assert blind.status_code == 422
    assert checked(blind).select_one("a[href='#moves']") is not None
    moved = page.select_one("input[name=moved]")
    assert moved is not None
    data = seen(page) | {"moved": str(moved["value"])}
    assert admin.post(f"{path}/deletion/confirm", data=data).status_code == 303
    stone = checked(clerk.get(f"{path}/deletion"))
    assert "誤記のため" in str(stone.select_one("#moves"))


def test_an_administrator_sets_years_and_days_off(office: Office) -> None:
    admin = office.browser("admin")
    page = checked(admin.get("/admin/retention"))
    area = page.select_one("#closed")
    assert area is not None
    assert area.get_text().split() == ["12-29", "12-30", "12-31", "01-02", "01-03"]
    wrong = admin.post("/admin/retention", data={"years": "5", "month": "13", "closed": "お盆"})
    assert wrong.status_code == 422
    assert all(checked(wrong).select_one(f"#{name}-error") for name in ("years", "month", "closed"))
    typed = {"years": "20", "month": "1", "closed": "12-29\n2026-08-14"}
    assert admin.post("/admin/retention", data=typed).status_code == 303
    with office.database.reading() as session:
        row = session.get_one(Organisation, office.organisation)
        assert (row.retention_years, row.fiscal_month) == (20, 1)
        assert row.closed_days == ["12-29", "2026-08-14"]
    assert office.browser("clerk").get("/admin/retention").status_code == 403


def test_both_people_see_what_hangs_on_a_contract_before_it_goes(
    office: Office, clerk: FlaskClient
) -> None:
    """An amendment, and what amends that; not a contract that was deleted itself."""
    path, others = ended(office, clerk), [office.sent(clerk) for _ in range(3)]
    numbers = [
        link(office, one, title) for one, title in zip([path, *others], "元甲乙丙", strict=True)
    ]
    relate(office, others[0], numbers[0], "amends")
    admin = office.browser("admin")
    page = checked(clerk.get(f"{path}/deletion"))
    assert [row.get_text(" ", strip=True) for row in page.select("#hanging li")] == [
        f"{numbers[1]} 甲 変更契約（元は原契約）"
    ]
    read = {"reason": "満了", "hanging": hanging(page)}
    relate(office, others[1], numbers[1], "amends")
    relate(office, others[2], numbers[0], "belongs", state=EnvelopeState.DELETED.value)
    stale = clerk.post(f"{path}/deletion", data=read)
    assert stale.status_code == 422
    page = checked(stale)
    assert "一覧を確かめて" in page.get_text()
    assert [row.select_one(".number").text for row in page.select("#hanging li")] == numbers[1:3]  # type: ignore[union-attr]
    assert clerk.post(f"{path}/deletion", data=read | {"hanging": hanging(page)}).status_code == 303
    page = checked(admin.get(f"{path}/deletion"))
    assert len(page.select("#hanging li")) == 2
    shown = seen(page)
    assert admin.post(f"{path}/deletion/confirm", data=shown).status_code == 422
    assert state_of(office, path) == EnvelopeState.DONE
    shown["hanging"] = hanging(page)
    assert admin.post(f"{path}/deletion/confirm", data=shown).status_code == 303
    stone = checked(clerk.get(f"{path}/deletion")).get_text()
    assert "削除したときに続いていた契約" in stone
    assert all(number in stone for number in numbers[:3])


def link(office: Office, path: str, title: str) -> str:
    """The number of an envelope that is called so from now on."""
    office.change(path, title=title)
    with office.database.reading() as session:
        return str(session.get_one(Envelope, UUID(path.rpartition("/")[2])).number)


def relate(office: Office, path: str, earlier: str, relation: str, state: str = "done") -> None:
    office.change(path, state=state)
    with office.database.transaction() as session:
        row = session.get_one(Deal, UUID(path.rpartition("/")[2]))
        row.earlier, row.relation = earlier, relation


def hanging(page: BeautifulSoup) -> str:
    found = page.select_one("input[name=hanging]")
    assert found is not None
    return str(found["value"])
