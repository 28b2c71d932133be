"""What was typed, as the application reads it."""

from werkzeug.test import EnvironBuilder

from webapp.requests import StreamingRequest


def test_a_nul_becomes_a_sign_that_every_database_takes() -> None:
    builder = EnvironBuilder(
        method="POST",
        query_string={"q": "山\x00田"},
        data={"name": ["a\x00", "b"], "na\x00me": "c"},
    )
    request = builder.get_request(StreamingRequest)
    assert request.args["q"] == "山\ufffd田"
    assert request.form.getlist("name") == ["a\ufffd", "b"]
    assert request.form["na\ufffdme"] == "c"


def test_other_texts_are_left_alone() -> None:
    typed = "行1\r\n行2\t\u202e😀"
    request = EnvironBuilder(method="POST", data={"text": typed}).get_request(StreamingRequest)
    assert request.form["text"] == typed
