"""私の対応待ち: what waits for a member, and why some of it is opened one by one.

Several are acted on at once only where the single page would ask for nothing but the act itself.
"""

from enum import StrEnum

from domain.refusals import Words


class Show(StrEnum):
    """What the list is narrowed to; stands in the URL."""

    ALL = "all"
    APPROVE = "approve"
    SIGN = "sign"
    DEPUTY = "deputy"
    GATE = "gate"


SHOW_WORDS: dict[Show, Words] = {
    Show.ALL: Words("すべて", "All"),
    Show.APPROVE: Words("承認・確認", "To approve or review"),
    Show.SIGN: Words("署名", "To sign"),
    Show.DEPUTY: Words("代決", "As deputy"),
    Show.GATE: Words("条件待ち（議決など）", "Gates (resolutions)"),
}


class Alone:
    """Why an envelope is opened by itself, in words."""

    FACTOR = Words(
        "この封筒では、開くときと手続きのときに本人確認（コードやパスキー）が必要です",
        "it asks for an identity check (a code or a passkey) when it is opened and at the act",
    )
    FIELDS = Words("記入する欄があります", "it has fields to fill in")
    LOOK = Words(
        "文書に表示する署名が、まだ用意できていません",
        "the signature that its pages show is not ready",
    )
    NEWS = Words(
        "訂正または差し戻しのあとの依頼です。理由を読んでから手続きします",
        "it was corrected or sent back, and says why before you act",
    )
    HANDOVER = Words("担当の方を指名する依頼です", "it asks you to name somebody")
    GATE = Words(
        "番号と日付を封筒のページで登録します",
        "its number and date are entered on the envelope's page",
    )
    NOT_NOW = Words("いまは手続きできません", "nothing can be done now")
