"""Words of refusals of files: uploads, stamp images and what a signer attaches."""

from domain.limits import MAX_ATTACHMENT_BYTES, MIB
from domain.refusal_codes import RefusalCode
from domain.wording import Words

FILE_WORDS: dict[RefusalCode, Words] = {
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
    RefusalCode.KEPT_ACTIVE: Words(
        "スクリプトなど、開いたときに動作する内容や、外部のデータで表示が変わる内容が含まれています。"
        "元のファイルを変えずに保管するため、このままでは取り込めません。"
        "相手方に、動作する内容のないPDFを依頼してください。",
        "This PDF contains scripts or other content that acts when it is opened, or changes what "
        "is shown. Imports are kept as they came, so it cannot be taken. "
        "Ask for a PDF without such content.",
    ),
    RefusalCode.KEPT_UNDRAWABLE: Words(
        "ページを画面に表示できないPDFです。保存の期間を通して表示・印刷できることが必要なため、取り込めません。",
        "The pages of this PDF cannot be shown. What is kept must be readable for years, so it "
        "cannot be taken.",
    ),
    RefusalCode.IMPORT_FULL: Words(
        "一度に取り込めるのは500件までです。この取込を終えてから、次の取込を始めてください。",
        "One import takes at most 500 files. Finish this one, then begin another.",
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
}
