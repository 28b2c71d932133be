"""Tables that nobody can read: told by line and column, so that somebody finds the place."""

import pytest

from domain.contact_table import read_table
from domain.tables import TableRefused, table_rows

HEAD = "氏名,メールアドレス,会社名\r\n"
GOOD = "山田 太郎,taro@yamada.example,株式会社山田組\r\n"


def refused(data: bytes) -> str:
    with pytest.raises(TableRefused) as found:
        list(table_rows(data))
    assert found.value.words.en
    return found.value.words.ja


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (
            (HEAD + GOOD + "佐藤,h@").encode() + b"\x81 ,x\r\n",
            "3行目の2列目（メールアドレス）",
        ),
        ((HEAD + GOOD + "佐藤,a@b.example,").encode("cp932") + b"\x81", "3行目の3列目（会社名）"),
        ((HEAD + GOOD).encode() + "佐藤".encode("cp932"), "3行目の1列目（氏名）"),
        ((HEAD + '"山田\r\n太郎",x,').encode() + b"\x81 ", "2行目の3列目（会社名）"),
        (b"\xef\xbb\xbf" + HEAD.encode() + b"a,\x81 ", "2行目の2列目（メールアドレス）"),
        (HEAD.encode() + b"a,b\0c,d\r\n", "2行目の2列目（メールアドレス）"),
        (b"\x81 ,b\r\n", "1行目の1列目"),
    ],
)
def test_a_character_that_cannot_be_read_is_told_by_its_place(data: bytes, place: str) -> None:
    said = refused(data)
    assert said.startswith(f"{place}：")
    assert "文字コード" in said


@pytest.mark.parametrize(
    ("row", "place"),
    [
        ('佐藤,"a@b.example,x\r\n' + GOOD * 3, "3行目の2列目（メールアドレス）"),
        ('佐藤,a@b.example,"さとう"建設\r\n', "3行目の3列目（会社名）"),
        ('"佐""藤",a,b,"c', "3行目の4列目"),
    ],
)
def test_a_quotation_mark_that_is_wrong_is_told_by_its_place(row: str, place: str) -> None:
    said = refused((HEAD + GOOD + row).encode())
    assert said.startswith(f"{place}：")
    assert "引用符" in said


def test_a_table_of_sixteen_bits_is_told_how_to_be_saved() -> None:
    assert refused((HEAD + GOOD).encode("utf-16")).startswith("文字コードを読み取れません")


def test_a_heading_of_no_length_or_with_commands_is_quoted_harmlessly() -> None:
    said = refused(b"\xe2\x80\xaeevil" + b"x" * 99 + b",b\n1\x81 ")
    assert "\u202e" not in said
    assert len(said) < 140
    with pytest.raises(TableRefused):
        read_table((HEAD + GOOD).encode() + b"\x81 ")
