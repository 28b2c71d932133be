"""Letters and companies' forms that are written in several ways: one of them for all.

Old and new shapes of a kanji are one person's or one town's name (髙橋, 高橋); which of them stands
in a register depends on who typed it, and on the typeface. Letters that tell families apart
(斉, 斎) stay two.
"""

import re
from collections.abc import Iterator

_WRITTEN = """
    高髙 崎﨑嵜 辺邊邉 斎齋 斉齊 沢澤 浜濱濵 広廣 国國 島嶋嶌 富冨 吉𠮷 滝瀧
    竜龍 桜櫻 条條 徳德 恵惠 真眞 学學 会會 県縣 区區 鉄鐵 栄榮 楽樂
    芸藝 経經 済濟 館舘 峰峯 岳嶽 万萬 与與 亜亞 桧檜 渋澁 沖冲 塩鹽
    静靜 関關 壱壹 円圓 剣劍 巌巖 遥遙 薮藪 曽曾 槙槇 尭堯 桑桒 船舩
    鴎鷗 麹麴 野埜 蔵藏 総總 台臺 団團 売賣 医醫 応應 宝寶 実實 寿壽
    気氣 労勞 独獨 体體 変變
"""
"""Width, and compatibility forms like U+FA19 for 神, are NFKC's."""
VARIANTS = {shapes[0]: shapes[1:] for shapes in _WRITTEN.split()}
"""By the shape of today, others of it."""
SELECTORS = "\ufe00-\ufe0f\U000e0100-\U000e01ef"
"""Which drawing of a kanji is meant; within a regular expression's brackets."""
_ONE_SHAPE = str.maketrans({other: one for one, others in VARIANTS.items() for other in others})
_SELECTED = re.compile(f"[{SELECTORS}]")
_VU = re.compile("ヴ([ァィェォュ]?)")
_BU = {"ァ": "バ", "ィ": "ビ", "ェ": "ベ", "ォ": "ボ", "ュ": "ビュ", "": "ブ"}
BU = {"バ": "ァ", "ビ": "ィュ", "ベ": "ェ", "ボ": "ォ", "ブ": ""}
"""What stands behind ヴ where it is one of these."""

FORMS = {
    "株式会社": ("株",),
    "有限会社": ("有",),
    "合同会社": ("合", "同"),
    "合名会社": ("名",),
    "合資会社": ("資",),
    "医療法人": ("医",),
    "医療法人社団": ("医社",),
    "医療法人財団": ("医財",),
    "学校法人": ("学",),
    "宗教法人": ("宗",),
    "社会福祉法人": ("福", "社福"),
    "社団法人": ("社",),
    "一般社団法人": ("一社",),
    "公益社団法人": ("公社",),
    "財団法人": ("財",),
    "一般財団法人": ("一財",),
    "公益財団法人": ("公財",),
    "特定非営利活動法人": ("特非", "npo"),
    "独立行政法人": ("独",),
    "地方独立行政法人": ("地独",),
}
"""Written out, and what stands in brackets for it; small letters."""
_NPO_WRITTEN_OUT = "特定非営利活動法人"
NPO = "npo法人"
"""A word of its own, which people look for as it is; also 特定非営利活動法人."""
LONG_FORM = re.compile("|".join(sorted([*FORMS, NPO], key=len, reverse=True)))
"""Any of them, the longest first."""
_OF_SHORT = {short: form for form, shorts in FORMS.items() for short in shorts}
_SHORT = re.compile(rf"\(({'|'.join(sorted(_OF_SHORT, key=len, reverse=True))})\)")
_NEVER_SHORT = """
    社会医療法人社団 社会医療法人財団 社会医療法人 準学校法人 国立大学法人 公立大学法人
    国立研究開発法人 農事組合法人 弁護士法人 税理士法人 司法書士法人 行政書士法人 監査法人 相互会社
"""
_WRITTEN_OUT = "|".join(sorted([*FORMS, *_NEVER_SHORT.split()], key=len, reverse=True))
ANY_FORM = re.compile(
    rf"{_SHORT.pattern}|(?:(?:特例)?認定)?(?:npo法人|特定非営利活動法人)|{_WRITTEN_OUT}"
    r"|\b(?:co(?:mpany)?\.?,? ?)?(?:ltd|limited|inc(?:orporated)?)\b\.?"
    r"|\b(?:llc|llp|plc|gmbh)\b\.?|\bk\.? ?k\b\.?|\bcorp(?:oration)?\b\.?"
)
"""Whatever says of a partner's name what sort of company it is."""


def one_shape(text: str) -> str:
    """Of text after NFKC whose kana are katakana: kanji in the shape of today, バ for ヴァ."""
    plain = _SELECTED.sub("", text).translate(_ONE_SHAPE)
    return _VU.sub(lambda found: _BU[found[1]], plain)


def written_out(text: str) -> str:
    """Forms in brackets in full, in text of small letters."""
    return _SHORT.sub(lambda found: _OF_SHORT[found[1]], text)


def shorts_of(form: str) -> tuple[str, ...]:
    """What stands in brackets where the form, or a longer one that has it in it, is meant."""
    form = _NPO_WRITTEN_OUT if form == NPO else form
    return tuple(short for short, whole in _OF_SHORT.items() if form in whole)


def spellings(form: str) -> tuple[str, ...]:
    """How the form itself is written out."""
    return (_NPO_WRITTEN_OUT, NPO) if form in {_NPO_WRITTEN_OUT, NPO} else (form,)


def before(letter: str) -> Iterator[str]:
    """How the letter may end where it stands before another; katakana, as it was written."""
    yield letter
    yield from VARIANTS.get(letter, "")
    if letter in BU:
        yield from BU[letter].replace("ュ", "ヴ") or "ヴ"


def behind(letter: str) -> Iterator[str]:
    """How it may begin where it stands behind another."""
    yield letter
    yield from VARIANTS.get(letter, "")
    if letter in BU:
        yield "ヴ"
