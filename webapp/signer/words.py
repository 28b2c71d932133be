"""Words that depend on who is asked for what."""

from collections.abc import Callable
from typing import NamedTuple

from domain.kinds import EnvelopeState, FieldKind, SlotKind
from storage.standing import Holder, Standing
from webapp.language import moment, say
from webapp.signer.visiting import by_login


class RoleWords(NamedTuple):
    """How the pages call one kind of act."""

    noun: str
    self: str
    request: str
    begin: str
    finish: str
    done: str
    working: str
    refuse: str
    refused: str
    effect: str


def role_words(holder: Holder) -> RoleWords:
    """For the act that is asked of the holder, in the reader's language."""
    return words_of(holder.slot_kind)


def words_of(kind: SlotKind) -> RoleWords:
    """For one kind of slot."""
    if kind is SlotKind.SIGN:
        return _signing()
    return _approving() if kind is SlotKind.APPROVE else _confirming()


def _signing() -> RoleWords:
    return RoleWords(
        noun=say("署名"),
        self=say("自分で署名する"),
        request=say("署名のご依頼"),
        begin=say("署名をはじめる"),
        finish=say("署名手続きを完了する"),
        done=say("署名済み"),
        working=say("署名処理中"),
        refuse=say("署名しない"),
        refused=say("署名しないことを受け付けました"),
        effect=say(
            "すべての文書に、あなたの意思による電子署名とタイムスタンプが付きます。"
            "不可視署名のため、文書の見た目は変わりません。"
        ),
    )


def _approving() -> RoleWords:
    return RoleWords(
        noun=say("承認"),
        self=say("自分で承認する"),
        request=say("承認のご依頼"),
        begin=say("承認をはじめる"),
        finish=say("承認する"),
        done=say("承認済み"),
        working=say("承認処理中"),
        refuse=say("承認しない"),
        refused=say("承認しないことを受け付けました"),
        effect=say("承認したことが、日時とともに操作ログに記録されます。"),
    )


def _confirming() -> RoleWords:
    return RoleWords(
        noun=say("確認"),
        self=say("自分で確認する"),
        request=say("確認のご依頼"),
        begin=say("確認をはじめる"),
        finish=say("確認を完了する"),
        done=say("確認済み"),
        working=say("確認処理中"),
        refuse=say("確認しない"),
        refused=say("確認しないことを受け付けました"),
        effect=say("内容を確認したことが、日時とともに操作ログに記録されます。"),
    )


_ENDED_EARLY = frozenset({EnvelopeState.DECLINED, EnvelopeState.WITHDRAWN, EnvelopeState.EXPIRED})
"""Whoever has acted waits for nothing any more."""


class ClosedWords(NamedTuple):
    """Why a link opens nothing now, and what to do."""

    title: str
    advice: str


def closed_words(holder: Holder) -> ClosedWords:
    """For a link that is known and of no use now."""
    if holder.standing is Standing.WAITING and holder.again:
        return _again_words()
    if holder.standing is Standing.ACTED and holder.envelope_state in _ENDED_EARLY:
        return ended_words(holder)
    words = _WAITING_WORDS.get(holder.standing)
    return words() if words is not None else ended_words(holder)


def _acted_words() -> ClosedWords:
    return ClosedWords(
        say("このご依頼の手続きは済んでいます"),
        say(
            "もう一度操作する必要はありません。すべての手続きが完了すると、メールでお知らせします。"
        ),
    )


def _sent_back_words() -> ClosedWords:
    by_list = say(
        "差出人が内容を見直しているため、手続きは止まっています。再開されると「私の対応待ち」に表示され、メールでもお知らせします。"
    )
    by_link = say(
        "差出人が内容を見直しているため、手続きは止まっています。再開されると、メールでお知らせします。同じリンクから続けられます。"
    )
    return ClosedWords(say("差し戻し中です"), by_list if by_login() else by_link)


def _handed_over_words() -> ClosedWords:
    return ClosedWords(
        say("ほかの方に引き継がれています"),
        say("この手続きは、ほかの方に引き継がれました。何もする必要はありません。"),
    )


def _early_words() -> ClosedWords:
    return ClosedWords(
        say("まだあなたの順番ではありません"),
        say("順番が来たら、メールでお知らせします。いまは何もする必要はありません。"),
    )


def _again_words() -> ClosedWords:
    return ClosedWords(
        say("前の段階に差し戻されています"),
        say(
            "前の段階の方に、もう一度手続きをお願いしています。あなたの順番が来たら、あらためてメールでお知らせします。いまは何もする必要はありません。"
        ),
    )


