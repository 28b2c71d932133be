"""What is wrong with a field that a sender placed, and what to do."""

from domain.field_kinds import Size
from domain.limits import MAX_ATTACHMENTS, MAX_FIELDS, MAX_OPTIONS, MAX_VALUE_CHARACTERS
from domain.refusals import Words

TOO_MANY = Words(
    f"入力欄は1つの封筒に{MAX_FIELDS}個までです。",
    f"An envelope holds at most {MAX_FIELDS} fields.",
)
KIND = Words("入力欄の種類を選んでください。", "Choose what kind of field this is.")
MANY_ATTACHMENTS = Words(
    f"添付ファイルの欄は、1人につき{MAX_ATTACHMENTS}個までです。",
    f"One person can be asked for at most {MAX_ATTACHMENTS} files.",
)
PERSON = Words(
    "入力する人を選んでください。入力欄を置けるのは署名者だけです。",
    "Choose who fills this in. Only signers can have fields.",
)
DOCUMENT = Words("この文書は封筒にありません。", "This document is not part of the envelope.")
SIGNED = Words(
    "すでに電子署名のある文書には、署名欄だけを置けます。",
    "This document is already signed: it takes signature fields only.",
)
NUMBER = Words(
    "ミリメートルの数字で入力してください。例：12.5",
    "Enter a number of millimetres. Example: 12.5",
)
OUTSIDE = Words(
    "入力欄がページからはみ出しています。位置または大きさを直してください。",
    "The field sticks out of the page. Move it or make it smaller.",
)
LABEL = Words(
    "何を入力する欄かを書いてください。例：契約開始日",
    "Say what goes into this field. Example: Start of contract",
)
CONTROL = Words(
    "使用できない文字（改行や制御文字）が含まれています。",
    "This contains characters that cannot be used (line breaks or control characters).",
)
FEW_OPTIONS = Words(
    "選択肢を2つ以上、1行に1つずつ書いてください。",
    "Write at least two options, one per line.",
)
MANY_OPTIONS = Words(
    f"選択肢は{MAX_OPTIONS}個までです。", f"There may be at most {MAX_OPTIONS} options."
)
SAME_OPTIONS = Words("同じ選択肢が2つあります。", "The same option is there twice.")
LIMIT = Words(
    f"1から{MAX_VALUE_CHARACTERS}までの数字で入力してください。",
    f"Enter a number from 1 to {MAX_VALUE_CHARACTERS}.",
)
TWO_SIGNATURES = Words(
    "署名欄は、1人につき1つの文書に1つだけ置けます。",
    "One person has at most one signature field in a document.",
)
OVERLAP = Words(
    "ほかの入力欄と重なっています。離してください。",
    "This overlaps another field. Move them apart.",
)
TAKEN = Words(
    "元のPDFにある注釈（リンク、コメント、スタンプなど）と重なっています。重なると、署名の検証で警告が出る"
    "ことがあります。離して置くか、注釈のないPDFに差し替えてください。",
    "This overlaps an annotation of the PDF itself (a link, a comment, a stamp ...), for which "
    "verifiers may warn. Move it away, or use a PDF without the annotation.",
)


def pages(count: int) -> Words:
    """Which pages there are."""
    return Words(
        f"ページは1から{count}までの数字で入力してください。",
        f"Enter a page from 1 to {count}.",
    )


def small(size: Size) -> Words:
    """How large it has to be."""
    return Words(
        f"小さすぎます。幅{size.width:g} mm、高さ{size.height:g} mm以上にしてください。",
        f"This is too small: at least {size.width:g} mm wide and {size.height:g} mm high.",
    )
