"""The likely encoding of text that is not UTF-8: that in which most of its characters are letters of one language."""

import re

_KANA, _HANGUL, _CYRILLIC = "[\u3041-\u30fe]", "[\uac00-\ud7a3]", "[\u0430-\u0451]"
_HAN = "[\u4e00-\u9fff\u3001\u3002\uff01-\uff1f]"
_SCRIPTS = (  # the least share of letters among its characters; those below could read the bytes as well
    ("shift_jis", _KANA, 0.3),
    ("euc_jp", _KANA, 0.3),
    ("cp1251", _CYRILLIC, 0.7),
    ("koi8-r", _CYRILLIC, 0.7),
    ("euc_kr", _HANGUL, 0.9),
    ("gb18030", _HAN, 0.9),
)
_HIGH = re.compile(rb"[\x80-\xff]+")
_WORD = 2.5  # bytes: accents of western languages are single, letters of others together


def likely_encoding(sample: bytes) -> str:
    """The name of the encoding."""
    runs = _HIGH.findall(sample)
    words = sum(map(len, runs)) >= _WORD * len(runs)
    for name, letters, share in _SCRIPTS:
        if (words or name == "shift_jis") and _share(sample.decode(name, "replace"), letters) >= share:
            return name
    # Windows-1252 alone has punctuation there.
    return "windows-1252" if any(0x80 <= byte < 0xA0 for byte in sample) else "iso-8859-1"


def _share(text: str, letters: str) -> float:
    """The share of ``letters`` among the characters that are not ASCII; 0 where the bytes are of another encoding."""
    foreign = sum(one > "\x7f" for one in text)
    return len(re.findall(letters, text)) / foreign if foreign and text.count("\ufffd") <= 1 else 0.0
