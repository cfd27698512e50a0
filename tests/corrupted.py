"""Streams in long runs, in the ways that servers write them, corrupted here and there: all made from one seed."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from unspool.core.options import Options, OtherTools, Thoughts
from unspool.core.repairs import Repair

Chunk = dict[str, Any]

TEXTS = (
    *(
        "a",
        "b ",
        "word",
        " and",
        "x" * 40,
        "Hi ",
        "é",
        "漢字",
        "\U0001f600",
        "\u2028",
        "\x7f",
        "obfuscation",
        "content",
    ),
    *("\n", "\t", '"', '\\"', "\\", "\\n", "\\u0041", "\\u0000", "\0", "/", "{", "}", "[DONE]", "data: ", ": ", "'"),
    *("", "", '"x","y"', '","obfuscation":"', "arguments", "\ud83d", "\ude00", "\x1b", " ", "null", "\\ud83d\\ude00"),
)
PLAIN = TEXTS[:6]
NUMBERS = ("1", "1.5", "1e5", "18446744073709551615", "-1", "0.1e1")
HUGE = ("123456789012345678901234567890", "-0", "1e400")
WORDS = "abcdefghijklmnopqrstuvwxyz0123456789ABC"


class Server:
    """How one server writes: the same for a whole stream, but for what makes it unreliable."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.compact = random.random() < 0.7
        self.escapes = random.choice([0.0, 0.0, 0.0, 0.1, 1.0])  # how often a character is escaped for no reason
        self.ascii = random.random() < 0.5
        self.padding = random.choice([None, None, None, "end", "end", "end", "odd", "front", "middle"])
        self.words = random.choice([PLAIN, TEXTS, (*PLAIN * 6, *TEXTS)])
        self.index_behind = random.random() < 0.2
        self.finish = random.random() < 0.8
        self.role = random.random() < 0.15
        self.names = random.choice([(), (), (), ("id",), ("id", "name"), ("name",), ("id", "name", "legacy")])
        self.before: Chunk = random.choice(
            [{"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "m"}] * 5
            + [{}, {"id": None}, {"id": 7, "model": "é"}, {"id": "", "created": 0}, {"x": {"id": 1}, "id": "a"}]
        )
        self.behind: Chunk = random.choice(
            [{}, {}, {}, {}, {"usage": None}, {"system_fingerprint": "f"}, {"p": [[]]}, {"object": ""}, {"error": None}]
        )
        self.of_choice: Chunk = random.choice([{}, {}, {}, {"logprobs": None}, {"usage": None}, {"x": "content"}])
        self.native = random.choice(["reasoning_content", "reasoning"])
        self.reasoning_twice = random.choice([None, None, "reasoning", "thinking", "reasoning_details"])

    def chunk(self, delta: Chunk, choice: int = 0, finish: str | None = None, **members: Any) -> Chunk:
        made: Chunk = {} if self.index_behind else {"index": choice}
        made |= {"delta": delta, **self.of_choice}
        if self.finish or finish:
            made["finish_reason"] = finish
        if self.index_behind:
            made["index"] = choice
        return {**self.before, **members, "choices": [made], **self.behind}

    def text(self) -> str:
        return self.random.choice(self.words) if self.random.random() < 0.97 else self.random.choice(TEXTS)

    def texts(self, longest: int = 60) -> list[str]:
        return [self.text() for _ in range(self.random.randint(1, longest))]

    # --- what one response is made of, in chunks ------------------------------------------

    def content(self, choice: int) -> list[Chunk]:
        return [self.chunk(self._delta({"content": text}), choice) for text in self.texts()]

    def reasoning(self, choice: int) -> list[Chunk]:
        return [self.chunk(self._delta(self._reasoning(text)), choice) for text in self.texts(30)]

    def _reasoning(self, text: str) -> Chunk:
        delta: Chunk = {self.native: text}
        if self.reasoning_twice == "reasoning_details":
            delta["reasoning_details"] = [{"type": "reasoning.text", "text": text}]
        elif self.reasoning_twice is not None:  # often with another text
            delta[self.reasoning_twice] = text if self.random.random() < 0.9 else self.text()
        return delta

    def _delta(self, delta: Chunk) -> Chunk:
        return {"role": "assistant", **delta} if self.role else delta

    def call(self, choice: int, index: int, tool: str) -> list[Chunk]:
        opening = {"index": index, "id": f"call_{choice}{index}", "type": "function"}
        first = {**opening, "function": {"name": tool, "arguments": ""}}
        delta = {"role": "assistant", "content": None, "tool_calls": [first]}
        chunks = [self.chunk(delta, choice)]
        for fragment in self.fragments():
            function = {"arguments": fragment}
            entry = (
                {"function": function, "index": index} if self.index_behind else {"index": index, "function": function}
            )
            for name in self.names:  # repeated on each fragment
                if name == "id":
                    entry["id"] = opening["id"]
                elif name == "name":
                    function["name"] = tool
            legacy = {"function_call": function} if "legacy" in self.names else {}
            chunks.append(self.chunk({**legacy, "tool_calls": [entry]}, choice))
        return chunks

    def fragments(self) -> list[str]:
        """Arguments: mostly those of a message, cut between and inside of texts."""
        random = self.random
        members: list[tuple[str, Any]] = [("message", "".join(self.texts()))]
        if random.random() < 0.4:
            members.insert(random.randint(0, 1), ("inner_thoughts", "".join(self.texts(20))))
        if random.random() < 0.3:
            members.insert(
                random.randint(0, len(members)), ("n", random.choice([1, [1, 2, "x"], {"message": "no"}, None]))
            )
        text = json.dumps(dict(members), ensure_ascii=random.random() < 0.5)
        text = text.replace("\ud83d", "?").replace("\ude00", "?") if random.random() < 0.5 else text
        if random.random() < 0.1:
            text = random.choice(
                [text[: len(text) // 2], text + text, text.replace('"', "'"), json.dumps(text), "{}" + text]
            )
        step = random.choice([1, 2, 3, 5, 8, 200])
        pieces = [text[at : at + step] for at in range(0, min(len(text), 120 * step), step)]
        if random.random() < 0.1:  # each holds all so far (A5)
            pieces = ["".join(pieces[: end + 1]) for end in range(min(len(pieces), 30))]
        for _ in range(random.choice([0, 0, 1, 3])):
            pieces.insert(random.randint(0, len(pieces)), "")
        return pieces

    def response(self) -> list[Chunk]:
        """One step: several choices, perhaps, each with one thing after the other."""
        random = self.random
        each: list[list[Chunk]] = []
        for choice in range(random.choice([1, 1, 1, 2, 3])):
            said: list[Chunk] = []
            calls = 0
            for kind in random.choices(["content", "reasoning", "message", "message", "other"], k=random.randint(1, 3)):
                if kind in ("message", "other"):
                    said += self.call(
                        choice, calls, "send_message" if kind == "message" else random.choice(["search", "send_"])
                    )
                    calls += 1
                else:
                    said += self.content(choice) if kind == "content" else self.reasoning(choice)
            finish = random.choice(["stop", "tool_calls", "length"])
            each.append([*said, self.chunk({}, choice, finish)] if random.random() < 0.9 else said)
        chunks = woven(each, random)
        if random.random() < 0.2:
            chunks.append({**self.before, "choices": [], "usage": {"total_tokens": 3}})
        if random.random() < 0.05:
            chunks.append({"error": {"message": "no", "code": 500}})
        return chunks

    # --- from chunks to bytes -------------------------------------------------------------

    def line(self, chunk: Chunk) -> bytes:
        padding = self.padding
        if padding is not None:
            chunk = self.padded(chunk, padding)
        separators = (",", ":") if self.compact else None
        text = json.dumps(chunk, ensure_ascii=self.ascii, separators=separators)
        if self.escapes and self.random.random() < 0.5:
            text = text.replace("a", "a" if self.random.random() > self.escapes else "\\u0061")
        if padding == "odd" and self.random.random() < 0.1:
            text = text[:-1] + ',"obfuscation":"twice"}'
        return text.encode("utf-8", "surrogatepass")

    def padded(self, chunk: Chunk, padding: str) -> Chunk:
        random = self.random
        value: Any = "".join(random.choices(WORDS, k=random.randint(1, 12)))
        if padding == "odd" and random.random() < 0.3:
            value = random.choice(["", "-", "é", "a b", '"', "\\", "\0padding\0", "\0text\0", None, 5, "x" * 300])
            if random.random() < 0.3:
                return chunk
        if padding == "front":
            return {"obfuscation": value, **chunk}
        if padding == "middle":
            choices = [{"obfuscation": value, **choice} for choice in chunk.get("choices", [])]
            return {**chunk, "choices": choices}
        return {**chunk, "obfuscation": value}


def woven(each: list[list[Chunk]], random: Random) -> list[Chunk]:
    """Several choices interleaved: by turns, at random, or one after the other."""
    manner = random.randint(0, 2)
    waiting = [list(one) for one in each if one]
    chunks: list[Chunk] = []
    turn = 0
    while waiting:
        turn = (turn + 1) % len(waiting) if manner == 0 else random.randrange(len(waiting)) if manner == 1 else 0
        turn = min(turn, len(waiting) - 1)
        chunks.append(waiting[turn].pop(0))
        waiting = [one for one in waiting if one]
        turn = turn if waiting else 0
    return chunks


# --- lines corrupted -------------------------------------------------------------------------------

Spoiling = Callable[[bytes, Random], list[bytes]]


def _changed(change: Callable[[Chunk, Random], None]) -> Spoiling:
    def corrupt(line: bytes, random: Random) -> list[bytes]:
        try:
            value = json.loads(line)
            change(value, random)
            made = json.dumps(value, separators=None if b'": ' in line else (",", ":"))
        except (ValueError, LookupError, TypeError, AttributeError):
            return [line]
        return [made.encode()]

    return corrupt


def _reorder(chunk: Chunk, random: Random) -> None:
    members = list(chunk.items())
    random.shuffle(members)
    chunk.clear()
    chunk.update(members)


def _texts(line: bytes) -> list[int]:
    """Where strings that are no keys end, before the quote."""
    return [
        at for at in range(1, len(line)) if line[at : at + 1] == b'"' and line[at + 1 : at + 2] in (b"}", b",", b"]")
    ]


def _within(*pieces: bytes) -> Spoiling:
    """Bytes put at the end of a string or anywhere."""

    def corrupt(line: bytes, random: Random) -> list[bytes]:
        places = _texts(line) if random.random() < 0.8 else list(range(len(line)))
        at = random.choice(places or [0])
        return [line[:at] + random.choice(pieces) + line[at:]]

    return corrupt


def _space(line: bytes, random: Random) -> list[bytes]:
    places = [at for at in range(len(line)) if line[at : at + 1] in (b":", b",", b"{", b"}", b"[", b"]")]
    at = random.choice(places or [0]) + random.randint(0, 1)
    return [line[:at] + random.choice([b" ", b"\t", b"  ", b"\r", b" \t", b"\n"]) + line[at:]]


def _renamed(line: bytes, random: Random) -> list[bytes]:
    """A key written with an escape, alone or beside itself."""
    name = random.choice([b"content", b"arguments", b"delta", b"choices", b"reasoning_content", b"obfuscation", b"id"])
    escaped = b'"\\u00%02x%b":' % (name[0], name[1:])
    plain = b'"%b":' % name
    forms = [escaped, escaped + b'"x",' + plain, plain + b'"x",' + plain, plain + b"null," + escaped]
    return [line.replace(plain, random.choice(forms), 1)]


def _cut(line: bytes, random: Random) -> list[bytes]:
    return [line[: random.randrange(len(line) + 1)]]


def _cut_out(line: bytes, random: Random) -> list[bytes]:
    start = random.randrange(len(line) + 1)
    return [line[:start] + line[start + random.choice([1, 1, 2, 9]) :]]


def _deep(chunk: Chunk, random: Random) -> None:
    value: Any = "x"
    for _ in range(random.choice([90, 150, 300])):
        value = [value]
    chunk[random.choice(["z", "id2"])] = value


SPOILINGS: dict[str, Spoiling] = {
    "a member more": _changed(
        lambda chunk, random: chunk.update(random.choice([{"z": 1}, {"content": "z"}, {"arguments": "x"}]))
    ),
    "a member of a delta": _changed(
        lambda chunk, random: chunk["choices"][0]["delta"].update(
            random.choice([{"role": "assistant"}, {"refusal": "r"}, {"content": "c"}])
        )
    ),
    "another order": _changed(_reorder),
    "another id": _changed(lambda chunk, random: chunk.update(id=random.choice(["b", "", None, "a"]))),
    "no id": _changed(lambda chunk, random: chunk.pop("id", None)),
    "another choice": _changed(lambda chunk, random: chunk["choices"][0].update(index=random.choice([0, 1, 2, None]))),
    "another call": _changed(
        lambda chunk, random: chunk["choices"][0]["delta"]["tool_calls"][0].update(index=random.choice([0, 1, None]))
    ),
    "two choices": _changed(lambda chunk, random: chunk["choices"].append({**chunk["choices"][0], "index": 1})),
    "a finish": _changed(
        lambda chunk, random: chunk["choices"][0].update(finish_reason=random.choice(["stop", "tool_calls"]))
    ),
    "usage": _changed(lambda chunk, random: chunk.update(usage={"total_tokens": 1})),
    "an error": _changed(lambda chunk, random: chunk.update(error={"message": "no"})),
    "deep": _changed(_deep),
    "white space": _space,
    "space behind": lambda line, random: [line + random.choice([b" ", b"\t", b"\r"])],
    "space before": lambda line, random: [random.choice([b" ", b"\t"]) + line],
    "an escaped key": _renamed,
    "cut": _cut,
    "cut out": _cut_out,
    "no UTF-8": _within(b"\xff", b"\xc3", b"\xed\xa0\xbd", b"\xe2\x80"),
    "a raw control character": _within(b"\x01", b"\x00", b"\x1f", b"\t", b"\x7f"),
    "a quote": _within(b'"', b'x","y', b'","', b'\\"', b'","content":"z'),
    "a backslash": _within(b"\\", b"\\\\", b"\\u", b"\\x", b"\\u12"),
    "half a pair": _within(b"\\ud83d", b"\\ude00", b"\\ud83d\\ude00"),
    "a NUL": _within(b"\\u0000", b"\\\\u0000", b"\\u0000text\\u0000"),
    "a long text": _within(b"long " * 2000),
    "a huge number": lambda line, random: [
        line.replace(b'"created":1', b'"created":%b' % random.choice(NUMBERS).encode())
    ],
    "gone": lambda line, random: [],
    "twice": lambda line, random: [line, line],
    "done": lambda line, random: [line, b"[DONE]"],
    "done glued": lambda line, random: [line + random.choice([b"[DONE]", b" [DONE] "])],
    "a ping": lambda line, random: [line, b'{"type":"ping"}'],
    "no chunk": lambda line, random: [line, random.choice([b"5", b"[]", b'"x"', b"{}", b"x"])],
}
"""What becomes of a line."""


def lines_of(random: Random, spoilings: int) -> list[bytes]:
    """The JSON lines of a stream, a few of them corrupted, or many in the same way."""
    server = Server(random)
    lines: list[bytes] = []
    for _ in range(random.choice([1, 1, 1, 2, 3])):
        lines += [server.line(chunk) for chunk in server.response()]
        if random.random() < 0.2:
            lines.append(b"[DONE]")
        if random.random() < 0.5:
            server.before = {**server.before, "id": random.choice(["b", "c", "a"])}
    for _ in range(spoilings):
        spoil = SPOILINGS[random.choice(list(SPOILINGS))]
        often = random.choice([0.02, 0.02, 0.02, 0.5, 1.0])
        lines = [made for line in lines for made in (spoil(line, random) if random.random() < often else [line])]
    return lines


def framed(lines: list[bytes], random: Random) -> bytes:
    """Lines as JSONL or as events, with what stands between them."""
    odd = random.choice([0.0, 0.0, 0.03, 0.3])
    mark = b"\xef\xbb\xbf" if random.random() < 0.1 else b""
    end = random.choice([b"\n", b"\n", b"\n", b"\n", b"\r\n", b"\r"])
    parts = [mark]
    if random.random() < 0.5:
        end = end if end != b"\r" else b"\n"
        for line in lines:
            parts += line, end
            if random.random() < odd:
                parts.append(random.choice([b"\n", b" \n", b"\r\n", b"\n\n", b": x\n"]))
    else:
        for line in lines:
            field = b"data: "
            behind = end + end
            if random.random() < odd:
                parts.append(
                    random.choice(
                        [
                            b": ping" + end + end,
                            b": x" + end,
                            b"event: message" + end,
                            b"id: 1" + end,
                            end,
                            b"data:" + end,
                        ]
                    )
                )
                field = random.choice([field, b"data:", b"data:  "])
                behind = random.choice([end, end * 3, b"\n\n", b"\r\n\n", b"\n\r\n", b"\r\n\r\n"])
            inner = line.replace(b"\n", end + b"data: ")
            if random.random() < odd / 2 and line:
                at = random.randrange(len(line))
                inner = line[:at] + end + b"data: " + line[at:]
            parts += field, inner, behind
    data = b"".join(parts)
    return data[: -random.randint(1, 4)] if random.random() < 0.15 else data


def cut_up(data: bytes, random: Random) -> list[bytes]:
    """Blocks: one, of one size, or of any sizes."""
    manner = random.randint(0, 4)
    if manner == 0:
        return [data]
    longest = (
        random.choice([1, 7, 40, 300]) if manner == 1 and len(data) < 20_000 else random.choice([300, 4096, 30_000])
    )
    blocks = []
    at = 0
    while at < len(data):
        size = longest if manner == 2 else random.randint(1, longest)
        blocks.append(data[at : at + size])
        at += size
    return blocks


def asked(random: Random) -> dict[str, Any]:
    """The settings of a run."""
    seldom = [False] * 6 + [True]
    repairs = frozenset(repair for repair in Repair if random.random() < 0.15)
    options = Options(
        tools=random.choice([{"send_message": "message"}, {"send_message": "message", "search": "n"}]),
        thoughts=random.choice(list(Thoughts)),
        other_tools=random.choice(list(OtherTools)),
        repairs=repairs,
        message_arguments=random.choice(seldom),
    )
    return {
        "options": options,
        "choice": random.choice([0, 0, 1]),
        "single_step": random.choice(seldom),
        "strict": random.choice(seldom),
    }


def corrupted_stream(seed: int, longest: int = 1500) -> tuple[list[bytes], dict[str, Any]]:
    """Blocks and settings; ``longest`` in lines."""
    random = Random(seed)
    data = framed(lines_of(random, random.choice([0, 0, 1, 1, 2, 4]))[:longest], random)
    return cut_up(data, random), asked(random)
