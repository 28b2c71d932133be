"""A provider of SMS over HTTPS: what it is sent, and what its answers mean."""

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from domain.ports.sms import SmsDelayed, SmsMessage, SmsRefused
from notices.sms_https import LONGEST_PAUSE, HttpsSms, SmsSettingWrong
from tests.notices.sms_server import Manner, providing

pytestmark = pytest.mark.local_sockets

MESSAGE = SmsMessage("1b4e28ba-2fa1-11d2-883f-0016d3cca427", "+819012345678", "確認コード：1")


TOKEN = "s3cret-token"


def token_in(folder: Path, token: str = TOKEN) -> Path:
    file = folder / "sms.token"
    file.write_text(token + "\n")
    file.chmod(0o600)
    return file


def send(folder: Path, manner: Manner, message: SmsMessage = MESSAGE, **settings: object) -> None:
    with providing(manner) as url:
        HttpsSms(
            url=url,
            token_file=token_in(folder),
            sender="MUSUBI",
            timeout=0.5,
            **settings,  # type: ignore[arg-type]  # varied by tests
        ).send(message)


def test_one_document_with_token_and_the_messages_own_id(tmp_path: Path) -> None:
    manner = Manner()
    send(tmp_path, manner)
    [(headers, document)] = manner.taken
    assert headers["Authorization"] == "Bearer s3cret-token"
    assert headers["Idempotency-Key"] == MESSAGE.message_id
    assert document == {
        "to": MESSAGE.number,
        "from": "MUSUBI",
        "text": MESSAGE.text,
        "id": MESSAGE.message_id,
    }


def test_a_body_of_another_shape_is_filled_in_at_its_leaves(tmp_path: Path) -> None:
    shape = {"messages": [{"destinations": [{"to": "$to"}], "text": "$text", "flag": True, "n": 1}]}
    hostile = SmsMessage("id", "+819012345678", '"}], "to": "+81999" $sender \r\n\\')
    manner = Manner()
    send(tmp_path, manner, hostile, body=json.dumps(shape))
    [(_, document)] = manner.taken
    [one] = document["messages"]
    assert one == {
        "destinations": [{"to": "+819012345678"}],
        "text": hostile.text,
        "flag": True,
        "n": 1,
    }


@pytest.mark.parametrize("code", [400, 422])
def test_a_number_that_the_provider_refuses_is_refused_for_good(tmp_path: Path, code: int) -> None:
    with pytest.raises(SmsRefused, match=f"^http {code}$"):
        send(tmp_path, Manner([(code, {})]))


@pytest.mark.parametrize("code", [301, 302, 401, 403, 404, 408, 500, 502, 503])
def test_what_passes_or_can_be_mended_is_tried_again(tmp_path: Path, code: int) -> None:
    manner = Manner([(code, {"Location": "http://127.0.0.1:9/steal"})])
    with pytest.raises(SmsDelayed, match=f"^http {code}$"):
        send(tmp_path, manner)
    assert len(manner.taken) == 1


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("7", timedelta(seconds=7)),
        ("86400", LONGEST_PAUSE),
        ("soon", None),
        ("-5", None),
        ("９", None),
        ("9" * 400, None),
    ],
)
def test_a_provider_that_wants_a_pause_gets_it(
    tmp_path: Path, said: str, pause: timedelta | None
) -> None:
    with pytest.raises(SmsDelayed) as delayed:
        send(tmp_path, Manner([(429, {"Retry-After": said.encode().decode("latin-1")})]))
    assert delayed.value.pause == pause


def test_a_pause_may_be_a_date(tmp_path: Path) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(minutes=2), usegmt=True)
    with pytest.raises(SmsDelayed) as delayed:
        send(tmp_path, Manner([(429, {"Retry-After": until})]))
    assert delayed.value.pause is not None
    assert timedelta(minutes=1) < delayed.value.pause <= timedelta(minutes=2)


def test_an_answer_that_never_comes_is_asked_for_again_with_the_same_id(tmp_path: Path) -> None:
    manner = Manner([None, (200, {})])
    with providing(manner) as url:
        sender = HttpsSms(url=url, token_file=token_in(tmp_path), sender="M", timeout=0.5)
        with pytest.raises(SmsDelayed, match="ReadTimeout"):
            sender.send(MESSAGE)
        sender.send(MESSAGE)
    keys = [headers["Idempotency-Key"] for headers, _ in manner.taken]
    assert keys == [MESSAGE.message_id] * 2
    assert manner.taken[0][1] == manner.taken[1][1]


def test_nobody_there_is_a_delay(tmp_path: Path) -> None:
    with providing(Manner()) as url:
        pass
    sender = HttpsSms(url=url, token_file=token_in(tmp_path), sender="M", timeout=0.5)
    with pytest.raises(SmsDelayed, match="ConnectError"):
        sender.send(MESSAGE)


@pytest.mark.parametrize("number", ["", "09012345678", "+81\r\nX: y", "+819012345678\n"])
def test_only_numbers_leave(tmp_path: Path, number: str) -> None:
    manner = Manner()
    with pytest.raises(SmsRefused):
        send(tmp_path, manner, SmsMessage("id", number, "x"))
    assert not manner.taken


@pytest.mark.parametrize(
    "url",
    [
        "http://sms.example.jp/send",
        "ftp://sms.example.jp",
        "https://user:pw@sms.example.jp/",
        "http://localhost.evil.example/",
        "",
    ],
)
def test_a_token_crosses_no_network_in_clear(tmp_path: Path, url: str) -> None:
    with pytest.raises(SmsSettingWrong, match="https"):
        HttpsSms(url=url, token_file=token_in(tmp_path), sender="M")


@pytest.mark.parametrize(
    "body",
    [
        "no json",
        '{"to": "$to"}',
        '{"to": "$to", "text": "$text", "name": "$name"}',
        '{"to": "$to", "text": "$text", "price": "5 $"}',
        '{"$to": 1, "$text": 2}',
    ],
)
def test_a_document_that_could_not_be_filled_in_keeps_the_process_from_starting(
    tmp_path: Path, body: str
) -> None:
    with pytest.raises(SmsSettingWrong):
        HttpsSms(url="https://sms.example.jp/", token_file=token_in(tmp_path), sender="", body=body)


def test_a_token_that_others_may_read_or_that_is_none_is_told(tmp_path: Path) -> None:
    file = token_in(tmp_path)
    file.chmod(0o644)
    with pytest.raises(SmsSettingWrong, match="others may read"):
        HttpsSms(url="https://sms.example.jp/", token_file=file, sender="M")
    for bad in ("", "two words", "a\nb"):
        with pytest.raises(SmsSettingWrong, match="holds no token"):
            HttpsSms(url="https://x.example/", token_file=token_in(tmp_path, bad), sender="M")
    with pytest.raises(SmsSettingWrong, match="cannot be read"):
        HttpsSms(url="https://sms.example.jp/", token_file=tmp_path / "none", sender="M")


def test_no_secret_and_no_number_is_in_what_is_logged_of_a_failure(tmp_path: Path) -> None:
    for code in (400, 500):
        with pytest.raises((SmsDelayed, SmsRefused)) as problem:
            send(tmp_path, Manner([(code, {})]))
        said = str(problem.value) + repr(problem.value.__cause__)
        assert "s3cret" not in said
        assert "9012345678" not in said
