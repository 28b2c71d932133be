"""The operations page: everything about the machinery, nothing about the contract."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event

from domain.lists import Asked
from storage.sending import ENVELOPE
from storage.tables import (
    Act,
    Consent,
    ConsentVersion,
    Deletion,
    Disclosure,
    Envelope,
    Hindrance,
    Notice,
    OutboxItem,
    Participant,
    Slot,
    Verification,
)
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form
from webapp.gateway import PendingStep
from webapp.ops.queries import SORTS, overview
from webapp.ops.views import START_WORDS, STILL_WORDS
from workers.relay import ORDERS


@pytest.fixture
def path(office: Office) -> str:
    """A running envelope that waits for everything at once."""
    path = office.sent(office.browser("clerk"))
    office.change(path, state="running")
    envelope_id, now = UUID(path.rpartition("/")[2]), datetime.now(UTC)
    with office.database.transaction() as session:
        slot = session.query(Slot).first()
        assert slot is not None
        slot.state, slot.asked_at = "asked", now
        common = {"envelope_id": envelope_id}
        session.add(Hindrance(kind="timestamp", reason="tsa_unavailable", since=now, **common))
        session.add(
            Notice(
                once="x",
                kind="request",
                occasion="stage",
                language="ja",
                message_id="<x>",
                attempts=4,
                last_error="SMTP 451",
                queued_at=now,
                participant_id=slot.participant_id,
                **common,
            )
        )
        session.add(
            Act(
                nonce="n",
                kind="sign",
                version=1,
                version_sha256="0" * 64,
                values_sha256="0" * 64,
                evidence={},
                posted_at=now,
                **common,
            )
        )
    return path


def test_it_says_what_each_envelope_waits_for_and_since_when(office: Office, path: str) -> None:
    now = datetime.now(UTC)
    office.gateway.steps = [PendingStep("stamp_signatures", 7, now, None, "TsaUnavailable")]
    text = check_page(office.browser("operator").get("/ops")).get_text()
    for part in (
        "人の対応待ち",
        "タイムスタンプ局の応答待ち",
        "tsa_unavailable",
        "メールの送信待ち",
        "4回試行",
        "SMTP 451",
        "受付した操作の処理待ち",
        "封筒の処理の開始待ち",
        "stamp_signatures",
        "7回目",
        "TsaUnavailable",
        "JST",
    ):
        assert part in text, part


@pytest.mark.parametrize("page", ["/ops", "/ops/live"])
def test_an_operator_sees_no_document_no_title_and_no_name(
    office: Office, path: str, page: str
) -> None:
    text = office.browser("operator").get(page).text
    for value in (form()["title"], "契約書.pdf", "山田", "鈴木", "yamada", "suzuki", "田中"):
        assert value not in text


def test_what_is_done_is_shown_first_while_it_needs_an_operator(office: Office, path: str) -> None:
    done, now = office.sent(office.browser("clerk")), datetime.now(UTC)
    office.change(done, state="done")
    done_id = UUID(done.rpartition("/")[2])
    assert len(_numbers(office, "")) == 1
    reason = f"renewal_invalid:{done_id}"
    with office.database.transaction() as session:
        session.add(Hindrance(envelope_id=done_id, kind="operator", reason=reason, since=now))
        number = session.get_one(Envelope, done_id).number
    page = check_page(office.browser("operator").get("/ops"))
    rows = [row.get_text() for row in page.select("#running tr") if row.select("td")]
    assert len(rows) == 2
    for part in (number, "完了", "要対応", reason):
        assert part in rows[0], part
    assert _numbers(office, "state=running") == [
        row for row in _numbers(office, "") if row != number
    ]
    assert _numbers(office, f"q={number}") == [number]
    text = check_page(office.browser("clerk").get(done)).get_text()
    assert "長期保管用データの更新を検証できなかった文書があります" in text
    with office.database.transaction() as session:
        session.query(Hindrance).filter_by(reason=reason).one().ended_at = now
    assert len(_numbers(office, "")) == 1


def test_every_order_of_the_relay_has_words(office: Office) -> None:
    assert START_WORDS.keys() == {*ORDERS, ENVELOPE}
    with office.database.transaction() as session:
        for kind in START_WORDS:
            session.add(OutboxItem(kind=kind, subject_id=uuid4(), created_at=datetime.now(UTC)))
    text = check_page(office.browser("operator").get("/ops")).select_one("#outbox")
    assert text is not None
    for said in START_WORDS.values():
        assert said.ja in text.get_text()


def test_an_import_that_waits_for_its_time_stamp_says_so_and_its_own_workflow_is_asked(
    office: Office, path: str
) -> None:
    imported = UUID(path.rpartition("/")[2])
    other = office.sent(office.browser("clerk"))
    office.change(other, state="running")
    office.change(path, state="stamping")
    with office.database.transaction() as session:
        session.query(Hindrance).delete()
    page = check_page(office.browser("operator").get("/ops?state=stamping"))
    row = page.select("#running tbody tr")[0].get_text()
    assert "タイムスタンプ局の応答待ち" in row
    assert office.gateway.looked_into == [f"import-{imported}"]
    office.browser("operator").get("/ops?state=running")
    assert office.gateway.looked_into[1:] == [f"envelope-{other.rpartition('/')[2]}"]


def test_a_consent_that_waits_for_its_time_stamp_is_shown(office: Office, path: str) -> None:
    with office.database.transaction() as session:
        person = session.query(Participant).filter_by(envelope_id=UUID(path[-36:])).first()
        assert person is not None
        version = ConsentVersion(
            organisation_id=office.organisation,
            version=1,
            ja="承諾します",
            lasting=False,
            sha256="0" * 64,
            created_by=office.members["clerk"].id,
            created_at=datetime.now(UTC),
        )
        session.add(version)
        session.flush()
        consent = Consent(
            nonce="said",
            kind="given",
            organisation_id=office.organisation,
            envelope_id=person.envelope_id,
            party_id=person.party_id,
            participant_id=person.id,
            version_id=version.id,
            means=1,
            language="ja",
            mail="x@example.jp",
            evidence={},
            statement="{}",
            statement_sha256="0" * 64,
            at=datetime.now(UTC),
        )
        session.add(consent)
        session.flush()
        consent_id = consent.id

    def said() -> str:
        row = check_page(office.browser("operator").get("/ops")).select_one("#running tbody tr")
        assert row is not None
        return row.get_text()

    assert "承諾のタイムスタンプ待ち" in said()
    with office.database.transaction() as session:
        session.get_one(Consent, consent_id).token = b"a token"
    assert "承諾のタイムスタンプ待ち" not in said()


def test_verifications_zips_and_deletions_that_stand_still_are_shown(
    office: Office, path: str
) -> None:
    now, member = datetime.now(UTC), office.members["clerk"]
    envelope_id = UUID(path.rpartition("/")[2])
    whose = {"organisation_id": office.organisation, "member_id": member.id, "language": "ja"}
    with office.database.transaction() as session:
        for moved in (now, now - timedelta(minutes=6)):
            run = Verification(asked={}, asked_at=now, moved_at=moved, **whose)
            session.add(run)
            session.flush()
            session.add(
                Disclosure(run_id=run.id, conditions={}, asked_at=now, moved_at=moved, **whose)
            )
            session.add(
                Deletion(
                    organisation_id=office.organisation,
                    envelope_id=envelope_id,
                    proposed_by=member.id,
                    proposed_at=now,
                    reason="x",
                    locked_until=now.date(),
                    decision="confirmed",
                    decided_at=moved,
                )
            )
    still = check_page(office.browser("operator").get("/ops")).select("#still li")
    assert len(still) == 3
    for said, row in zip(STILL_WORDS.values(), still, strict=True):
        assert said.ja in row.get_text()


def test_it_works_while_temporal_is_away(office: Office, path: str) -> None:
    office.gateway.away = True
    answer = office.browser("operator").get("/ops")
    assert answer.status_code == 200
    assert "Temporalに接続できません" in check_page(answer).get_text()


@pytest.mark.parametrize("content", ["", "{}", '{"processes": [1]}', "[]"])
def test_a_board_that_is_missing_or_odd_is_told_and_breaks_nothing(
    office: Office, content: str
) -> None:
    (office.folder / "state.json").write_text(content)
    answer = office.browser("operator").get("/ops")
    assert answer.status_code == 200


def test_processes_are_shown_with_state_and_reason(office: Office) -> None:
    board = {
        "processes": {
            "signing": {
                "state": "failing",
                "since": "2026-11-23T08:00:00+00:00",
                "restarts": 3,
                "reason": "the token refuses the PIN",
            }
        }
    }
    (office.folder / "state.json").write_text(json.dumps(board))
    text = check_page(office.browser("operator").get("/ops")).get_text()
    for part in ("signing", "異常", "the token refuses the PIN", "2026-11-23 17:00:00 JST"):
        assert part in text


def _numbers(office: Office, query: str) -> list[str]:
    page = check_page(office.browser("operator").get(f"/ops?{query}"))
    return [tag.get_text() for tag in page.select("#running td strong.number")]


def test_running_envelopes_are_narrowed_sorted_and_paged(office: Office) -> None:
    now, clerk = datetime.now(UTC), office.members["clerk"]
    with office.database.transaction() as session:
        for number in range(60):
            session.add(
                Envelope(
                    organisation_id=office.organisation,
                    number=f"77{number:08}",
                    state="sent_back" if number < 3 else "running",
                    created_by=clerk.id,
                    created_at=now,
                    changed_at=now - timedelta(minutes=number),
                )
            )
        session.flush()
        stuck = session.query(Envelope).filter_by(number="7700000007").one()
        session.add(Hindrance(envelope_id=stuck.id, kind="operator", reason="x", since=now))
    assert _numbers(office, "")[:2] == ["7700000007", "7700000059"]
    assert len(_numbers(office, "")) == 50
    assert len(_numbers(office, "page=2")) == 10
    assert _numbers(office, "sort=number")[:2] == ["7700000007", "7700000000"]
    assert _numbers(office, "state=sent_back") == [f"770000000{number}" for number in (2, 1, 0)]
    assert _numbers(office, "q=770000005&order=desc")[0] == "7700000050"
    assert len(_numbers(office, "sort=x&state=done&page=0")) == 50
    for nothing in ("%25", "7x", "77000000001"):
        assert _numbers(office, f"q={nothing}") == []
    with office.database.transaction() as session:
        for row in session.query(Envelope).filter(Envelope.number >= "7700000008"):
            if row.number <= "7700000058":
                session.add(Hindrance(envelope_id=row.id, kind="operator", reason="x", since=now))
    for order, first, others in (
        ("asc", range(7, 59), [*range(7), 59]),
        ("desc", range(58, 6, -1), [59, *range(6, -1, -1)]),
    ):
        found = _numbers(office, f"sort=number&order={order}")
        found += _numbers(office, f"sort=number&order={order}&page=2")
        assert found == [f"77{number:08}" for number in (*first, *others)]


def test_a_page_that_renews_itself_sorts_no_more_than_it_shows(office: Office) -> None:
    said: list[tuple[str, Any]] = []

    def caught(*of: Any) -> None:
        said.append((of[2], of[3]))

    with office.database.reading() as session:
        connection = session.connection()
        server = connection.dialect.name == "postgresql"
        event.listen(connection, "before_cursor_execute", caught)
        overview(session, Asked.read({}, SORTS))
        event.remove(connection, "before_cursor_execute", caught)
        queries = [one for one in said if "hindrances" in one[0] and "envelopes" in one[0]]
        assert queries
        if server:  # of few rows it would read the table whole
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
            connection.exec_driver_sql("SET LOCAL enable_bitmapscan = off")
        for query, values in queries:
            how = "EXPLAIN " if server else "EXPLAIN QUERY PLAN "
            rows = connection.exec_driver_sql(how + query, values).all()
            plan = "\n".join(str(row[-1]) for row in rows)
            # What hinders is looked up once, not again for each running envelope.
            assert "CORRELATED" not in plan, plan
            assert plan.count("SubPlan") == 2 * plan.count("(NOT (hashed SubPlan"), plan
            assert "UNION ALL" not in plan or "ix_envelopes_state_changed_at" in plan, plan
