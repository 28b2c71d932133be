"""Refusals: the closed list of reasons for which the service says no, with words for people.

Anything that is refused for another reason is a bug: it is logged with a reference number
that the person sees.
"""

from collections.abc import Sequence

from domain.file_refusals import FILE_WORDS
from domain.refusal_codes import RefusalCode
from domain.wording import Words

__all__ = ["WORDS", "Refusal", "RefusalCode", "Words"]


WORDS: dict[RefusalCode, Words] = {
    **FILE_WORDS,
    RefusalCode.NOT_PREPARABLE: Words(
        "署名欄を準備できない文書がありました。封筒は下書きに戻りました。文書を差し替えてください。",
        "A document could not be prepared for signing. The envelope is a draft again: "
        "please replace the document.",
    ),
    RefusalCode.NO_DOCUMENTS: Words(
        "文書がありません。PDFを1つ以上追加してください。",
        "There is no document. Add at least one PDF.",
    ),
    RefusalCode.DOCUMENTS_NOT_READY: Words(
        "確認が終わっていない文書、修復に同意が必要な文書、または受け付けられない文書があります。",
        "A document is still being checked, needs your consent to a repair, or was refused.",
    ),
    RefusalCode.NO_SIGNER: Words(
        "署名者がいません。署名する人を1人以上追加してください。",
        "There is no signer. Add at least one person who signs.",
    ),
    RefusalCode.ALREADY_SENT: Words(
        "この封筒はすでに送信されています。", "This envelope has already been sent."
    ),
    RefusalCode.UNKNOWN_ACT: Words(
        "この操作の記録が見つかりません。もう一度やり直してください。",
        "There is no record of this step. Please try again.",
    ),
    RefusalCode.NOT_YOUR_SLOT: Words(
        "この手続きは、あなたに依頼されたものではありません。",
        "This step was not asked of you.",
    ),
    RefusalCode.NOT_YOUR_TURN: Words(
        "まだあなたの順番ではありません。順番が来たらメールでお知らせします。",
        "It is not your turn yet. You will get a mail when it is.",
    ),
    RefusalCode.ALREADY_ACTED: Words(
        "この手続きはすでに完了しています。", "This step has already been completed."
    ),
    RefusalCode.ENVELOPE_ENDED: Words(
        "この封筒の手続きはすでに終了しています。", "This envelope has already ended."
    ),
    RefusalCode.AFTER_DEADLINE: Words(
        "期限を過ぎたため、受け付けられませんでした。差出人にご連絡ください。",
        "The deadline has passed, so this could not be accepted. Please contact the sender.",
    ),
    RefusalCode.VERSION_REPLACED: Words(
        "お読みになった後で文書が差し替えられました。この操作は受け付けられていません。"
        "新しい文書をご案内するメールのリンクから、もう一度お手続きください。",
        "The document was replaced after you read it, so this could not be accepted. "
        "Please follow the link in the mail about the new document.",
    ),
    RefusalCode.NOT_ALLOWED: Words(
        "この操作は許可されていません。", "You are not allowed to do this."
    ),
    RefusalCode.NO_LONGER_NEEDED: Words(
        "ほかの方が手続きを済ませたため、対応は不要になりました。",
        "Somebody else has done it: you are no longer needed.",
    ),
    RefusalCode.SLOT_TAKEN: Words(
        "ほかの方の手続きと重なりました。画面を開き直して、もう一度お手続きください。",
        "Somebody else acted at the same moment. Open the page again and repeat your step.",
    ),
    RefusalCode.GATE_NOT_WAITING: Words(
        "この条件待ちは、いま開けるところではありません。まだ順番が来ていないか、すでに開かれています。",
        "This gate cannot be opened now: the route has not come to it, or it is open already.",
    ),
    RefusalCode.NOT_ASKED_YET: Words(
        "この方には、まだ依頼していません。順番が来ると自動でメールが届きます。",
        "This person has not been asked yet. The mail goes out when it is their turn.",
    ),
    RefusalCode.DEADLINE_NOT_LATER: Words(
        "今の期限より後の日を指定してください。",
        "Choose a day after the present deadline.",
    ),
    RefusalCode.VALUES_INCOMPLETE: Words(
        "必須の項目が入力されていないか、使えない内容が含まれています。入力内容を確認してください。",
        "A required field is empty, or a field holds something that cannot be used. "
        "Please check what you entered.",
    ),
    RefusalCode.SENT_BACK_NOW: Words(
        "差し戻し中のため、いまは手続きできません。再開されるとメールでお知らせします。",
        "This envelope was sent back to its sender and stands still. "
        "You will get a mail when it goes on.",
    ),
    RefusalCode.SIGNED_SINCE: Words(
        "その段階より後に署名された方がいるため、そこまでは差し戻せません。"
        "文書を直す必要があるときは、差出人に差し戻してください。",
        "Somebody has signed since that stage, so it cannot be sent back that far. "
        "If a document has to be changed, send it back to its sender.",
    ),
    RefusalCode.NO_EARLIER_STAGE: Words(
        "差し戻し先の段階を選び直してください。画面を開いた後に手続きが進んでいます。",
        "Please choose again how far to send it back: the route has moved since.",
    ),
    RefusalCode.SENT_BACK_SINCE: Words(
        "前の段階に差し戻されたため、この操作は受け付けられていません。"
        "あなたの順番が来ると、あらためてメールでお知らせします。",
        "It was sent back to an earlier stage, so this could not be accepted. "
        "You will get a mail when it is your turn again.",
    ),
    RefusalCode.RETURN_UNDER_WAY: Words(
        "差し戻しを処理しています。しばらくしてから、もう一度お試しください。",
        "It is being sent back to an earlier stage. Please try again in a moment.",
    ),
    RefusalCode.NOT_SENT_BACK: Words(
        "この封筒は差し戻されていないか、すでに再開されています。",
        "This envelope is not sent back, or it has gone on already.",
    ),
    RefusalCode.CORRECTION_UNDER_WAY: Words(
        "文書の訂正を処理しています。しばらくしてから、もう一度お試しください。",
        "A correction of the documents is being carried out. Please try again in a moment.",
    ),
    RefusalCode.NOTHING_CORRECTED: Words(
        "訂正後の文書がそろっていないか、確認の画面を開いた後に変わりました。"
        "もう一度内容を確認してください。",
        "There is no corrected document that is ready, or it changed after you opened the "
        "confirmation. Please check it again.",
    ),
    RefusalCode.SAME_DOCUMENT: Words(
        "訂正前とまったく同じファイルです。訂正後のPDFを選ぶか、入力欄だけを直してください。",
        "This is exactly the same file as before. Choose the corrected PDF, or correct only its"
        " fields.",
    ),
    RefusalCode.FIELDS_DO_NOT_FIT: Words(
        "このPDFの同じ位置には置けない入力欄または署名欄があります。"
        "その欄の位置を直すか、削除してください。",
        "Some fields cannot lie at their old positions on this PDF. Move them, or take them out.",
    ),
    RefusalCode.CORRECTOR_DECIDES: Words(
        "あなたは、この封筒の承認・署名を何人かのうちの1人として依頼される人です。自分で訂正した文書を自分だけで"
        "決めることにならないよう、訂正は送信者など、ほかの人が行ってください。",
        "You are one of several people of whom one approves or signs here. So that nobody decides "
        "alone about what he corrected himself, somebody else has to correct it, like the sender.",
    ),
    RefusalCode.EVERYBODY_ACTED: Words(
        "全員の手続きが済んでいるため、訂正できません。新しい封筒で送ってください。",
        "Everybody has acted already, so nothing can be corrected. Please send a new envelope.",
    ),
    RefusalCode.CORRECTION_FAILED: Words(
        "訂正後の文書に署名欄を準備できませんでした。別のPDFで訂正するか、封筒を取り下げてください。",
        "The corrected document could not be prepared for signing. "
        "Correct it with another PDF, or withdraw the envelope.",
    ),
    RefusalCode.HANDOVER_NOT_ALLOWED: Words(
        "この依頼は、ほかの人に引き継ぐことができません。ご都合が悪いときは、差出人にご連絡ください。",
        "This request cannot be handed over to somebody else. "
        "Please contact the sender if you cannot act yourself.",
    ),
    RefusalCode.HANDOVER_DEMANDED: Words(
        "この依頼は、ご担当の方を指名していただくためのものです。「他の人に依頼する」へお進みください。",
        "This request asks you to name the person in charge. Please choose “Ask somebody else”.",
    ),
    RefusalCode.HANDOVER_TOO_OFTEN: Words(
        "引き継ぎの回数の上限に達しています。差出人にご連絡ください。",
        "This request has been handed over too often. Please contact the sender.",
    ),
    RefusalCode.ALREADY_ON_ROUTE: Words(
        "この方は、すでにこの封筒の関係者です。ほかの方を指定してください。",
        "This person already takes part in this envelope. Please name somebody else.",
    ),
    RefusalCode.OTHER_SIDE: Words(
        "この方には引き継げません。同じ会社・団体の方を指定してください。",
        "This request cannot go to that person. Please name somebody of your own organisation.",
    ),
    RefusalCode.OWN_DRAFT: Words(
        "この方は、この封筒の下書きを作ったか、送信または訂正した人です。自分の起案を自分で承認・署名することに"
        "なるため、引き継げません。ほかの方を指定してください。",
        "This person made, sent or corrected the envelope and would decide about what he drew up. "
        "Please name somebody else.",
    ),
    RefusalCode.DOMAIN_NOT_ALLOWED: Words(
        "組織の決まりにより、このメールアドレスのドメインには送れません。",
        "The organisation's rules do not allow the domain of this mail address.",
    ),
    RefusalCode.VALUES_CHANGED: Words(
        "確認の画面を開いた後に、入力内容が変わりました。もう一度内容を確認してください。",
        "What you entered has changed since you opened the confirmation. Please check it again.",
    ),
    RefusalCode.NO_AUTHENTICATOR: Words(
        "このアドレスの方は、認証アプリを登録した自社の利用者ではありません。この手続きには認証アプリでの確認が必要です。",
        "This address is not that of a member of your organisation with a registered "
        "authenticator app, which this procedure asks for.",
    ),
    RefusalCode.FACTOR_MISSING: Words(
        "本人確認が済んでいないため、受け付けられませんでした。確認の画面で、もう一度入力してください。",
        "The identity check was not passed. Enter it again on the confirmation page.",
    ),
    RefusalCode.CONSENT_MISSING: Words(
        "電子契約の利用についての承諾がまだないか、撤回されています。承諾すると、続けられます。",
        "Nobody has consented to the use of electronic means yet, or the consent was withdrawn. "
        "Consent first, then go on.",
    ),
    RefusalCode.CONSENT_CHANGED: Words(
        "承諾の内容が変わりました。もう一度お読みください。",
        "What you are asked to consent to has changed. Please read it again.",
    ),
    RefusalCode.NO_MANDATE: Words(
        "この封筒に署名できる署名権限（委任）が登録されていないため、受け付けられませんでした。"
        "入力した内容は保存されています。管理者にご連絡ください。",
        "No authority to sign this envelope is entered for you, so this could not be accepted. "
        "What you entered is kept. Please contact an administrator.",
    ),
    RefusalCode.SEAL_NOT_ALLOWED: Words(
        "この公印は、今のあなたには使えません。使える人に含まれていないか、使える期間の外か、廃止されています。"
        "ほかの見た目を選ぶか、管理者にご連絡ください。",
        "You may not use this official seal now: you are not among those who may, it is not a day "
        "on which it may be used, or it was retired. Choose another look, or ask an administrator.",
    ),
    RefusalCode.SEAL_NOT_CHOSEN: Words(
        "この画像は組織の公印です。公印は「組織の公印」から選んだ場合だけ使えます。",
        "This picture is an official seal of the organisation. It can be used only by choosing it "
        "under “Official seals”.",
    ),
    RefusalCode.NO_CONTACT: Words(
        "依頼のメールに載せる組織の電話番号が登録されていないため、まだ送信できません。"
        "管理者が「組織の設定」で登録すると、送信できるようになります。下書きは保存されています。",
        "The organisation's telephone number, which stands in every mail, has not been entered "
        "yet, so nothing can be sent. An administrator enters it in the organisation's settings. "
        "Your draft is kept.",
    ),
    RefusalCode.EVIDENCE_INCOMPLETE: Words(
        "本人確認の記録がそろっていないため、受け付けられませんでした。"
        "メールのリンクからもう一度開いてください。",
        "The record of who you are is incomplete, so this could not be accepted. "
        "Please open the link in your mail again.",
    ),
}


class Refusal(Exception):
    """The service says no, for a reason on the closed list."""

    def __init__(self, code: RefusalCode, mends: Sequence[str] = ()) -> None:
        super().__init__(code.value)
        self.code = code
        self.mends = tuple(mends)
        """With MENDABLE: the codes (domain.mends.Mend) of what a repaired copy would lack."""
