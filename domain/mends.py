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
    OBJECT_STREAMS = "object_streams"
    JAVASCRIPT = "javascript"
    LAUNCH = "launch"
    ACTIONS = "actions"
    EMBEDDED_FILES = "embedded_files"
    MULTIMEDIA = "multimedia"
    EXTERNAL_STREAMS = "external_streams"
    XFA = "xfa"
    PRINT_LAYERS = "print_layers"
    STRUCTURE = "structure"


MEND_WORDS: dict[Mend, Words] = {
    Mend.ENCRYPTION: Words(
        "印刷・編集などの制限（所有者パスワード）を外しました。",
        "Restrictions on printing or editing (owner password) were removed.",
    ),
    Mend.CROSS_REFERENCES: Words(
        "壊れた内部の索引（相互参照表）を作り直しました。",
        "The damaged internal index (cross-reference table) was rebuilt.",
    ),
    Mend.OBJECT_STREAMS: Words(
        "読み取れないオブジェクトストリームを通常の形に展開しました。",
        "Object streams that not every reader understands were unpacked.",
    ),
    Mend.JAVASCRIPT: Words("JavaScriptを取り除きました。", "JavaScript was removed."),
    Mend.LAUNCH: Words(
        "プログラムを起動する動作を取り除きました。",
        "Actions that start a program were removed.",
    ),
    Mend.ACTIONS: Words(
        "送信・取り込み・表示の変更などの自動の動作を取り除きました。",
        "Actions that send, import, open other files or change what is shown were removed.",
    ),
    Mend.EMBEDDED_FILES: Words("添付ファイルを取り除きました。", "Attached files were removed."),
    Mend.MULTIMEDIA: Words(
        "動画・音声・3Dなどの部品を取り除きました。",
        "Video, sound, 3D and other players were removed.",
    ),
    Mend.EXTERNAL_STREAMS: Words(
        "外部のファイルを参照するデータを取り除きました。",
        "Data that lie in another file were removed.",
    ),
    Mend.XFA: Words(
        "XFAフォーム（XML）を取り除き、通常のフォームの表示を残しました。",
        "The XFA (XML) form was removed; the ordinary form's look was kept.",
    ),
    Mend.PRINT_LAYERS: Words(
        "画面と印刷で内容が変わるレイヤーの設定を、画面の表示に固定しました。",
        "Layers that change when printing were fixed to what the screen shows.",
    ),
    Mend.STRUCTURE: Words(
        "しおり・タグなど、読み取れない構造を外し、ページだけを残しました。",
        "Structures that could not be read, such as bookmarks or tags, were left out; "
        "the pages were kept.",
    ),
}