def _released_words() -> ClosedWords:
    return ClosedWords(
        say("対応は不要になりました"),
        say("ほかの方の手続きで必要な数がそろいました。何もする必要はありません。"),
    )


def _correcting_words() -> ClosedWords:
    by_list = say(
        "差出人が文書を訂正しました。新しい文書は、あなたの順番が来たときに「私の対応待ち」に表示されます。"
    )
    by_link = say(
        "差出人が文書を訂正しました。新しい文書の準備ができしだい、新しいリンクをメールでお送りします。"
    )
    return ClosedWords(say("文書が訂正されています"), by_list if by_login() else by_link)


def _corrected_words() -> ClosedWords:
    return ClosedWords(
        say("文書が訂正されたため、このリンクは使えません"),
        say(
            "新しい文書のご案内は、あなたの順番が来たときに別のメールでお送りします。届いているときは、そのメールのリンクからお進みください。"
        ),
    )


_WAITING_WORDS: dict[Standing, Callable[[], ClosedWords]] = {
    Standing.ACTED: _acted_words,
    Standing.SENT_BACK: _sent_back_words,
    Standing.CORRECTING: _correcting_words,
    Standing.CORRECTED: _corrected_words,
    Standing.HANDED_OVER: _handed_over_words,
    Standing.WAITING: _early_words,
    Standing.RELEASED: _released_words,
}
"""Where the envelope goes on without him, or not yet with him."""


def ended_words(holder: Holder) -> ClosedWords:
    """For an envelope that takes no act any more."""
    if holder.standing is Standing.LATE or holder.envelope_state is EnvelopeState.EXPIRED:
        return ClosedWords(
            say("期限を過ぎました"),
            say(
                "この依頼の期限は過ぎているため、手続きはできません。必要な場合は、下の連絡先に再度の送信を依頼してください。"
            ),
        )
    if holder.envelope_state is EnvelopeState.WITHDRAWN:
        return ClosedWords(
            say("この依頼は取り下げられました"),
            say(
                "差出人が依頼を取り下げました。何もする必要はありません。理由は下の連絡先にお尋ねください。"
            ),
        )
    if holder.envelope_state is EnvelopeState.DECLINED:
        return ClosedWords(
            say("この依頼は終了しました"),
            say(
                "関係者のお一人が手続きをしないことを選んだため、この依頼は終了しました。何もする必要はありません。"
            ),
        )
    return ClosedWords(
        say("この依頼の手続きは終了しています"),
        say("何もする必要はありません。ご不明な点は、下の連絡先にお尋ねください。"),
    )


def finished_words(holder: Holder, *, again: bool) -> ClosedWords:
    """For an envelope that everybody has signed; `again`: he can have the documents' link."""
    title = say("すべての手続きが完了しています")
    if again:
        return ClosedWords(
            title,
            say(
                "完了した文書のリンクは、「電子署名完了のお知らせ」のメールにあります。見つからないときは、下のボタンでもう一度受け取れます。"
            ),
        )
    until = holder.envelope.download_until
    return ClosedWords(
        title,
        say(
            "文書をダウンロードできる期間は、%(until)sに終わりました。文書が必要な場合は、下の連絡先に封筒番号を伝えて、PDFの再送を依頼してください。",
            until=moment(until) if until else "",
        ),
    )


_NOUNS = {SlotKind.SIGN: "署名者", SlotKind.APPROVE: "承認者", SlotKind.CONFIRM: "確認者"}


def role_name(kind: SlotKind) -> str:
    """署名者, 承認者, 確認者."""
    return say(_NOUNS[kind])


_FIELD_NOUNS = {
    FieldKind.SIGNATURE: "署名",
    FieldKind.TEXT: "テキスト入力",
    FieldKind.MULTILINE: "テキスト入力",
    FieldKind.CHECKBOX: "チェックボックス",
    FieldKind.RADIO: "選択",
    FieldKind.DROPDOWN: "選択",
    FieldKind.DATE: "日付",
    FieldKind.NUMBER: "数値",
    FieldKind.MONEY: "金額",
    FieldKind.NAME: "氏名",
    FieldKind.MAIL: "メールアドレス",
    FieldKind.COMPANY: "会社・団体名",
    FieldKind.ATTACHMENT: "添付ファイル",
}


def field_noun(kind: FieldKind) -> str:
    """How the list of what is asked calls a field."""
    return say(_FIELD_NOUNS[kind])
