"""Keys in messages: masked from 12 characters on, since a shorter one may be an ordinary word."""

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import quote

import pytest
from tests.support import jsonl, message_call, run_with

from unspool import redaction
from unspool.sources.endpoint import Endpoint
from unspool.sources.upstream import Upstream

KEY = 'sk-Of/the"server~77>?'


@pytest.fixture(autouse=True)
def no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_protected", set())


@pytest.mark.parametrize(
    ("key", "masked"), [("placeholder", False), ("place-holder", True), ("of-the-server-77", True)]
)
def test_a_key_of_12_characters_is_masked(key: str, masked: bool) -> None:
    redaction.protect(key)
    message = redaction.redact(f"the {key} of this text")
    assert message == ("the *** of this text" if masked else f"the {key} of this text")
    data = redaction.mask(key.encode())
    assert data == (b"*" * len(key) if masked else key.encode())


@pytest.mark.parametrize("coded", [b64encode, urlsafe_b64encode])
@pytest.mark.parametrize("before", ["", "Bearer ", "user:", "ab"])
def test_the_forms_of_a_key_are_masked(before: str, coded: Callable[[bytes], bytes]) -> None:
    """Of base64 at most what the characters at both ends share with others stays: four bits of the first and last."""
    redaction.protect(KEY)
    in_base64 = coded(f"{before}{KEY}".encode()).decode()
    for form in (KEY.upper(), KEY.lower(), quote(KEY), quote(KEY, safe=""), json.dumps(KEY)[1:-1].replace("/", "\\/")):
        assert redaction.redact(f"{before}{form}!") == f"{before}***!"
        assert redaction.mask(f"{before}{form}!".encode()) == before.encode() + b"*" * len(form.encode()) + b"!"
    for form in (in_base64, in_base64.rstrip("="), quote(in_base64, safe="")):
        left = redaction.redact(f"it was {form}").removeprefix("it was ").replace("%3D", "=")
        assert len(left.rstrip("=")) <= len("***") + -(-len(before) * 8 // 6) + 2


def test_credentials_of_headers_and_addresses_are_masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://someone:pass%40word-of-proxy@proxy.invalid:1")
    monkeypatch.setenv("all_proxy", "http://[")
    Endpoint("http://me:password7@host/v1?token=token-in-query", headers={"X-Key": "Bearer key-in-a-header"})
    Upstream("http://host/v1")
    said = " ".join(["pass@word-of-proxy", b64encode(b"me:password7").decode(), "token-in-query", "key-in-a-header"])
    assert re.sub(r"\*{3}\S?", "*", redaction.redact(said)) == "* * * *"


@pytest.mark.parametrize(("member", "before"), [("message", 990), ("sent", 280), ("sent", 980)])
def test_a_message_is_cut_after_its_secrets_are_masked(member: str, before: int) -> None:
    """Also an error without a message, which is shown as it came."""
    redaction.protect(KEY)
    ran = run_with(["text"], jsonl([{"error": {member: "x" * before + KEY}}]))
    assert "x" * before + "***" in ran.stderr
    assert KEY[:4] not in ran.stderr


@pytest.mark.parametrize("place", ["a message tool", "events"])
def test_a_name_is_cut_after_its_secrets_are_masked(place: str) -> None:
    redaction.protect(KEY)
    name = "x" * 30 + KEY if place == "events" else "x" * 70 + KEY
    if place == "events":
        ran = run_with(["text"], f'event: {name}\ndata: {{"a":1}}\n\n'.encode())
    else:
        ran = run_with(["text", "--tool", f"{name}:message"], jsonl(message_call(['{"message":""}'], tool=name)))
    assert name.removesuffix(KEY) + "***" in ran.stderr
    assert KEY[:4] not in ran.stderr
