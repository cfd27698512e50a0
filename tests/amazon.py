"""Makes what Amazon's event stream framing is made of."""

import base64
import json
import struct
import zlib
from typing import Any


def message(payload: bytes = b"", raw_headers: bytes | None = None, **headers: str) -> bytes:
    """One message; headers are given without their colon and with underscores, as ``event_type="chunk"``."""
    packed = b"".join(header(":" + name.replace("_", "-"), value) for name, value in headers.items())
    packed = packed if raw_headers is None else raw_headers
    lengths = struct.pack(">II", len(packed) + len(payload) + 16, len(packed))
    head = lengths + struct.pack(">I", zlib.crc32(lengths)) + packed + payload
    return head + struct.pack(">I", zlib.crc32(head))


def header(name: str, value: str) -> bytes:
    """A header that holds text."""
    data = value.encode()
    return bytes([len(name)]) + name.encode() + b"\7" + struct.pack(">H", len(data)) + data


def event(name: str, value: Any) -> bytes:
    """An event with a JSON body."""
    return message(json.dumps(value).encode(), event_type=name, content_type="application/json", message_type="event")


def chunk(value: Any) -> bytes:
    """An event of InvokeModelWithResponseStream."""
    return event("chunk", {"bytes": base64.b64encode(json.dumps(value).encode()).decode(), "p": "abc"})


def exception(name: str, text: str) -> bytes:
    """The end of a response that failed."""
    return message(json.dumps({"message": text}).encode(), exception_type=name, message_type="exception")
