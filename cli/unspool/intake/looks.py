"""Recognition of sources that unspool does not read, with advice for each.

``recognise`` knows formats by their first bytes; some are certain at once, the
others only where nothing else could be read.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from unspool.intake.asked import Asked, Notice
from unspool.intake.compression import Unreadable
from unspool.intake.items import Found, Item

_PYTHON_REPR = "print(chunk.model_dump_json()), or json.dumps of a dict, writes what can be read"


class Look(NamedTuple):
    """A format by its first bytes: what it is, what to do; ``at_once`` if nothing else begins like it.

    With ``twice`` two lines in a row must match: a log may have one such line, and the stream in others.
    """

    pattern: re.Pattern[bytes]
    what: str
    advice: str
    at_once: bool = True
    twice: bool = False


def _look(pattern: bytes, what: str, advice: str, at_once: bool = True, twice: bool = False) -> Look:
    return Look(re.compile(pattern, re.DOTALL), what, advice, at_once, twice)


_NO_TEXT = re.compile("[\\0-\\x08\\x0e-\\x1a\\x1c-\\x1f\\x7f\ufffd]")
_SAMPLE = 128  # bytes
_FEW = 6  # of text a smaller part than one character in so many is none
LOOKS = (
    _look(
        rb"SQLite format 3\0",
        "a SQLite database",
        "query it: sqlite3 FILE 'select …' | unspool text; of llm: llm logs --json",
    ),
    _look(
        rb"PK\x03\x04|PK\x05\x06",
        "a zip archive",
        "run: unzip -p FILE | unspool text; of a HAR, name har.har inside (its bodies are separate files)",
    ),
    _look(rb".{257}ustar", "a tar archive", "run: tar -xO -f FILE | unspool text"),
    _look(rb"PAR1", "a Parquet file", "export the column as lines of JSON first, for example with duckdb"),
    _look(rb"ARROW1|\xff\xff\xff\xff.\0\0\0\x10", "an Arrow file", "export the column as lines of JSON first"),
    _look(rb"\x04\x22\x4d\x18", "lz4", "run: lz4 -dc FILE | unspool text"),
    _look(rb"\x1f\x9d", "a file of compress", "run: gzip -dc FILE | unspool text"),
    _look(rb"\xff\x06\0\0sNaPpY", "snappy", "decompress it first"),
    _look(rb"\x89LZO", "a file of lzop", "run: lzop -dc FILE | unspool text"),
    _look(rb"7z\xbc\xaf\x27\x1c", "a 7z archive", "run: 7z e -so FILE | unspool text"),
    _look(rb"Rar!", "a rar archive", "unpack it first"),
    _look(rb"\x89PNG|GIF8|\xff\xd8\xff|RIFF.{4}WEBP", "an image", "name the capture, not its picture"),
    _look(rb"%PDF-", "a PDF file", "name the capture itself"),
    _look(
        rb"\x0a\x0d\x0d\x0a|\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4",
        "a packet capture",
        "export the HTTP objects first, or record with curl -sN",
    ),
    _look(
        rb"\d{1,9}:(?:\d{1,9}:[a-z_]{2,20};|\d+:websocket)",
        "mitmproxy's flows",
        "run: mitmdump -nr FILE --set hardump=out.har, and name out.har",
    ),
    _look(
        rb"(?i:\s*)(?i:<!doctype html|<html|<head|<\?xml|<!--)",
        "an HTML or XML page",
        "a server or proxy answered instead of the model; check the address",
    ),
    _look(
        rb"\s*(?:\$ )?curl(?:\.exe)? ",
        "a curl command, not its output",
        "run it with -sN and name what it prints",
        at_once=False,
    ),
    _look(
        rb"\s*(?:fetch\(|await fetch|Invoke-WebRequest|\$session = New-Object)",
        "a command that a browser copied, not its output",
        "run it, or export a HAR with content",
    ),
    _look(
        rb"(?:[\d:.]+ )?(?:== Info:|=> Send header|<= Recv)",
        "the output of curl --trace, which cuts lines",
        "record with curl -sN or curl -i instead",
    ),
    _look(
        rb"\s*+(?:(?:const|let|var|import) [^\n]*+\n\s*+)*+nock\(",
        "nock's JavaScript",
        "record with output_objects: true and save the JSON",
    ),
    _look(
        rb"(?=[^\n]{0,80}[A-Z])(?=[^\n]{0,80}[a-z])[A-Za-z0-9+/\r\n]{200,}={0,2}\s*\Z",
        "base64",
        "run: base64 -d FILE | unspool text",
        at_once=False,
    ),
    _look(
        rb"(?:.*?\n)??[^\n{]*\bb['\"](?:(?:data|event)?:|\\n|['\"])",
        "Python bytes literals (b'data: …')",
        "log line.decode() instead of the bytes",
        twice=True,
    ),
    _look(
        rb"(?:.*?\n)??[^\n{]*\{'(?:type|(?=[^\n]*'(?:choices|delta|candidates|done)': )\w+)': ",
        "Python dicts, not JSON",
        "json.dumps(chunk) writes what can be read",
        twice=True,
    ),
    _look(
        rb"(?:[^\n]*\n){0,20}?Traceback \(most recent call last\):",
        "the traceback of a Python program",
        "its last line names the cause",
        at_once=False,
    ),
    _look(rb"\s*https?: error: ", "an error of httpie, which got no response", "ask again", at_once=False),
    _look(
        rb"(?:.*?\n)??[^\n{]*\b(?:ChatCompletion(?:Chunk)?|ModelResponse(?:Stream)?|RawMessage\w+Event|Response\w+Event|GenerateContentResponse|Choice|StreamingChoices)\(",
        "Python objects as repr() prints them",
        _PYTHON_REPR,
        at_once=False,
    ),
    _look(
        rb"\s*+\{\s++\w+: ",
        "objects as console.log prints them, with parts left out",
        "console.log(JSON.stringify(chunk)) writes what can be read",
        at_once=False,
    ),
)


def recognise(head: bytes, at_once: bool = False) -> Look | None:
    """The format that ``head`` begins, None if it is none of these."""
    return next((look for look in LOOKS if (look.at_once or not at_once) and look.pattern.match(head)), None)


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A format that is certain by its first bytes."""
    if head[:1] in (b"{", b"[") and not head.startswith((b"{'", b"[{'")):
        return False
    found = recognise(head, at_once=True)
    if found is None:
        return False
    sure = not found.twice or _continues(found, head, ended)
    return Unreadable(f"this is {found.what}", found.advice) if sure else sure


