"""Mails about a lost mail without fields for machines, and mails that only sound like them.

Written after the shapes that mail systems really use; no sample of anybody's mail.
"""

OURS = "<0000-7@musubi.test>"
RETURNED = f"From: Musubi <noreply@musubi.test>\nTo: sato@vendor.example\nMessage-ID: {OURS}\n"


def mail(sender: str, subject: str, text: str, *headers: str, charset: str = "utf-8") -> bytes:
    """One plain-text mail as it comes over the wire."""
    lines = [
        f"From: {sender}",
        "To: bounces+x@musubi.test",
        f"Subject: {subject}",
        *headers,
        f"Content-Type: text/plain; charset={charset}",
        "Content-Transfer-Encoding: 8bit",
        "",
        text,
    ]
    return "\n".join(lines).encode("iso-2022-jp" if charset == "iso-2022-jp" else "utf-8")


def parts(sender: str, subject: str, text: str, kind: str, charset: str = "utf-8") -> bytes:
    """A mail with a text and the returned headers, and nothing between them."""
    lines = [
        f"From: {sender}",
        f"Subject: {subject}",
        f"Content-Type: {kind}; boundary=b",
        "",
        "--b",
        f"Content-Type: text/plain; charset={charset}",
        "",
        text,
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        RETURNED,
        "--b--",
    ]
    return "\n".join(lines).encode("iso-2022-jp" if charset == "iso-2022-jp" else "utf-8")


DAEMON = "Mail Delivery System <MAILER-DAEMON@mx.vendor.example>"
REPORT = "multipart/report; report-type=delivery-status"

