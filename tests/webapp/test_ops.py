"""The operations page: everything about the machinery, nothing about the contract."""

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest

from storage.tables import Act, Hindrance, Notice, Slot
from tests.webapp.pages import check_page
from tests.webapp.stack import Office, form
from webapp.gateway import PendingStep


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