def _continues(look: Look, head: bytes, ended: bool) -> bool | None:
    """Whether the line after the first one that matches does so, too; None while it is not there."""
    lines = [line for line in head.split(b"\n") if line.strip()]
    following = next((at for at, line in enumerate(lines, 1) if look.pattern.match(line)), 0)
    if following == len(lines):
        return True if ended else None
    return look.pattern.match(lines[following]) is not None


def detect_binary(head: bytes, ended: bool, asked: Asked) -> Found:
    """Bytes that are no text: brotli, which begins with no mark, or anything else."""
    if head.startswith(b"\0\0") or not _NO_TEXT.search(head[:_SAMPLE].decode("utf-8", "replace")):
        return False  # text, or frames of AWS
    if len(head) < _SAMPLE and not ended:
        return None
    text = head[:_SAMPLE].decode("utf-8", "replace")
    if len(_NO_TEXT.findall(text)) * _FEW < len(text):
        return False
    return Unreadable(
        "this is binary data of no known format",
        "decompress it first; of a server's brotli, record with curl --compressed",
    )


def detect_last(head: bytes, ended: bool, asked: Asked) -> Found:
    """A format in which nothing was found that could be read."""
    if not ended:
        return False
    found = recognise(head)
    if found is not None:
        return Unreadable(f"this looks like {found.what}", found.advice)
    return next(_requests(head), False)


_REQUEST = re.compile(rb'\s*\{[^\n]*?"(?:messages|contents|input)"\s*:(?!\s*\[\s*\])')
_ANSWER = re.compile(rb'"(?:choices|candidates|delta)"\s*:')


def _requests(head: bytes) -> Iterator[Found]:
    """Requests in place of responses."""
    if _REQUEST.match(head) and not _ANSWER.search(head):
        batch = b'"custom_id"' in head
        what = "requests of a batch" if batch else "a request, not a response"
        yield Requests(what, "name the output file of the batch" if batch else "name what the server answered")


class Requests:
    """Requests: nothing is wrong with them, and there is nothing to read."""

    def __init__(self, what: str, advice: str) -> None:
        verb = "these are" if what.startswith("requests") else "this is"
        self._notice: Notice | None = Notice(f"{verb} {what}, so there is nothing to read; {advice}", loud=True)

    def feed(self, block: bytes) -> Iterator[Item]:
        """The reason, once."""
        if self._notice is not None:
            yield self._notice
            self._notice = None

    def close(self) -> Iterator[Item]:
        """Nothing."""
        yield from ()
