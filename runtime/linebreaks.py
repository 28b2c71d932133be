"""Where a line of Japanese or western text may be broken, whatever it is measured in.

Pages of PDFs are set in points and the text parts of mails in columns: both by these rules.
"""

from collections.abc import Callable, Iterable, Iterator

SELECTORS = frozenset([*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)])
"""Variation selectors: each follows the character whose shape it chooses."""

_NEVER_FIRST = frozenset(
    "、。，．,.・:：;；?？!！‼⁇⁈⁉゛゜´｀¨ヽヾゝゞ〃々〻ーｰ〜～–—…‥ァィゥェォッャュョヮヵヶぁぃぅぇぉっゃゅょゎゕゖ"
    "ㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿｧｨｩｪｫｬｭｮｯﾞﾟ｡､･)）]］}｝〕〉》」』】〙〗〟’”»｣％%‰°′″℃"
)
_NEVER_LAST = frozenset("(（[［{｛〔〈《「『【〘〖〝‘“«｢￥¥＄$£￡№#＃")
"""JIS X 4051, 8.1: line-start and line-end prohibition."""
_INSEPARABLE = frozenset("…‥—―")


def clusters(text: str) -> Iterator[str]:
    """Each character with the selector behind it, if there is one."""
    start = 0
    for place in range(1, len(text) + 1):
        if place == len(text) or ord(text[place]) not in SELECTORS:
            yield text[start:place]
            start = place


def atoms(row: str) -> list[str]:
    """Words of western scripts, and single characters with what may not part from them."""
    found: list[str] = []
    for cluster in clusters(row):
        if found and _stay_together(found[-1], cluster):
            found[-1] += cluster
        else:
            found.append(cluster)
    return found


def head(text: str, room: float, measure: Callable[[str], float]) -> str:
    """As many characters as fit."""
    fitting = ""
    for cluster in clusters(text):
        if measure(fitting + cluster) > room:
            break
        fitting += cluster
    return fitting


def broken(
    pieces: Iterable[str],
    room: float,
    measure: Callable[[str], float],
    *,
    whole: Callable[[str], bool] = lambda _: False,
) -> Iterator[str]:
    """Lines of at most `room` made of `pieces`, which are atoms.

    A piece longer than a line is broken anywhere, unless it is to stay `whole`.
    """
    line = ""
    for piece in pieces:
        if measure((line + piece).rstrip()) <= room:
            line += piece
            continue
        if line:
            yield line.rstrip()
        line = piece
        while not whole(line) and measure(line.rstrip()) > room:
            start = head(line, room, measure)
            if not start:
                break
            yield start
            line = line[len(start) :]
    yield line.rstrip()


def _stay_together(atom: str, cluster: str) -> bool:
    last, first = atom[-1], cluster[0]
    if first == " ":
        return True
    if last == " ":
        return False
    return (
        first in _NEVER_FIRST
        or last in _NEVER_LAST
        or (last in _INSEPARABLE and first == last)
        or (_is_western(last) and _is_western(first) and last != "-")
    )


def _is_western(character: str) -> bool:
    return character.isascii() or ord(character) < 0x2E80
