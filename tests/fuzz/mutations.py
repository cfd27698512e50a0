"""Inputs made of others: bytes changed anywhere, JSON whose members and values are changed, and logs of them."""

import json
from random import Random
from typing import Any

PARTS = (b"\n", b"\r\n", b'"', b"\\", b"{", b"}", b"[", b"\xff", b"\\ud83d", b"null", b"1e999", b"data: ")
VALUES: tuple[Any, ...] = (
    *(None, True, [], {}, "", 0, -1, 1.5, 10**30, [1], [[]], [{}], {"a": 1}, {"type": "x"}, ["x"]),
    *("x", "²", "9" * 5000, "-1", "1e999", "2024-13-45T99:99:99Z", "\ud83d", "{}", "[DONE]", "data: x", "a.b[0]"),
    '{"a":' + "[" * 1500 + "]" * 1500 + "}",
)
"""What takes the place of a value: other types, texts that only look like numbers, times or JSON, and deep JSON."""

AROUND = ((b"", b""), (b"app ", b""), (b"2026-01-02 03:04:05 INFO ", b""), (b"> ", b""), (b'{"ts":1,"event":', b"}"))
"""What logs have around each line."""


def mutated(first: bytes, second: bytes, random: Random) -> bytes:
    """``first`` with a few of its parts changed, moved, repeated, dropped, or replaced by parts of ``second``."""
    data = bytearray(first)
    for _ in range(random.randint(1, 6)):
        start = random.randrange(len(data) + 1)
        end = min(len(data), start + random.choice((1, 1, 2, 8, 64, 512)))
        part = bytes(data[start:end])
        from_second = random.randrange(len(second) + 1)
        data[start:end] = random.choice(
            (
                b"",
                part * 2,
                part[::-1],
                random.randbytes(len(part)),
                second[from_second : from_second + 200],
                random.choice(PARTS),
            )
        )
    return bytes(data)


def with_other_members(data: bytes, random: Random) -> bytes:
    """``data`` with up to three members of its JSON lines dropped, renamed, cut, or replaced by another value."""
    lines = data.split(b"\n")
    places = [number for number, line in enumerate(lines) if b"{" in line]
    for _ in range(random.randint(1, 3) if places else 0):
        number = random.choice(places)
        before, brace, rest = lines[number].partition(b"{")
        try:
            value = json.loads(brace + rest)
        except ValueError:
            continue
        _change(value, random)
        lines[number] = before + json.dumps(value).encode()
    return b"\n".join(lines)


def in_a_log(data: bytes, random: Random) -> bytes:
    """``data`` as lines of a log, or as members of others; with more blank lines, and with the line ends of Windows."""
    before, behind = random.choice(AROUND)
    lines = []
    for line in data.split(b"\n"):
        lines.append(before + line + behind if b"{" in line or before.endswith(b" ") else line)
        if random.random() < 0.1:
            lines.append(b"")
    return random.choice((b"\n", b"\r\n")).join(lines)


def _change(value: Any, random: Random) -> None:
    """Change one member of a value, at any depth, in place."""
    holders = [one for one in _containers(value) if one]
    if not holders:
        return
    holder = random.choice(holders)
    place = random.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    kind = random.randrange(4)
    if kind == 0:
        del holder[place]
    elif kind == 1 and isinstance(holder, dict):
        holder[f"x{place}"] = holder.pop(place)
    elif kind == 2 and isinstance(holder[place], str):
        holder[place] = holder[place][: random.randrange(len(holder[place]) + 1)]
    else:
        holder[place] = json.loads(json.dumps(random.choice(VALUES)))  # a copy


def _containers(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return [] if inner is None else [value, *(one for each in inner for one in _containers(each))]
