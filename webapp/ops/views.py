"""The operations page and its live part."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, render_template, request

from domain.choices import chosen
from domain.kinds import EnvelopeState
from domain.names import envelope_workflow_id, import_workflow_id
from domain.refusals import Words
from webapp.gateway import GatewayUnavailable, OpenWorkflow, PendingStep
from webapp.language import words
from webapp.lists import asked, here_of
from webapp.ops.processes import processes
from webapp.ops.queries import RUNNING, SORTS, Overview, RunningRow, overview
from webapp.security import may
from webapp.state import state

blueprint = Blueprint("ops", __name__, url_prefix="/ops")

LOOKED_INTO = 20
"""Envelopes whose workflow is asked about its steps: each is a call to Temporal."""

STATE_WORDS: dict[EnvelopeState, Words] = {
    EnvelopeState.DRAFT: Words("下書き", "Draft"),
    EnvelopeState.SENDING: Words("送信準備中", "Sending"),
    EnvelopeState.RUNNING: Words("進行中", "Running"),
    EnvelopeState.SENT_BACK: Words("差し戻し", "Sent back"),
    EnvelopeState.COMPLETING: Words("完了処理中", "Completing"),
    EnvelopeState.DONE: Words("完了", "Done"),
    EnvelopeState.IMPORTING: Words("取込の確認中", "Import being checked"),
    EnvelopeState.DELETED: Words("削除済み", "Deleted"),
    EnvelopeState.DISCARDED: Words("破棄", "Discarded"),
    EnvelopeState.STAMPING: Words("取込のタイムスタンプ待ち", "Imported, awaiting its time-stamp"),
    EnvelopeState.DECLINED: Words("辞退", "Declined"),
    EnvelopeState.WITHDRAWN: Words("取り下げ", "Withdrawn"),
    EnvelopeState.EXPIRED: Words("期限切れ", "Expired"),
}
WAIT_WORDS = {
    "person": Words("人の対応待ち", "Waits for a person"),
    "gate": Words("議決などの登録待ち", "Waits for a resolution to be entered"),
    "effect": Words("署名の付与待ち", "Waits for a signature to be made"),
    "act": Words("受付した操作の処理待ち", "Act not answered yet"),
    "timestamp": Words("タイムスタンプ局の応答待ち", "Waits for the TSA"),
    "consent": Words("承諾のタイムスタンプ待ち", "A consent waits for its time-stamp"),
    "operator": Words("要対応", "Needs an operator"),
    "mail": Words("メールの送信待ち", "Mail not sent yet"),
    "mail_failed": Words("メールを送信できない", "Mail failed"),
    "mail_bounced": Words("メールが不達", "Mail undelivered"),
}
START_WORDS = {
    "envelope": Words("封筒の処理の開始待ち", "Envelope workflow not started"),
    "intake": Words("文書の検査の開始待ち", "Document check not started"),
    "repair": Words("文書の修復の開始待ち", "Document repair not started"),
    "attachment": Words("添付ファイルの検査の開始待ち", "Check of an attached file not started"),
    "stamp": Words("印影の画像の処理の開始待ち", "Cleaning of a stamp image not started"),
    "invitation": Words("招待メールの送信の開始待ち", "Invitation not mailed yet"),
    "password_reset": Words(
        "パスワード再設定のメールの送信の開始待ち", "Mail about a new password not sent yet"
    ),
    "code": Words("認証コードの送信の開始待ち", "One-time code not sent yet"),
    "mailbox": Words(
        "「あなたの文書」のコードの送信の開始待ち", "Code of a mailbox not mailed yet"
    ),
    "factor_reset": Words(
        "2段階認証の解除のお知らせの開始待ち", "Mail about a reset second factor not begun"
    ),
    "consent": Words("承諾のタイムスタンプの開始待ち", "Time-stamping of a consent not started"),
    "import": Words("取込のタイムスタンプの開始待ち", "Time-stamping of an import not started"),
    "archive": Words("長期保管用データの更新の開始待ち", "Archive renewal not started"),
    "verification": Words("期間の検証の開始待ち", "Verification of a period not started"),
    "disclosure": Words("提出用ZIPの作成の開始待ち", "ZIP for the tax office not started"),
    "deletion": Words("データの削除の開始待ち", "Removal of deleted data not started"),
}
"""Of each kind of the relay's orders."""
STILL_WORDS = {
    "verification": Words("期間の検証が進んでいない", "Verification of a period stands still"),
    "disclosure": Words("提出用ZIPの作成が進んでいない", "ZIP for the tax office stands still"),
    "deletion": Words("データの削除が進んでいない", "Removal of deleted data stands still"),
}
"""Of what was started, and has not moved for minutes."""
PROCESS_WORDS = {
    "up": Words("稼働中", "up"),
    "starting": Words("起動中", "starting"),
    "failing": Words("異常", "failing"),
    "stopped": Words("停止", "stopped"),
}


def _text(table: Mapping[str, Words], key: str) -> str:
    return words(table[key]) if key in table else key


@blueprint.get("")
@may("operations.read")
def overview_page() -> str:
    """Everything that runs and what it waits for."""
    return render_template("ops/overview.html", **_values())


@blueprint.get("/live")
@may("operations.read", keeps_awake=False)
def live() -> str:
    """The moving part again."""
    return render_template("ops/live.html", **_values())


def _values() -> dict[str, object]:
    wishes, wanted = asked(SORTS), chosen(EnvelopeState, request.args.get("state", ""), None)
    shown = wanted.value if wanted in RUNNING and wanted is not None else ""
    query = wishes.as_query() | ({"state": shown} if shown else {})
    with state().database.reading() as session:
        found = overview(session, wishes, wanted)
    workflows, steps, reachable = _temporal(found)
    return {
        "found": found,
        "asked": wishes,
        "shown": shown,
        "running_states": RUNNING,
        "here": here_of("ops.overview_page", query),
        "processes": processes(state().settings.run_dir),
        "workflows": workflows,
        "steps": steps,
        "reachable": reachable,
        "temporal_url": state().settings.temporal_ui_url,
        "ops_state_text": lambda key: words(STATE_WORDS[key]),
        "wait_text": lambda key: _text(WAIT_WORDS, key),
        "start_text": lambda key: _text(START_WORDS, key),
        "still_text": lambda key: _text(STILL_WORDS, key),
        "process_text": lambda key: _text(PROCESS_WORDS, key),
    }


def _temporal(
    found: Overview,
) -> tuple[list[OpenWorkflow], dict[UUID, list[PendingStep]], bool]:
    """Running workflows and the steps of the first envelopes; nothing when Temporal is silent."""
    try:
        workflows = state().gateway.open_workflows()
        steps = {row.envelope_id: _steps(row) for row in found.running.rows[:LOOKED_INTO]}
    except GatewayUnavailable:
        return [], {}, False
    return workflows, steps, True


def _steps(row: RunningRow) -> list[PendingStep]:
    """Of whichever workflow carries it."""
    imported = row.state is EnvelopeState.STAMPING
    name = import_workflow_id if imported else envelope_workflow_id
    return state().gateway.pending(name(row.envelope_id))
