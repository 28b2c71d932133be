"""The report of a verification as a table's lines, for pages and for ZIPs."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from domain.kinds import Language
from domain.report_words import COLUMNS, REPORT_WORDS
from domain.verification import ReportLine, finding_texts, result_words
from runtime.i18n import second_text
from runtime.spreadsheets import harmless


def report_lines(rows: Iterable[ReportLine], language: Language, zone: str) -> Iterator[list[str]]:
    """Head and one line a document; texts are harmless in spreadsheets."""
    yield [REPORT_WORDS[column].in_language(language) for column in COLUMNS]
    for row in rows:
        stamped = [stamp for stamp in row.stamps if stamp.at]
        newest = stamped[-1] if stamped else None
        yield [
            row.number,
            harmless(row.title),
            harmless(row.document),
            row.made_on.isoformat() if row.made_on else "",
            second_text(row.concluded, zone) if row.concluded else "",
            harmless(row.partner),
            result_words(row).in_language(language),
            harmless(" ".join(finding_texts(row.findings, language))),
            " ".join(finding.value for finding in row.findings),
            str(row.signatures),
            str(len(stamped)),
            second_text(datetime.fromisoformat(newest.at), zone) if newest else "",
            harmless(newest.authority) if newest else "",
            second_text(row.checked_at, zone) if row.checked_at else "",
            row.sha256,
        ]
