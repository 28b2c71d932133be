"""Refusals: the closed list of reasons for which the service says no, with words for people.

Anything that is refused for another reason is a bug: it is logged with a reference number
that the person sees.
"""

from collections.abc import Sequence
from typing import NamedTuple

from domain.kinds import Language
from domain.limits import MAX_ATTACHMENT_BYTES, MIB
from domain.refusal_codes import RefusalCode

__all__ = ["WORDS", "Refusal", "RefusalCode", "Words"]


class Words(NamedTuple):
    """The same sentence in both languages."""

    ja: str
    en: str

    def in_language(self, language: Language) -> str:
        """The sentence for one reader."""
        return self.en if language is Language.EN else self.ja


WORDS: dict[RefusalCode, Words] = {
    RefusalCode.NOT_A_PDF: Words(
        "PDFファイルではありません。PDFに変換してから、もう一度追加してください。",
        "This is not a PDF file. Convert it to PDF and add it again.",
    ),
    RefusalCode.UNREADABLE: Words(
        "PDFの構造が壊れているため、開けません。作成元のソフトで保存し直してから追加してください。",
        "The structure of this PDF is damaged and it cannot be opened. "
        "Save it again in the program that made it.",
    ),
    RefusalCode.ENCRYPTED: Words(
        "開くのにパスワードが必要なPDFです。パスワードを解除してから追加してください。",
        "This PDF needs a password to be opened. Remove the password first.",
    ),
    RefusalCode.NO_PAGES: Words(
        "ページのないPDFです。内容を確認してください。",
        "This PDF has no pages. Please check its content.",
    ),
    RefusalCode.ACTIVE_CONTENT: Words(
        "スクリプトや添付ファイルなど、動作する内容が含まれています。"
        "印刷用のPDFとして保存し直してから追加してください。",
        "This PDF contains active content such as scripts or attachments. "
        "Save it as a plain PDF for printing and add it again.",
    ),
    RefusalCode.ALREADY_SIGNED: Words(
        "すでに電子署名のあるPDFは、まだ受け付けていません。署名前のPDFを追加してください。",
        "PDFs that already carry a digital signature are not accepted yet. "
        "Add the PDF from before the signature.",
    ),
    RefusalCode.TOO_LARGE: Words(
        "1ファイルの上限（50 MB）を超えています。分割するか、画像の解像度を下げてください。",
        "The file is over the limit of 50 MB. Split it, or lower the resolution of its images.",
    ),
    RefusalCode.EMPTY_FILE: Words("ファイルが空です。", "The file is empty."),
    RefusalCode.TOO_COSTLY: Words(
        "このPDFの検査は、決められた時間またはメモリーの中で終わりませんでした。"
        "印刷用のPDFとして保存し直してください。",
        "Checking this PDF took more time or memory than allowed. "
        "Save it as a plain PDF for printing and add it again.",
    ),
    RefusalCode.TOO_MANY_DOCUMENTS: Words(
        "1つの封筒に入れられる文書は100件までです。",
        "An envelope holds at most 100 documents.",
    ),
    RefusalCode.ENVELOPE_TOO_LARGE: Words(
        "封筒全体の上限（200 MB）を超えます。文書を減らすか、封筒を分けてください。",
        "The envelope would be over its limit of 200 MB. Remove documents or use two envelopes.",
    ),
    RefusalCode.UPLOAD_BROKEN_OFF: Words(
        "アップロードが途中で切れました。もう一度追加してください。",
        "The upload broke off. Please add the file again.",
    ),
    RefusalCode.MENDABLE: Words(
        "このままでは受け付けられませんが、修復した版なら受け付けられます。"
        "制限・スクリプト・添付ファイルなどを取り除くか、印刷用のPDFとして保存し直してください。",
        "The file cannot be taken as it is; a repaired copy could. Remove restrictions, scripts "
        "or attachments, or save it as a plain PDF for printing.",
    ),
    RefusalCode.REPAIR_CHANGES_PAGES: Words(
        "署名できる形に整えると、ページの見た目が変わってしまいます。"
        "印刷用のPDFとして保存し直してください。",
        "Making this PDF ready for signing would change what its pages show. "
        "Save it as a plain PDF for printing.",
    ),
    RefusalCode.XFA_ONLY: Words(
        "XFAフォームだけでできたPDFです。内容がページとして入っていないため、署名できません。"
        "印刷用のPDFとして保存し直してください。",
        "This PDF is an XFA form only: it has no pages of its own that could be signed. "
        "Save it as a plain PDF for printing.",
    ),
    RefusalCode.DUPLICATE_OBJECTS: Words(
        "同じ番号の部品が二重に入っており、ソフトによって内容が変わるおそれがあります。"
        "印刷用のPDFとして保存し直してください。",
        "Objects of this PDF exist twice, so that two readers may show different things. "
        "Save it as a plain PDF for printing.",
    ),
    RefusalCode.BOMB: Words(
        "展開すると極端に大きくなるデータが含まれています。",
        "This PDF contains data that expand to an extreme size.",
    ),
    RefusalCode.LOOP: Words(
        "ページの構造が循環しています。作成元のソフトで保存し直してください。",
        "The structure of the pages runs in a circle. Save it again in the program that made it.",
    ),
    RefusalCode.TOO_DEEP: Words(
        "構造の入れ子が深すぎます。印刷用のPDFとして保存し直してください。",
        "The structure of this PDF is nested too deeply. Save it as a plain PDF for printing.",
    ),
    RefusalCode.READER_CRASHED: Words(
        "このPDFを開くと閲覧ソフトが異常終了します。印刷用のPDFとして保存し直してください。",
        "This PDF makes a PDF reader crash. Save it as a plain PDF for printing.",
    ),
    RefusalCode.PAGE_SIZE: Words(
        "ページの大きさが正しくありません（0または200インチを超えています）。",
        "A page has no valid size (zero, or over 200 inches).",
    ),
    RefusalCode.UNSIGNABLE: Words(
        "このPDFの構造には、有効な署名を付けられません。印刷用のPDFとして保存し直してください。",
        "The structure of this PDF does not take a valid signature. "
        "Save it as a plain PDF for printing.",
    ),
    RefusalCode.SIGNED_ACTIVE: Words(
        "署名済みのPDFに、スクリプトや添付ファイルなど、動作する内容が含まれています。"
        "署名済みのPDFは修復できません。",
        "This signed PDF contains active content such as scripts or attachments, "
        "and a signed PDF is never repaired.",
    ),
    RefusalCode.SIGNED_DAMAGED: Words(
        "署名済みのPDFの構造が正しくないため、署名を追加できません。"
        "署名済みのPDFは修復できません。",
        "The structure of this signed PDF does not allow a further signature, "
        "and a signed PDF is never repaired.",
    ),
    RefusalCode.SIGNED_ENCRYPTED: Words(
        "署名済みで、かつ制限（所有者パスワード）のあるPDFには、署名を追加できません。",
        "This PDF is signed and carries restrictions (owner password): no signature can be added.",
    ),
    RefusalCode.SIGNED_NO_CHANGES: Words(
        "以後の変更を認めない署名（DocMDP）があるため、署名を追加できません。",
        "A signature in this PDF forbids every later change (DocMDP): no signature can be added.",
    ),
    RefusalCode.SIGNED_ALL_LOCKED: Words(
        "すべての入力欄を固定する署名（FieldMDP）があるため、署名を追加できません。",
        "A signature in this PDF locks all form fields (FieldMDP): no signature can be added.",
    ),
    RefusalCode.USAGE_RIGHTS: Words(
        "Adobe Readerの機能拡張（使用権）が設定されたPDFです。拡張のない版を保存し直してください。",
        "This PDF carries usage rights (Reader extensions). Save a copy without them.",
    ),
    RefusalCode.IMAGE_UNREADABLE: Words(
        "画像として読み取れません。PNGまたはJPEGの画像を選んでください。",
        "This cannot be read as a picture. Choose a PNG or JPEG file.",
    ),
    RefusalCode.IMAGE_TOO_LARGE: Words(
        "画像が大きすぎます。2 MB以内、縦横8,000ピクセル以内の画像を選んでください。",
        "The picture is too large. Choose one of at most 2 MB and 8,000 pixels a side.",
    ),
    RefusalCode.IMAGE_BLANK: Words(
        "画像に何も写っていません。印影がはっきり写った画像を選んでください。",
        "There is nothing to see in this picture. Choose one that shows the stamp clearly.",
    ),
    RefusalCode.NOT_ATTACHABLE: Words(
        "この種類のファイルは添付できません。PDF、JPEGまたはPNGのファイルを選んでください。",
        "Files of this kind cannot be attached. Choose a PDF, JPEG or PNG file.",
    ),
    RefusalCode.ATTACHMENT_TOO_LARGE: Words(
        f"ファイルが大きすぎます。添付できるのは1つ{MAX_ATTACHMENT_BYTES // MIB} MBまでです。"
        "画質を下げて撮影するか、ページを減らしてお試しください。",
        f"The file is too large: an attachment has at most {MAX_ATTACHMENT_BYTES // MIB} MB. "
        "Take the photo at a lower quality, or leave pages out.",
    ),
    RefusalCode.ATTACHMENT_HEIC: Words(
        "HEIC形式の写真は受け付けられません。iPhoneでは「設定」→「カメラ」→「フォーマット」で"
        "「互換性優先」を選んで撮り直すか、写真をJPEGに変換してから選んでください。",
        "HEIC photos cannot be taken. On an iPhone choose Settings, Camera, Formats, Most "
        "Compatible and take the photo again, or convert it to JPEG first.",
    ),
    RefusalCode.ATTACHMENT_OFFICE: Words(
        "Word、Excelなどの文書やZIPファイルは添付できません。PDFに変換してから選んでください。",
        "Word and Excel documents and ZIP files cannot be attached. Save it as a PDF first.",
    ),
    RefusalCode.ATTACHMENT_NO_PDF: Words(
        "この欄には画像（JPEGまたはPNG）を添付してください。PDFは受け付けていません。",
        "This field takes a picture (JPEG or PNG), not a PDF.",
    ),
    RefusalCode.ATTACHMENT_NO_IMAGE: Words(
        "この欄にはPDFを添付してください。画像は受け付けていません。",
        "This field takes a PDF, not a picture.",
    ),
    RefusalCode.ATTACHMENT_ACTIVE: Words(
        "このPDFには、プログラム、埋め込みファイルなど、開いた人のパソコンで動作するものが含まれています。"
        "印刷画面で「PDFとして保存」し直すか、紙に印刷して撮影してください。",
        "This PDF contains scripts, embedded files or other things that act on a reader's "
        "computer. Print it to a new PDF, or print it on paper and take a photo.",
    ),
    RefusalCode.ATTACHMENT_PIXELS: Words(
        "画像の縦横の大きさが大きすぎます。画質を下げて撮影し直してください。",
        "The picture has too many pixels. Take the photo again at a lower quality.",
    ),
    RefusalCode.ATTACHMENT_BROKEN: Words(
        "画像として読み取れません。ファイルが壊れている可能性があります。撮影し直すか、別のファイルを選んで"
        "ください。",
        "This cannot be read as a picture; it may be broken. Take the photo again or choose "
        "another file.",
    ),
    RefusalCode.ATTACHMENT_UNFINISHED: Words(
        "ファイルを確認できませんでした。もう一度選んで送ってください。",
        "The file could not be checked. Please choose it and send it once more.",
    ),
    RefusalCode.ATTACHMENTS_TOO_LARGE: Words(
        "この封筒に添付できる容量の合計を超えています。ファイルを小さくするか、不要な添付を削除してください。",
        "The attachments of this envelope would be too large together. Make the file smaller, or "
        "remove one that is not needed.",
    ),
    RefusalCode.TOO_MANY_ATTACHMENTS: Words(
        "ファイルを送れる回数の上限に達しました。しばらく待ってからお試しいただくか、差出人にお問い合わせ"
        "ください。",
        "Too many files were sent. Wait a while and try again, or ask the sender.",
    ),
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
        "期限を過ぎたため、受け付けられませんでした。送信元にご連絡ください。",
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
        "訂正前とまったく同じファイルです。訂正後のPDFを選んでください。",
        "This is exactly the same file as before. Choose the corrected PDF.",
    ),
    RefusalCode.FIELDS_DO_NOT_FIT: Words(
        "このPDFの同じ位置には置けない入力欄または署名欄があります。"
        "その欄の位置を直すか、削除してください。",
        "Some fields cannot lie at their old positions on this PDF. Move them, or take them out.",
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
        "この依頼は、ほかの人に引き継ぐことができません。ご都合が悪いときは、送信元にご連絡ください。",
        "This request cannot be handed over to somebody else. "
        "Please contact the sender if you cannot act yourself.",
    ),
    RefusalCode.HANDOVER_DEMANDED: Words(
        "この依頼は、ご担当の方を指名していただくためのものです。「他の人に依頼する」へお進みください。",
        "This request asks you to name the person in charge. Please choose “Ask somebody else”.",
    ),
    RefusalCode.HANDOVER_TOO_OFTEN: Words(
        "引き継ぎの回数の上限に達しています。送信元にご連絡ください。",
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
