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
    others: tuple[str, ...]
    """Titles of further contracts."""
    comments: tuple[str, str]
    """What an approver writes."""
    back: str
    """Why somebody sends back."""
    chain: str
    stages: tuple[str, str, str]
    """Of a chain with a condition: the section's head, the department's, the mayor."""
    elsewhere: tuple[tuple[str, str], ...]
    """Contracts that were concluded elsewhere: file and partner; the last one is old."""
    late: str
    """Why an old contract is kept only now."""
    no_date: str
    """What is no day."""
    gone: str
    """Why something is deleted."""
    kind: str
    own_fields: tuple[str, str]
    """Of a kind of contract: a text and a day."""
    seal: str
    seal_text: str


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
        others=("公用車の賃貸借契約", "広報紙の印刷業務委託契約"),
        comments=("見積書を確認しました。", "予算の範囲内です。"),
        back="第3条の履行期限が仕様書と違います。確認してください。",
        chain="金額で部長が加わるルート",
        stages=("課長承認", "部長承認", "市長署名"),
        elsewhere=(
            ("公用車賃貸借契約書", "株式会社北町リース"),
            ("除雪業務委託契約書", "有限会社南町建設"),
            ("旧庁舎清掃契約書", "株式会社青山美装"),
        ),
        late="紙で保管していた契約書を、今年度にまとめて読み取りました。",
        no_date="11月の初め",
        gone="保存期間が終わり、公文書の廃棄の決裁を受けました。",
        kind="工事請負契約",
        own_fields=("工事場所", "工期の終わり"),
        seal="契約担当者印",
        seal_text="結び市契約担当之印",
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
        others=("Lease of official cars", "Printing of the town's paper"),
        comments=("I have seen the estimate.", "Within the budget."),
        back="The date in Article 3 is not that of the specification. Please look.",
        chain="Department's head by amount",
        stages=("Section", "Department", "Mayor"),
        elsewhere=(
            ("Lease of official cars", "North Leasing Ltd."),
            ("Clearing of snow", "South Construction Ltd."),
            ("Cleaning of the old town hall", "Clark Cleaning Ltd."),
        ),
        late="It was kept on paper, and scanned this year.",
        no_date="early in November",
        gone="The retention is over, and the disposal was approved.",
        kind="Construction",
        own_fields=("Site", "Last day of work"),
        seal="Seal of the contracts office",
        seal_text="結び市契約担当之印",
    ),
}
