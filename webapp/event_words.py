"""What the ledger's events are called."""

from domain.events import Event
from domain.refusals import Words
from webapp.language import words

EVENT_WORDS: dict[Event, Words] = {
    Event.DOCUMENT_UPLOADED: Words("文書を追加", "Document added"),
    Event.DOCUMENT_CHECKED: Words("文書の検査に合格", "Document passed its check"),
    Event.DOCUMENT_MENDABLE: Words("文書に修復が必要と判定", "Document needs a repair"),
    Event.DOCUMENT_REPAIR_AGREED: Words("修復した版の使用に同意", "Agreed to a repaired copy"),
    Event.DOCUMENT_REPAIRED: Words("修復した版を作成", "Repaired copy made"),
    Event.DOCUMENT_REFUSED: Words("文書を受付不可と判定", "Document refused"),
    Event.DOCUMENT_REMOVED: Words("文書を削除", "Document removed"),
    Event.ENVELOPE_CREATED: Words("封筒を作成", "Envelope created"),
    Event.ENVELOPE_SENT: Words("封筒を送信", "Envelope sent"),
    Event.ENVELOPE_PREPARED: Words("署名欄を準備", "Signature fields prepared"),
    Event.ENVELOPE_UNPREPARABLE: Words(
        "署名欄を準備できず下書きに戻した", "Could not be prepared; returned to draft"
    ),
    Event.STAGE_OPENED: Words("段階を開始", "Stage opened"),
    Event.LINK_ISSUED: Words("リンクを発行", "Link issued"),
    Event.LINK_OPENED: Words("リンクを開いた", "Link opened"),
    Event.LINK_REVOKED: Words("リンクを無効化", "Link revoked"),
    Event.FACTOR_PASSED: Words("本人確認に合格", "Identity check passed"),
    Event.FACTOR_REFUSED: Words("本人確認で誤り", "Identity check failed"),
    Event.PASSKEY_REGISTERED: Words("パスキーを登録", "Passkey registered"),
    Event.PASSKEY_REMOVED: Words("パスキーを無効化", "Passkey removed"),
    Event.DOCUMENT_VIEWED: Words("文書を表示", "Document viewed"),
    Event.ATTACHMENT_UPLOADED: Words("添付ファイルを送信", "Attached file sent"),
    Event.ATTACHMENT_CHECKED: Words("添付ファイルを確認", "Attached file checked"),
    Event.ATTACHMENT_REFUSED: Words("添付ファイルを受付不可", "Attached file refused"),
    Event.ATTACHMENT_REMOVED: Words("添付ファイルを取り消し", "Attached file removed"),
    Event.ATTACHMENT_DOWNLOADED: Words("添付ファイルをダウンロード", "Attached file downloaded"),
    Event.ACT_ACCEPTED: Words("手続きを受付", "Step accepted"),
    Event.ACT_REFUSED: Words("手続きを受付不可", "Step refused"),
    Event.PARTICIPANT_REPLACED: Words("別の人に引き継ぎ", "Handed over to somebody else"),
    Event.PARTICIPANT_CORRECTED: Words("宛先を訂正", "Address corrected"),
    Event.SIGNATURE_DRAWN: Words("別の端末で署名を手書き", "Signature drawn on another device"),
    Event.SIGNATURE_INTENDED: Words("署名の準備を記録", "Signature intended"),
    Event.SIGNATURE_MADE: Words("署名を生成", "Signature made"),
    Event.SIGNATURE_STAMPED: Words("署名にタイムスタンプを付与", "Signature time-stamped"),
    Event.TIMESTAMP_AWAITED: Words("タイムスタンプ局の応答待ち", "Waiting for the timestamp"),
    Event.TIMESTAMP_RESUMED: Words("タイムスタンプ局の応答が回復", "Timestamps available again"),
    Event.ARCHIVE_STAMPED: Words("長期保管用タイムスタンプを付与", "Archive timestamp added"),
    Event.ARCHIVE_PLANNED: Words("長期保管用データの更新を予定", "Fresher archive data planned"),
    Event.ARCHIVE_RENEWED: Words("長期保管用データを更新", "Archive data renewed"),
    Event.NOTICE_SENT: Words("メールを送信", "Mail sent"),
    Event.NOTICE_FAILED: Words("メールを送信できず", "Mail could not be sent"),
    Event.NOTICE_BOUNCED: Words("メールが不達", "Mail undelivered"),
    Event.ENVELOPE_SENT_BACK: Words("差し戻し", "Sent back"),
    Event.ENVELOPE_RESUMED: Words("差し戻しから再開", "Resumed"),
    Event.ENVELOPE_CORRECTED: Words("文書を訂正（新しい版）", "Documents corrected (new version)"),
    Event.CORRECTION_FAILED: Words(
        "訂正後の文書に署名欄を準備できず", "Corrected documents could not be prepared"
    ),
    Event.QUESTION_ASKED: Words("質問を受付", "Question asked"),
    Event.QUESTION_ANSWERED: Words("質問に回答", "Question answered"),
    Event.DEAL_CHANGED: Words("取引情報を変更", "Transaction data changed"),
    Event.CHAIN_SAVED: Words("承認ルートを保存", "Approval route saved"),
    Event.CHAIN_STOPPED: Words("承認ルートを停止", "Approval route stopped"),
    Event.CHAIN_OFFERED: Words("承認ルートを再開", "Approval route offered again"),
    Event.CONTACT_ADDED: Words("宛先を登録", "Contact added"),
    Event.CONTACT_CHANGED: Words("宛先を変更", "Contact changed"),
    Event.CONTACT_RETIRED: Words("宛先を使わない扱いに変更", "Contact retired"),
    Event.CONTACT_RESTORED: Words("宛先を使う扱いに変更", "Contact restored"),
    Event.CONTACTS_MERGED: Words("宛先を統合", "Contacts merged"),
    Event.CONTACTS_IMPORTED: Words("宛先をCSVから取り込み", "Contacts imported"),
    Event.CONTACTS_EXPORTED: Words("宛先帳を出力", "Address book exported"),
    Event.DEALS_EXPORTED: Words("取引台帳を出力", "Register exported"),
    Event.CONSENT_GIVEN: Words("電子契約の利用を承諾", "Consented to electronic means"),
    Event.CONSENT_WITHDRAWN: Words("電子契約の利用の承諾を撤回", "Consent withdrawn"),
    Event.CONSENT_STAMPED: Words(
        "承諾の記録にタイムスタンプを付与", "Record of consent time-stamped"
    ),
    Event.GATE_OPENED: Words("議決を登録", "Resolution entered"),
    Event.ENVELOPE_COMPLETED: Words("すべての手続きが完了", "Completed"),
    Event.ENVELOPE_DECLINED: Words("辞退により終了", "Ended: declined"),
    Event.ENVELOPE_WITHDRAWN: Words("取り下げにより終了", "Ended: withdrawn"),
    Event.ENVELOPE_EXPIRED: Words("期限切れにより終了", "Ended: expired"),
    Event.LINK_ASKED: Words("リンクの再送を請求", "Link asked for again"),
    Event.DOWNLOAD_OPENED: Words("ダウンロードページを開いた", "Download page opened"),
    Event.DOCUMENT_DOWNLOADED: Words("文書をダウンロード", "Document downloaded"),
    Event.DOWNLOAD_CLOSED: Words("ダウンロード期間が終了", "Download window closed"),
    Event.MAILBOX_OPENED: Words("「あなたの文書」を開いた", "“Your documents” opened"),
    Event.MAILBOX_REFUSED: Words(
        "「あなたの文書」の確認コードが不一致", "Wrong code for “Your documents”"
    ),
    Event.MAILBOX_CLOSED: Words("「あなたの文書」を閉じた", "“Your documents” closed"),
    Event.HISTORY_EXPORTED: Words("処理履歴を保管", "Workflow history stored"),
    Event.OPERATOR_NEEDED: Words("運用者の確認が必要", "Operator needed"),
    Event.ORGANISATION_CHANGED: Words("組織の設定を変更", "Organisation's settings changed"),
    Event.MEMBER_CREATED: Words("利用者を登録", "Member created"),
    Event.MEMBER_LOGGED_IN: Words("ログイン", "Logged in"),
    Event.MEMBER_LOGIN_REFUSED: Words("ログインを拒否", "Login refused"),
    Event.MEMBER_LOGGED_OUT: Words("ログアウト", "Logged out"),
    Event.MEMBER_TOTP_ENROLLED: Words("2段階認証を設定", "Second factor enrolled"),
    Event.MEMBER_PASSWORD_CHANGED: Words("パスワードを変更", "Password changed"),
    Event.SYSTEM_SEEDED: Words("初期データを登録", "Initial data written"),
}


def event_text(tag: str) -> str:
    """A ledger event in words; a tag of a newer version stays readable as it is."""
    return words(EVENT_WORDS[Event(tag)]) if tag in set(Event) else tag
