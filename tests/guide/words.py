"""What the guide's people are called and type, in the language of its reader."""

from dataclasses import dataclass

from domain.kinds import Language


@dataclass(frozen=True)
class Words:
    """One journey's words."""

    title: str
    message: str
    name: str
    company: str
    mail: str
    number: str
    address: str
    address_typed: str
    agree: str
    payment: str
    ways: tuple[str, str]
    question: str
    answer: str
    file: str
    on_phone: str
    show_code: str
    heir: str
    heir_mail: str
    why: str


WORDS = {
    Language.JA: Words(
        title="庁舎清掃業務委託契約",
        message="先日お打ち合わせした内容の契約書です。ご確認のうえ、お手続きをお願いいたします。",
        name="青山 花子",
        company="株式会社青山美装",
        mail="hanako.aoyama@vendor.example",
        number="08024680011",
        address="所在地",
        address_typed="東京都千代田区霞が関一丁目1番1号",
        agree="個人情報の取扱いに同意する",
        payment="支払方法",
        ways=("月払い", "年払い"),
        question="第2条の委託料は、消費税を含む金額でしょうか。",
        answer="はい、消費税を含む金額です。",
        file="登記事項証明書",
        on_phone="スマートフォンで手書きする",
        show_code="QRコードを表示する",
        heir="赤坂 次郎",
        heir_mail="jiro.akasaka@vendor.example",
        why="契約の担当は赤坂です。",
    ),
    Language.EN: Words(
        title="Cleaning of the town hall",
        message="This is the agreement we talked about. Please read it and sign.",
        name="Emma Clark",
        company="Clark Cleaning Ltd.",
        mail="emma.clark@vendor.example",
        number="08024680012",
        address="Address",
        address_typed="1-1-1 Kasumigaseki, Chiyoda-ku, Tokyo",
        agree="I agree to the handling of personal information",
        payment="Payment",
        ways=("Monthly", "Yearly"),
        question="Does the fee in Article 2 include consumption tax?",
        answer="Yes, it does.",
        file="Company register extract",
        on_phone="Sign by hand on a phone",
        show_code="Show a QR code",
        heir="Henry Baker",
        heir_mail="henry.baker@vendor.example",
        why="Mr Baker looks after our contracts.",
    ),
}
