"""What the register calls its values: the same on pages and in tables that leave the service."""

from datetime import date

from domain import states
from domain.deals import Relation
from domain.kinds import EnvelopeState
from domain.refusals import Words

VALUE_WORDS = {
    "made_on": Words("取引年月日", "Date of the transaction"),
    "amount": Words("取引金額", "Amount"),
    "partner": Words("取引先", "Partner"),
    "partner_code": Words("取引先コード", "Partner code"),
    "kind": Words("契約の種類", "Kind of contract"),
    "contract_number": Words("契約番号", "Contract number"),
    "begins_on": Words("契約期間の始まり", "Term begins"),
    "ends_on": Words("契約期間の終わり", "Term ends"),
    "renews": Words("自動更新", "Renews by itself"),
    "notice_days": Words("解約通知の期限", "Notice to end it"),
    "relation": Words("元の契約との関係", "Relation to an earlier contract"),
    "earlier": Words("元の契約の封筒番号", "Envelope number of the earlier contract"),
    "received_on": Words("受領日", "Received on"),
    "retention_years": Words("保存年数", "Years of retention"),
}
RELATIONS = {
    Relation.AMENDS: Words("変更契約（元は原契約）", "Amendment of it"),
    Relation.MAIN: Words("本契約（元は仮契約）", "Main contract after a provisional one"),
    Relation.RENEWS: Words("更新契約（元は更新前の契約）", "Renewal of it"),
    Relation.BELONGS: Words("同じ案件の契約（覚書、個別契約など）", "Contract of the same matter"),
}
"""What a contract is to the earlier one."""
NUMBER = Words("封筒番号", "Envelope number")
TITLE = Words("封筒名", "Title")
TEXT = Words("文書の本文", "Text of documents")
STATE = Words("状態", "State")
SENT = Words("送信日時", "Sent")
ENDED = Words("終了日時", "Ended")
UNDER_WAY = Words("進行中", "In progress")


def state_words(state: EnvelopeState) -> Words:
    """Whom it waits for is for pages; a table says that it is under way."""
    found = states.state_words(state, ())
    return states.WORDS[found[0]] if found else UNDER_WAY


def plain_value(value: object) -> str:
    """A value as a cell; the caller guards texts against formulas."""
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    return value.isoformat() if isinstance(value, date) else str(value)
