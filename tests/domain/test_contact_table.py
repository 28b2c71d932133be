"""Tables of contacts as spreadsheets write them."""

import pytest

from domain import contact_table, tables
from domain.contact_table import merged_with, read_table
from domain.contacts import Contact
from domain.refusals import Words
from domain.tables import TableRefused

HEAD = "氏名,メールアドレス,会社名・団体名,電話番号\r\n"
LINE = "山田 太郎,taro@example.jp,青山建設,03-1234-5678\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_each_encoding_is_known_by_itself(encoding: str) -> None:
    table = read_table((HEAD + LINE).encode(encoding))
    [line] = table.lines
    assert line.line == 2
    assert line.contact.name == "山田 太郎"
    assert line.contact.phone == "+81312345678"
    assert table.faults == []


def test_columns_come_in_any_order_in_either_language_and_others_are_named() -> None:
    text = (
        'Mail address,状態, Name ,備考\ntaro@example.jp,x,Taro,"一行目\n二行目"\nb@example.jp,,B,\n'
    )
    table = read_table(text.encode())
    assert table.columns == ("mail", "name", "note")
    assert table.unknown == ("状態",)
    assert [line.line for line in table.lines] == [2, 4]
    assert table.lines[0].contact.note == "一行目\n二行目"


def test_what_is_wrong_is_told_by_line_and_column() -> None:
    text = (
        HEAD + LINE + "\r\n"
        ",no mail,会社,12\r\n"
        "佐藤,sato@example.jp,会社,,余り\r\n"
        "山田　太郎,TARO@example.jp,,\r\n"
    )
    found = [(fault.line, fault.column) for fault in read_table(text.encode()).faults]
    assert found == [(4, "name"), (4, "mail"), (4, "phone"), (5, ""), (6, "mail")]


def test_a_language_is_a_word() -> None:
    head = "氏名,メールアドレス,言語\n"
    table = read_table(
        f"{head}a,a@example.jp,英語\nb,b@example.jp,\nc,c@example.jp,仏語\n".encode()
    )
    assert [line.contact.language for line in table.lines] == ["en", "ja"]
    assert [(fault.line, fault.column) for fault in table.faults] == [(4, "language")]


def test_an_apostrophe_in_front_of_a_formula_was_ours() -> None:
    table = read_table(f"{HEAD}'=a,a@example.jp,'O'Brien,'+81312345678\n".encode())
    [line] = table.lines
    assert line.contact.name == "=a"
    assert line.contact.company == "'O'Brien"
    assert line.contact.phone == "+81312345678"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x81 \xff", tables.NOT_TEXT),
        ((HEAD + LINE).encode("utf-16"), tables.NOT_TEXT),
        (b"", contact_table.NO_HEAD),
        (LINE.encode(), contact_table.NO_HEAD),
        (HEAD.encode(), tables.EMPTY),
        (f'{HEAD}"a,b'.encode(), tables.BROKEN),
        (b"x" * (tables.MAX_TABLE_BYTES + 1), contact_table.TOO_LARGE),
    ],
)
def test_a_file_that_is_no_such_table_is_refused(data: bytes, words: Words) -> None:
    with pytest.raises(TableRefused) as refused:
        read_table(data)
    assert refused.value.words.ja.endswith(words.ja)


def test_more_lines_than_can_be_taken_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact_table, "MAX_TABLE_LINES", 2)
    text = "氏名,メールアドレス\n" + "".join(f"a,a{n}@example.jp\n" for n in range(3))
    with pytest.raises(TableRefused):
        read_table(text.encode())


def test_only_the_columns_of_the_file_change() -> None:
    before = Contact(name="山田 太郎", mail="taro@example.jp", title="部長", company="旧社名")
    table = read_table((HEAD + "山田 太郎,taro@example.jp,,\r\n").encode())
    after = merged_with(before, table.lines[0], table.columns)
    assert (after.title, after.company) == ("部長", "")
