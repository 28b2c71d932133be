"""What a correction changed: in pieces that people read, page by page, with nothing hidden."""

import pytest

from domain.limits import COMPARED_STEPS, COMPARED_STEPS_EACH
from domain.page_changes import SAME_LOOK, Look, Place, Room, Words, page_changes
from domain.page_pairs import PageMark, PagePair, pair_pages
from domain.text_changes import Change, Steps, text_changes


def said(before: str, after: str) -> str:
    """`[-out-]{+in+}` and what stays between."""
    forms = {Change.SAME: "{}", Change.OUT: "[-{}-]", Change.IN: "{{+{}+}}", Change.GAP: "…"}
    return "".join(forms[part.change].format(part.text) for part in text_changes(before, after))


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        (
            "金1,000,000円とする。",
            "金1,200,000円とする。",
            "金[-1,000,000-]{+1,200,000+}円とする。",
        ),
        ("令和9年3月31日", "令和10年3月31日", "令和[-9-]{+10+}年3月31日"),
        ("業務委託契約書", "業務委託変更契約書", "業務委託{+変更+}契約書"),
        ("金百万円", "金三百万円", "金{+三+}百万円"),
        ("委託料の額", "請負料の額", "[-委託料-]{+請負料+}の額"),
        (
            "30日以内に支払わなければならない。",
            "30日以内に支払うものとする。",
            "30日以内に支払[-わなければならない-]{+うものとする+}。",
        ),
        ("delivered on time", "paid on time", "[-delivered -]{+paid +}on time"),
        ("甲は支払う。", "甲は支払う。乙は受け取る。", "甲は支払う。{+乙は受け取る。+}"),
    ],
)
def test_what_changed_is_shown_in_words_and_whole_figures(
    before: str, after: str, shown: str
) -> None:
    assert said(before, after) == shown


def test_where_a_line_breaks_and_which_radical_a_font_writes_changes_nothing() -> None:
    assert text_changes("支払わなければ\nならない。 以上", "支払わなければならない。以上") == ()
    assert text_changes("⼀般競争⼊札", "一般競争入札") == ()


def test_a_wider_letter_is_a_change_since_people_see_it() -> None:
    assert said("第1条", "第①条") == "第[-1-]{+①+}条"


def test_only_the_surroundings_of_a_change_are_shown() -> None:
    long = "あ" * 200
    assert said(f"{long}、甲。{long}", f"{long}、乙。{long}") == (
        f"…{'あ' * 23}、[-甲-]{{+乙+}}。{'あ' * 23}…"
    )


def marks(*texts: str | None) -> list[PageMark]:
    return [PageMark(text) for text in texts]


def test_a_page_that_was_put_in_does_not_make_all_behind_it_look_changed() -> None:
    before = marks("第一条 目的", "第二条 委託料", "第三条 期間")
    after = marks("第一条 目的", "別紙 仕様書", "第二条 委託料", "第三条 期間")
    assert pair_pages(before, after) == ((1, 1), (None, 2), (2, 3), (3, 4))
    assert pair_pages(after, before) == ((1, 1), (2, None), (3, 2), (4, 3))


def test_a_changed_page_goes_with_the_one_that_it_was_made_of() -> None:
    before = marks("この契約の目的は次のとおりとする", "委託料は金百万円とし月末に支払う")
    after = marks(
        "表紙", "この契約の目的は以下のとおりとする", "委託料は金二百万円とし月末に支払う"
    )
    assert pair_pages(before, after) == ((None, 1), (1, 2), (2, 3))


def test_scans_are_held_in_place_by_their_pictures() -> None:
    before = [PageMark("", picture) for picture in ("a", "b", "c")]
    after = [PageMark("", picture) for picture in ("a", "new", "b", "c")]
    assert pair_pages(before, after) == ((1, 1), (None, 2), (2, 3), (3, 4))


def test_a_page_says_of_words_and_look_what_is_known_of_each() -> None:
    before = [PageMark("第一条", "p"), PageMark("", "q"), PageMark("図面", "r"), PageMark(None)]
    after = [PageMark("第二条", "p2"), PageMark("", "q2"), PageMark("図面", "r"), PageMark(None)]
    looks = {PagePair(2, 2): Look(500, (Place(0, 0, 10, 10),))}
    words, scan, same, unread = page_changes(before, after, looks, Room())
    assert (words.words, words.look, words.changed) == (Words.CHANGED, None, True)
    assert (scan.words, scan.looks_different, scan.changed) == (Words.NONE, True, True)
    assert (same.words, same.look, same.changed) == (Words.SAME, SAME_LOOK, False)
    assert (unread.words, unread.look, unread.changed) == (Words.NONE, None, False)


def test_when_too_much_changed_the_rest_is_stated_and_not_compared() -> None:
    before = marks(*(f"第{page}条 あいうえお" for page in range(9)))
    after = marks(*(f"第{page}条 かきくけこ" for page in range(9)))
    pages = page_changes(before, after, {}, Room(30))
    assert [page.cut for page in pages] == [False, False] + [True] * 7
    assert all(page.changed for page in pages)
    assert not any(page.parts for page in pages if page.cut)


def bits(count: int, power: int) -> str:
    """A page of "0 1 1 0 ...", another for each power of three."""
    return " ".join(format(3 ** (4_000 + power), "b")[:count])


def taken(before: str, after: str) -> int:
    """Steps of comparing, without a bound."""
    steps = Steps(10**9)
    text_changes(before, after, steps)
    return 10**9 - steps.left


def test_a_page_of_few_different_words_is_cut_and_leaves_room_for_the_others() -> None:
    hostile = bits(900, 1), bits(900, 2)
    assert taken(*hostile) > COMPARED_STEPS_EACH, "it would take long"
    room = Room()
    first, second = page_changes(
        marks(hostile[0], "金百万円"), marks(hostile[1], "金三百万円"), {}, room
    )
    assert (first.words, first.cut, first.parts) == (Words.CHANGED, True, ())
    assert (second.cut, bool(second.parts)) == (False, True)
    assert 0 < COMPARED_STEPS - room.steps - COMPARED_STEPS_EACH < 1_000


def test_many_such_pages_take_no_more_steps_than_there_are() -> None:
    before, after = marks(*[bits(900, 1)] * 6), marks(*[bits(900, 2)] * 6)
    room = Room()
    assert all(page.cut for page in page_changes(before, after, {}, room))
    assert room.steps == 0


def test_frequent_words_of_a_long_page_are_no_landmarks() -> None:
    assert taken(bits(6_000, 1), bits(6_000, 2)) < COMPARED_STEPS_EACH / 10