LOST = {
    "qmail": (
        mail("MAILER-DAEMON@mx.vendor.example", "failure notice", f"""\
Hi. This is the qmail-send program at mx.vendor.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<sato@vendor.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{RETURNED}"""),
        "5.1.1", OURS,
    ),
    "qmail after days": (
        mail("MAILER-DAEMON@mx.vendor.example", "failure notice", """\
Hi. This is the qmail-send program at mx.vendor.example.

<sato@vendor.example>:
192.0.2.5 does not like recipient.
Remote host said: 451 4.7.1 try later
Giving up on 192.0.2.5.
I'm not going to try again; this message has been in the queue too long.
"""),
        "4.7.1", None,
    ),
    "exim": (
        mail(DAEMON, "Mail delivery failed: returning message to sender", f"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  sato@vendor.example
    host mx.vendor.example [192.0.2.5]
    SMTP error from remote mail server after RCPT TO:<sato@vendor.example>:
    550-5.1.1 The account does not exist. 550 5.1.1 See help.vendor.example

------ This is a copy of the message, including all the headers. ------

{RETURNED}""", "X-Failed-Recipients: sato@vendor.example", "Auto-Submitted: auto-replied"),
        "5.1.1", OURS,
    ),
    "postfix, fields cut off by a gateway": (
        parts("MAILER-DAEMON@mx.vendor.example (Mail Delivery System)",
              "Undelivered Mail Returned to Sender", """\
This is the mail system at host mx.vendor.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients.

<sato@vendor.example>: host mx2.vendor.example[192.0.2.6] said: 552 5.2.2
    mailbox full (in reply to end of DATA command)
""", "multipart/mixed"),
        "5.2.2", OURS,
    ),
    "exchange in Japanese without fields": (
        parts("Microsoft Outlook <postmaster@vendor.example>", "=?utf-8?b?6YWN5L+h5LiN6IO9?=", """\
次の受信者またはグループへの配信に失敗しました:

sato@vendor.example
入力したメール アドレスが見つかりませんでした。

管理者向けの診断情報:
リモート サーバーから次が返されました '550 5.1.10 RESOLVER.ADR.RecipientNotFound'
""", REPORT),
        "5.1.10", OURS,
    ),
    "old exchange": (
        mail("System Administrator <postmaster@vendor.example>", "Undeliverable: request", """\
Your message

  To:      sato@vendor.example

did not reach the following recipient(s):

sato@vendor.example on Mon, 23 Nov 2026 09:17:11 +0900
    The recipient name is not recognized
"""),
        "", None,
    ),
    "docomo, as sendmail": (
        mail("Mail Delivery Subsystem <MAILER-DAEMON@docomo.example>",
             "Returned mail: User unknown", """\
The original message was received at Mon, 23 Nov 2026 09:17:10 +0900
from mail.musubi.test [192.0.2.1]

   ----- The following addresses had permanent fatal errors -----
<sato@docomo.example>

   ----- Transcript of session follows -----
... while talking to mfsmax.docomo.example.:
>>> RCPT To:<sato@docomo.example>
<<< 550 Unknown user sato@docomo.example
"""),
        "", None,
    ),
    "au": (
        mail("Postmaster@ezweb.example", "Mail System Error - Returned Mail", """\
次のあて先へのメッセージはエラーのため送信できませんでした。

送信先メールアドレスが見つかりませんでした。
メールアドレスをご確認の上、再送信してください。

<sato@ezweb.example>
""", charset="iso-2022-jp"),
        "", None,
    ),
    "au one net, whose system calls itself nobody": (
        mail("no-reply@app.auone-net.jp", "=?utf-8?b?44Oh44O844Or44Ko44Op44O86YCa55+l?=", """\
送信先のメールボックスが一杯のため、送
信できませんでした。
""", charset="iso-2022-jp"),
        "", None,
    ),
    "softbank, as postfix": (
        mail("MAILER-DAEMON@softbank.example (Mail Delivery System)",
             "Undelivered Mail Returned to Sender", """\
メールを配信できませんでした。
I'm sorry to have to inform you that your message could not be delivered.

<sato@softbank.example>: host mx.softbank.example[192.0.2.9] said: 550 Invalid
    recipient: <sato@softbank.example> (in reply to RCPT TO command)
"""),
        "", None,
    ),
    "a Japanese gateway without a sender": (
        mail("<>", "failure notice", """\
このメールは自動的に生成しています。
以下のメールアドレスへの送信に失敗しました。
sato@vendor.example

-------server message
550 5.1.1 unknown user
"""),
        "5.1.1", None,
    ),
    "html only": (
        mail("postmaster@vendor.example", "Undeliverable", """\
<html><style>p { color: red }</style><body><p>Delivery has <b>failed</b> to these
recipients or groups:</p><p>550 5.7.1 blocked</p></body></html>
""").replace(b"text/plain", b"text/html"),
        "5.7.1", None,
    ),
    "fields with a blank before the colon, after a line that is none": (
        f"From: {DAEMON}\nContent-Type: {REPORT}; boundary=b\n\n--b\n"
        "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        "Diagnostic-Code: smtp; 550-no such\n550 account here\nStatus : 5.1.1\nAction : failed\n"
        "\n--b--\n".encode(),
        "5.1.1", None,
    ),
}  # fmt: skip

LATE = {
    "exim": mail(
        DAEMON,
        "Warning: message 1abcde-000000-22 delayed 24 hours",
        """\
This message was created automatically by mail delivery software.
A message that you sent has not yet been delivered to one or more of its
recipients after more than 24 hours on the queue on mx.vendor.example.

No action is required on your part. Delivery attempts will continue for
some time. Eventually the mail delivery software will give up,
and when that happens, the message will be returned to you.
""",
        "X-Failed-Recipients: sato@vendor.example",
    ),
    "sendmail": mail(
        DAEMON,
        "Warning: could not send message for past 4 hours",
        """\
    **********************************************
    **      THIS IS A WARNING MESSAGE ONLY      **
    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **
    **********************************************

   ----- The following addresses had transient non-fatal errors -----
<sato@vendor.example>
   ----- Transcript of session follows -----
<sato@vendor.example>... Deferred: 450 4.2.1 busy
Will keep trying until message is 5 days old
""",
    ),
    "postfix": parts(
        DAEMON,
        "Delayed Mail (still being retried)",
        """\
# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND YOUR MESSAGE. #

Your message could not be delivered for more than 2 hour(s).
It will be retried until it is 4 day(s) old.
""",
        "multipart/mixed",
    ),
    "in Japanese": mail(
        "postmaster@vendor.example",
        "=?utf-8?b?6YCa55+l?=",
        """\
お客様のメールの配信が遅延しております。再送を続けますので、再度送信する必要はありません。
""",
    ),
}

NO_REPORT = {
    "vacation note": mail("佐藤 花子 <sato@vendor.example>", "=?utf-8?b?5LiN5Zyo?=", """\
12月1日まで不在のため、メールを確認できません。急ぎの連絡は配信できませんので電話でお願いします。
""", "Auto-Submitted: auto-replied"),
    "vacation note that a mail system sends": mail(
        "postmaster@vendor.example", "Automatic reply: request",
        "I was not able to read mail; messages could not be delivered to my desk."),
    "automatic answer in Japanese": mail(
        DAEMON, "=?utf-8?b?44CQ6Ieq5YuV6L+U5L+h44CR44GK5ZWP44GE5ZCI44KP44Gb?=",
        "お問い合わせありがとうございます。担当者が不在の場合は返信できません。"),
    "answer of an old autoresponder": mail(
        "MAILER-DAEMON@vendor.example", "Re: request", "The user is unknown to none.",
        "X-Autorespond: away"),
    "challenge": mail("postmaster@vendor.example", "Please confirm your message", """\
Your message could not be delivered yet. It is awaiting your confirmation:
please press the link and prove that you are a person.
"""),
    "quarantine": mail("postmaster@vendor.example", "Message held", """\
Your message to sato@vendor.example was not delivered: it has been quarantined and will be
released by an administrator.
"""),
    "quarantine in Japanese": mail("postmaster@vendor.example", "=?utf-8?b?6YCa55+l?=",
                                   "メールは隔離されたため、まだ配信できません。"),
    "somebody who quotes a bounce": mail("sato@vendor.example", "Fwd: failure notice", """\
Look what came back:
> This is a permanent error; I've given up.
> <x@vendor.example>: 550 5.1.1 unknown user
"""),
    "proof of delivery": mail(DAEMON, "Mail Delivery Status Report", """\
Enclosed is the mail delivery report that you requested.
<sato@vendor.example>: delivery via mx[192.0.2.2]:25: 250 2.1.5 Ok
"""),
    "our own words in the returned mail": mail(DAEMON, "About your mail", """\
Thank you for writing to us.

--- Below this line is a copy of the message.

署名依頼のメールが届かないときは。550 5.1.1 could not be delivered
"""),
    "list": mail("postmaster@vendor.example", "Digest", "could not be delivered",
                 "List-Id: <news.vendor.example>"),
    "nothing at all": mail(DAEMON, "", ""),
}  # fmt: skip
