"""What is told of the means, and the text that organisations begin with.

Means are stored by their number: an older version of MEANS stays as it was read.
"""

from collections.abc import Mapping
from typing import NamedTuple

from domain.refusals import Words


class Means(NamedTuple):
    """One thing to know of the means (電磁的措置の種類及び内容)."""

    label: Words
    text: Words


MEANS_VERSION = 1
"""Of what this service tells of itself. Raised with every change; older ones stay in MEANS."""
MEANS: Mapping[int, tuple[Means, ...]] = {
    1: (
        Means(
            Words("方法の種類", "Kind of means"),
            Words(
                "電子情報処理組織を使用する方法。メールでお送りするリンクからウェブ画面で文書を読み、"
                "電子署名などの手続きを行い、完了した文書をダウンロードします。",
                "Electronic data processing over a network: documents are read on web pages that "
                "a mailed link opens, signed there electronically, and downloaded when finished.",
            ),
        ),
        Means(
            Words("ファイルへの記録の方式", "How files are recorded"),
            Words(
                "PDF（ISO 32000）。署名した方ごとに、その方の操作に基づいて、このサービスの"
                "電子証明書による電子署名（PAdES）とタイムスタンプ（RFC 3161）を付けます。"
                "完了後に、長期にわたって検証するためのデータを加えます（PAdES B-LTA）。",
                "PDF (ISO 32000). For each person who signs, and by that person's act, it gets an "
                "electronic signature (PAdES) with this service's certificate and a time-stamp "
                "(RFC 3161); once finished, data for verification over the long term (PAdES "
                "B-LTA).",
            ),
        ),
        Means(
            Words("表示と印刷", "Reading and printing"),
            Words(
                "文書は画面に表示でき、PDFファイルとして保存し、紙に印刷できます。",
                "Documents can be shown on a screen, kept as PDF files, and printed.",
            ),
        ),
        Means(
            Words("改変の有無の確認", "Telling changes"),
            Words(
                "署名のあとに文書が改変されていないことを、電子署名とタイムスタンプで確認できます。",
                "Signatures and time-stamps show whether a document was changed after signing.",
            ),
        ),
        Means(
            Words("ご本人の確認", "Knowing the person"),
            Words(
                "登録されたメールアドレスにお送りするリンクで確認します。差出人が指定したときは、"
                "アクセスコードや、メールで届く確認コードも入力していただきます。",
                "By a link that is mailed to the registered address. Where the sender demands it, "
                "also by an access code, or by a one-time code that comes by mail.",
            ),
        ),
        Means(
            Words("必要な環境", "What is needed"),
            Words(
                "メールの受信、最近のウェブブラウザ、PDFを表示できるソフトウェア。"
                "印刷するときはプリンター。",
                "A mailbox, a current web browser, a program that shows PDF files; a printer if "
                "documents are to be printed.",
            ),
        ),
    ),
}

DEFAULT_JA = (
    "1. 当方は、この封筒に含まれる契約書その他の文書について、書面の作成および交付に代えて、"
    "「使用する方法」に示された電子的な方法により、契約を締結し、文書の交付を受けることを承諾"
    "します。\n"
    "2. 当方は、使用される方法の種類および内容（ファイルへの記録の方式を含みます）を、あらか"
    "じめ示され、確認しました。\n"
    "3. 当方は、文書を画面に表示し、保存し、印刷できることを確認しました。\n"
    "4. この承諾は、当方を代表する者、または当方から権限を与えられた者が行います。\n"
    "5. 当方は、いつでもこの承諾を撤回できます。撤回したときは、あらためて承諾するまで、電子"
    "的な方法による手続きは行われません。撤回の前に行われた署名その他の手続きの効力は、撤回に"
    "よって失われません。\n"
    "6. 建設工事の請負契約（その変更を含みます）については、この承諾は、建設業法第19条第3項お"
    "よび建設業法施行令第5条の5に定める承諾を兼ねます。"
)
"""Ours, for a start. Each organisation has it checked, and makes it its own."""
DEFAULT_EN = (
    "1. For the contract and the other documents in this envelope, we agree that instead of "
    "paper documents being made and delivered, the contract is concluded and the documents "
    'are delivered by the electronic means described under "Means that are used".\n'
    "2. We have been told the kinds and contents of these means in advance, including how "
    "files are recorded, and have taken note of them.\n"
    "3. We have made sure that we can show the documents on a screen, keep them, and print "
    "them.\n"
    "4. This consent is given by someone who represents us, or whom we have authorised.\n"
    "5. We may withdraw this consent at any time. After a withdrawal, nothing is done by "
    "electronic means until we consent anew. Signatures made and steps taken before the "
    "withdrawal keep their effect.\n"
    "6. For contracts for construction work and changes to them, this is also the consent "
    "under Article 19, paragraph 3 of the Construction Business Act of Japan and Article 5-5 "
    "of its Enforcement Order."
)
