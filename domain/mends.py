"""Mends: what the service may take out of a file before its first signature, with words.

A repaired copy is made only when the sender agrees, shows the same pages, and is never made of a
file that is already signed. Codes are stored and sent between rooms: never rename one.
"""

from enum import StrEnum

from domain.refusals import Words


class Mend(StrEnum):
    """One kind of thing that a repaired copy no longer has."""

    ENCRYPTION = "encryption"
    CROSS_REFERENCES = "cross_references"
    METADATA = "metadata"
    JAVASCRIPT = "javascript"
    LAUNCH = "launch"
    ACTIONS = "actions"
    EMBEDDED_FILES = "embedded_files"
    MULTIMEDIA = "multimedia"
    EXTERNAL_STREAMS = "external_streams"
    XFA = "xfa"
    PRINT_LAYERS = "print_layers"
    FORM_DRAWN = "form_drawn"
    FORM_LOOK = "form_look"
    """Of earlier versions only: stored rows still have it."""
    STRUCTURE = "structure"


MEND_WORDS: dict[Mend, Words] = {
    Mend.ENCRYPTION: Words(
        "印刷・編集などの制限（所有者パスワード）を外します。",
        "Restrictions on printing or editing (owner password) are removed.",
    ),
    Mend.CROSS_REFERENCES: Words(
        "壊れた内部の索引（相互参照表）を作り直します。",
        "The damaged internal index (cross-reference table) is rebuilt.",
    ),
    Mend.METADATA: Words(
        "読み取れない文書情報（XMPメタデータ）を取り除きます。",
        "Document information (XMP metadata) that could not be read is removed.",
    ),
    Mend.JAVASCRIPT: Words("JavaScriptを取り除きます。", "JavaScript is removed."),
    Mend.LAUNCH: Words(
        "プログラムを起動する動作を取り除きます。",
        "Actions that start a program are removed.",
    ),
    Mend.ACTIONS: Words(
        "送信・取り込み・表示の変更などの自動の動作を取り除きます。",
        "Actions that send, import, open other files or change what is shown are removed.",
    ),
    Mend.EMBEDDED_FILES: Words("添付ファイルを取り除きます。", "Attached files are removed."),
    Mend.MULTIMEDIA: Words(
        "動画・音声・3Dなどの部品を取り除きます。",
        "Video, sound, 3D and other players are removed.",
    ),
    Mend.EXTERNAL_STREAMS: Words(
        "外部のファイルを参照するデータを取り除きます。",
        "Data that lie in another file are removed.",
    ),
    Mend.XFA: Words(
        "XFAフォーム（XML）を取り除き、通常のフォームの表示を残します。",
        "The XFA (XML) form is removed; the ordinary form's look is kept.",
    ),
    Mend.PRINT_LAYERS: Words(
        "画面と印刷で内容が変わるレイヤーの設定を、画面の表示に固定します。",
        "Layers that change when printing are fixed to what the screen shows.",
    ),
    Mend.FORM_DRAWN: Words(
        "フォームと注釈を、画面に表示されるとおりにページへ描き込みます（入力はできなくなります）。",
        "Form fields and notes are drawn into the pages as the screen shows them "
        "(they can no longer be filled).",
    ),
    Mend.FORM_LOOK: Words(
        "フォームの表示を、ファイルに保存されている見た目に固定します。",
        "The form is fixed to the look that is stored in the file.",
    ),
    Mend.STRUCTURE: Words(
        "しおり・タグなど、読み取れない構造を外し、ページだけを残します。",
        "Structures that could not be read, such as bookmarks or tags, are left out; "
        "the pages are kept.",
    ),
}
