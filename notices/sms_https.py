"""A provider of SMS that takes one JSON document per message over HTTPS.

Address, token, sender and the document's shape are settings. Values are put into the leaves of
the parsed document, never into its text, so that nothing which somebody typed can change its shape.
"""

import json
import ssl
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from pathlib import Path
from string import Template
from typing import Any
from urllib.parse import urlsplit

import httpx

from domain.phones import is_e164
from domain.ports.sms import SmsDelayed, SmsMessage, SmsRefused

TIMEOUT_SECONDS = 20.0
"""Per step of the dialogue. Less than an activity's time-out, so that this process decides."""
LONGEST_PAUSE = timedelta(minutes=10)
"""After that the code would be worth nothing."""
VARIABLES = frozenset({"to", "sender", "text", "id"})
USUAL_BODY = '{"to": "$to", "from": "$sender", "text": "$text", "id": "$id"}'
_REFUSED = frozenset({400, 422})
"""What providers answer for a number that does not exist, or that wants none of it."""


class SmsSettingWrong(ValueError):
    """The process must not start with this setting."""


class HttpsSms:
    """Implements domain.ports.sms.SmsSender."""

    def __init__(  # noqa: PLR0913 - one argument per setting
        self,
        *,
        url: str,
        token_file: Path,
        sender: str,
        body: str = USUAL_BODY,
        ca_file: Path | None = None,
        timeout: float = TIMEOUT_SECONDS,
    ) -> None:
        """Raises SmsSettingWrong."""
        _check_url(url)
        self._url = url
        self._token_file = token_file
        self._sender = sender
        self._shape = _shape(body)
        self._token()
        # Redirections are not followed: they would carry the token elsewhere.
        self._client = httpx.Client(
            timeout=timeout,
            verify=_tls(ca_file),
            follow_redirects=False,
            trust_env=False,
        )

    def send(self, message: SmsMessage) -> None:
        """One POST. A connection that breaks counts as delayed although the provider may have taken
        the message: the repeat has the same id, in the document and as Idempotency-Key."""
        if not is_e164(message.number):
            raise SmsRefused("not a number")
        values = {
            "to": message.number,
            "sender": self._sender,
            "text": message.text,
            "id": message.message_id,
        }
        headers = {
            "Authorization": f"Bearer {self._token()}",
            "Idempotency-Key": message.message_id,
        }
        try:
            answer = self._client.post(
                self._url, json=_filled(self._shape, values), headers=headers
            )
        except httpx.HTTPError as problem:
            raise SmsDelayed(type(problem).__name__) from problem
        _judge(answer)

    def _token(self) -> str:
        """Read anew each time: an operator changes it without a restart."""
        try:
            if self._token_file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise SmsSettingWrong(f"others may read {self._token_file}; chmod go= it")
            token = self._token_file.read_text(encoding="ascii").strip()
        except OSError as problem:
            raise SmsSettingWrong(f"{self._token_file} cannot be read") from problem
        except UnicodeDecodeError as problem:
            raise SmsSettingWrong(f"{self._token_file} holds no token") from problem
        if not token or not token.isprintable() or " " in token:
            raise SmsSettingWrong(f"{self._token_file} holds no token")
        return token


def _judge(answer: httpx.Response) -> None:
    """By the status alone: what a provider writes beside it may repeat number and text."""
    code = answer.status_code
    if httpx.codes.is_success(code):
        return
    if code in _REFUSED:
        raise SmsRefused(f"http {code}")
    # A wrong token or address is the operator's to mend, an outage the provider's.
    raise SmsDelayed(f"http {code}", _pause(answer.headers.get("Retry-After", "")))


def _pause(said: str) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3); None for anything else."""
    if said.isascii() and said.isdigit() and len(said) < 7:
        return min(timedelta(seconds=int(said)), LONGEST_PAUSE)
    try:
        moment = parsedate_to_datetime(said)
    except ValueError:
        return None
    moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    return min(max(moment - datetime.now(UTC), timedelta(0)), LONGEST_PAUSE)


def _check_url(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "https" and parts.hostname and not parts.username:
        return
    if parts.scheme == "http" and _is_this_machine(parts.hostname or ""):
        return
    raise SmsSettingWrong("sms_url must begin with https://")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(ca_file: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _shape(body: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        shape = json.loads(body)
    except ValueError as problem:
        raise SmsSettingWrong("sms_body is no JSON") from problem
    named = _named(shape)
    if named - VARIABLES:
        raise SmsSettingWrong(f"sms_body names {', '.join(sorted(named - VARIABLES))}")
    if {"to", "text"} - named:
        raise SmsSettingWrong("sms_body must name $to and $text")
    return shape


def _named(shape: object) -> set[str]:
    if isinstance(shape, dict):
        return set().union(*map(_named, shape.values()))
    if isinstance(shape, list):
        return set().union(*map(_named, shape))
    if not isinstance(shape, str):
        return set()
    template = Template(shape)
    if not template.is_valid():
        raise SmsSettingWrong("sms_body has a $ that names nothing; write $$ for one")
    return set(template.get_identifiers())


def _filled(shape: Any, values: Mapping[str, str]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(shape, dict):
        return {key: _filled(part, values) for key, part in shape.items()}
    if isinstance(shape, list):
        return [_filled(part, values) for part in shape]
    return Template(shape).substitute(values) if isinstance(shape, str) else shape
