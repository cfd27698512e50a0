"""A: the arguments themselves. One entry a stream; a new finding is a new entry."""

import json

from tests.quirks.case import HI, SAME, Case, ends, lines, more, opening
from tests.support import message_call


def says(*fragments: str) -> bytes:
    """A message call with its arguments in these fragments."""
    return lines(message_call(fragments))


def does(*fragments: str) -> bytes:
    """A call of another tool."""
    return lines(message_call(fragments, tool="weather"))


OSLO = '{"city": "Oslo"}'

CASES = [
    Case("A1", "at the start", lines([opening(arguments=None), more(None), more(HI), ends()]), "Hi\n"),
    Case("A1", "throughout", lines([opening("weather", arguments=None), more(None), ends()]), "", rewritten=SAME),
    Case("A2", "another tool", lines([opening("weather"), more(""), ends()]), "", rewritten=SAME),
    Case("A2", "a message tool says nothing", lines([opening(), more(""), ends()]), "", content=""),
    Case("A2", "a call with arguments is none", does(OSLO), "", rewritten=SAME, named=(), unnamed=("A2",)),
    Case("A3", "a message tool", lines([opening(arguments={"message": "Hi"}), ends()]), "Hi\n"),
    Case("A3", "another tool", lines([opening("weather", arguments={"city": "Oslo"}), ends()]), "", rewritten=SAME),
    Case("A4", "before the message", says("{}", '{"message": "H', 'i"}'), "Hi\n"),
    Case("A4", "glued to it", says('{}{"message": "H', 'i"}'), "Hi\n"),
    Case("A4", "before another tool's arguments", does("{}", '{"city"', ': "Oslo"}'), "", rewritten=SAME),
    Case(
        "A5",
        "with the repair",
        says('{"mess', '{"message": "xx', '{"message": "xxx', '{"message": "xxx"}'),
        "xxx\n",
        options=("--repair", "cumulative"),
    ),
    Case(
        "A5",
        "without it",
        says('{"message": "x', '{"message": "xx', '{"message": "xxx', '{"message": "xxx"}'),
        "x{\n",
        3,
    ),
    Case(
        "A5",
        "repetition is no resend",
        says('{"message": "', "l", "l", " -l", '"}'),
        "ll -l\n",
        options=("--repair", "cumulative"),
        named=(),
        unnamed=("A5",),
    ),
    Case("A6", "after the deltas", says('{"message": "H', 'i"}', HI), "Hi\n"),
    Case("A6", "with other spaces", says('{"message":"H', 'i"}', HI), "Hi\n"),
    Case("A6", "after another tool's deltas", does('{"city": ', '"Oslo"}', OSLO), "", rewritten=SAME),
    Case("A7", "members after the end", says(HI, ', "urgent": true}'), "Hi\n"),
    Case(
        "A7",
        "complete JSON that goes on inside a string",
        says('{"message": "{}', ' {}"}'),
        "{} {}\n",
        named=(),
        unnamed=("A7",),
    ),
    Case("A8", "a line feed and a tab", says('{"message": "one\ntwo\t', 'three"}'), "one\ntwo\tthree\n"),
    Case("A8", "any other control character", says('{"message": "a\x00b\x1bc"}'), "a\x00b\x1bc\n"),
    Case(
        "A8",
        "between tokens it is white space",
        says('{\n\t"message":\n', '"Hi"\n}'),
        "Hi\n",
        named=(),
        unnamed=("A8",),
    ),
    Case("A9", "between tokens", says('{"message": \\n"Hi"', "\\n}"), "Hi\n"),
    Case("A10", "stays as it is", says('{"message": "a\\\\nb"}'), "a\\nb\n"),
    Case("A10", "cut in between", says('{"message": "a\\', '\\nb"}'), "a\\nb\n"),
    Case("A10", "a real line feed is none", says('{"message": "a\\nb"}'), "a\nb\n", named=(), unnamed=("A10",)),
    Case(
        "A11",
        "with the repair",
        says(*json.dumps('{"message": "Hi \\"you\\""}')),
        'Hi "you"\n',
        options=("--repair", "double-encoded"),
    ),
    Case("A11", "without it", says(json.dumps(HI)), "", 3, content=""),
    Case(
        "A11",
        "a string that is no object",
        says(json.dumps("{hello world}")),
        "",
        3,
        options=("--repair", "double-encoded"),
        content="",
    ),
    Case("A12", "around the value", says('{"message": \\"foo\\"}'), "", 3, content=""),
    Case(
        "A13",
        "with the repair",
        says("{'message': 'It\\'s \"me\"'", ", 'urgent': True}"),
        'It\'s "me"\n',
        options=("--repair", "single-quotes"),
    ),
    Case("A13", "without it", says("{'message': 'Hi'}"), "", 3, content=""),
    Case("A13", "words of Python", says('{"urgent": True, "to": None, "quiet": False, "message": "Hi"}'), "Hi\n"),
    Case(
        "A13",
        "an apostrophe is none",
        says('{"message": "It\'s me"}'),
        "It's me\n",
        options=("--repair", "single-quotes"),
        named=(),
        unnamed=("A13",),
    ),
    Case("A14", "a comma before the brace", says('{"message": "Hi",', "}"), "Hi\n"),
    Case("A14", "a comma before the bracket", says('{"to": [1, 2,], "message": "Hi"}'), "Hi\n"),
    Case("A14", "a bare word", says('{"message": "Hi", "to": Dave,', "}"), "Hi\n", 3),
    Case("A14", "a key without quotes", says('{message: "Hi"}'), "", 3, content=""),
    Case("A14", "no closing brace", says('{"message": "Hi"'), "Hi\n", 4, named=("F8",)),
    Case("A14", "a quote that is not escaped", says('{"message": "say "hi" now"}'), "say \n", 3, named=("A17",)),
    Case("A15", "a fence around", says("```json\n", '{"message": "Hi"}', "\n```"), "Hi\n"),
    Case("A15", "prose behind", says('{"message": "Hi"} I hope', " that helps"), "Hi\n"),
    Case("A15", "prose before", says("Here: ", '{"message": "Hi"}'), "Hi\n"),
    Case("A16", "after the backslash", says('{"message": "a\\', 'nb"}'), "a\nb\n"),
    Case("A16", "inside the digits", says('{"message": "caf\\u00', 'e9"}'), "café\n"),
    Case("A16", "between the halves of a pair", says('{"message": "\\ud83d', '\\ude00"}'), "😀\n"),
    Case("A16", "a character at a time", says(*'{"message": "\\ud83d\\ude00\\n\\"\\\\"}'), '😀\n"\\\n'),
    Case("A16", "half a pair", says('{"message": "\\ud83d', ' alone"}'), "\ufffd alone\n"),
    Case("A17", "bytes are missing inside", says('{"message": "Hello', ' city": "Oslo"}'), "Hello city\n", 3),
    Case(
        "A18",
        "length inside the message",
        lines(message_call(['{"message": "line1'], finish="length")),
        "line1\n",
        4,
        finishes=("length",),
    ),
    Case(
        "A18",
        "length inside another call",
        lines(message_call(['{"city": "Os'], tool="weather", finish="length")),
        "",
        4,
        rewritten=SAME,
    ),
    Case("A19", "an array", says('["Hi"]'), "", 3, content=""),
    Case("A19", "prose", says("Hi there"), "", 3, content=""),
    Case("A19", "the message is an object", says('{"message": {"text": ', '"Hi"}}'), '{"text": "Hi"}\n', named=()),
    Case("A19", "the message is a number", says('{"message": 1', "e2}"), "1e2\n", named=()),
    Case("A19", "the message is null", says('{"message": null}'), "", content="", named=()),
    Case(
        "A20",
        "the whole in one fragment",
        says('{"message": "A long answer, all at once, and nothing before."}'),
        "A long answer, all at once, and nothing before.\n",
    ),
    Case("A21", "after the object", says('{"message": "Hi"}', "}</s"), "Hi\n"),
    Case("A21", "an end of markup", says('{"message": "Hi"}</tool', "_call>"), "Hi\n"),
    Case("A22", "the same key twice", says('{"message": "Hi", "message": "Yo"}'), "Hi\n"),
    Case("A22", "spelt with an escape", says('{"message": "Hi", "mess\\u0061ge": "Yo"}'), "Hi\n"),
    Case(
        "A22",
        "the same key deeper down is another",
        says('{"to": {"message": "Yo"}, "message": "Hi"}'),
        "Hi\n",
        named=(),
        unnamed=("A22",),
    ),
]
