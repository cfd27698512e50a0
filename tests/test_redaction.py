"""Keys in messages: masked from 12 characters on, since a shorter one may be an ordinary word."""

import pytest

from unspool import redaction


@pytest.mark.parametrize(
    ("key", "masked"), [("placeholder", False), ("place-holder", True), ("of-the-server-77", True)]
)
def test_a_key_of_12_characters_is_masked(key: str, masked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redaction, "_protected", set())
    redaction.protect(key)
    message = redaction.redact(f"the {key} of this text")
    assert message == ("the *** of this text" if masked else f"the {key} of this text")
    data = redaction.mask(key.encode())
    assert data == (b"*" * len(key) if masked else key.encode())
