"""Finding: what stands between the same bytes, and how far the bytes that follow have them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unspool.fastpath.finding import NOTHING, Finder, Inside, agreeing
from unspool.formats.jsonl import JsonLines
from unspool.formats.record import Layout
from unspool.formats.sse import ServerSentEvents

LINE = b'{"id":"a","choices":[{"index":0,"delta":{"content":"Hi"}}]}'
PADDED = LINE[:-1] + b',"obfuscation":"abc"}'
HEAD, TAIL = LINE.split(b"Hi")
_, MIDDLE, LAST = PADDED.replace(b"Hi", b"abc").split(b"abc")


def finder(layout: Layout = JsonLines.layout) -> Finder:
    return Finder(layout.before + HEAD, b"", TAIL + layout.behind)


def padded_finder() -> Finder:
    return Finder(HEAD, MIDDLE, LAST + b"\n")


def lines(*bodies: bytes, layout: Layout = JsonLines.layout) -> bytes:
    return b"".join(layout.before + HEAD + body + TAIL + layout.behind for body in bodies)


def all_taken(one: Finder, block: bytes) -> list[bytes]:
    """What is taken bit by bit: a short rest may be left for the next time."""
    bodies: list[bytes] = []
    at = 0
    while one.first(block, at, len(block)).bodies and (more := one.take(block, at, len(block)).bodies):
        bodies += more
        at += sum(map(len, more)) + len(more) * one.size
    return bodies


@pytest.mark.parametrize("layout", [JsonLines.layout, ServerSentEvents.layout], ids=["jsonl", "sse"])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 5, 12, 13, 15, 16, 17, 31, 32, 33, 100])
def test_all_that_have_the_frame_are_taken(layout: Layout, count: int) -> None:
    bodies = [b"a", b"", rb"\"", b"word "] * 25
    block = lines(*bodies[:count], layout=layout)
    behind = LINE.replace(b"index", b"other") + b"\n\n"
    for data in (block, block + behind, block + layout.before + HEAD + b"cut"):
        assert all_taken(finder(layout=layout), data) == bodies[:count]


@pytest.mark.parametrize("text", [rb"\"", rb"say \"no\"", rb"\\", rb"\\\"", rb"\n"])
def test_no_escape_ends_what_is_taken_at_once(text: bytes) -> None:
    """Where quotes stand in the texts another pattern looks for them, in this response and the next."""
    bodies = [b"word "] * 20 + [text] + [b"word ", text] * 20
    for line, one in ((LINE, finder()), (PADDED, padded_finder())):
        block = b"".join(line.replace(b"Hi", body) + b"\n" for body in bodies)
        for _ in range(2):
            assert one.take(block, 0, len(block)).raws == bodies


@pytest.mark.parametrize("place", [0, 1, 15, 16, 17, 40])
@pytest.mark.parametrize(
    "odd",
    [
        LINE.replace(b"}}]}", b'},"z":1}]}'),
        LINE.replace(b'"a"', b'"b"'),
        LINE.replace(b"Hi", b'H"i'),
        LINE + b" ",
        LINE + b"\r",
        LINE[:-1],
        b"",
        HEAD,
        HEAD + TAIL[1:],
    ],
)
def test_nothing_behind_another_line_is_taken(place: int, odd: bytes) -> None:
    """The proof: bodies that were found by counting bytes stand in the frame, one behind the other."""
    block = lines(*[b"word "] * place) + odd + b"\n" + lines(*[b"word "] * 30)
    assert all_taken(finder(), block) == [b"word "] * place


def test_what_lies_behind_the_end_is_not_taken() -> None:
    block = lines(b"a", b"b", b"c")
    one = len(block) // 3
    assert finder().take(block, one, 2 * one).bodies == [b"b"]
    assert finder().take(block, one, 2 * one - 1) == NOTHING
    assert finder().first(block, one, 2 * one).bodies == [b"b"]
    assert finder().first(block, one, 2 * one - 1) == NOTHING
    assert finder().first(block, one + 1, 3 * one) == NOTHING


def test_padding_is_told_from_the_text() -> None:
    padded = padded_finder()
    bodies = [(b"a", b"x"), (b"", b"yy"), (b"obfuscation", b"Z9")]
    block = b"".join(PADDED.replace(b"Hi", text).replace(b"abc", padding) + b"\n" for text, padding in bodies)
    inside = padded.take(block, 0, len(block))
    assert list(zip(inside.raws, inside.paddings, strict=True)) == bodies
    assert inside.part(1, 2) == Inside(inside.bodies[1:2], [b""], [b"yy"], len(inside.bodies[1]))
    assert padded.first(block, 0, len(block)) == inside.part(0, 1)
    for odd in (b"", b"-", b"a b"):
        assert padded.first(PADDED.replace(b"abc", odd) + b"\n", 0, len(PADDED) + 9) == NOTHING


@pytest.mark.parametrize("layout", [JsonLines.layout, ServerSentEvents.layout], ids=["jsonl", "sse"])
def test_the_first_of_some_records(layout: Layout) -> None:
    one = finder(layout=layout)
    whole = lines(b"Hi", layout=layout)
    for behind in (b"", b"x", whole):
        assert one.first(whole + behind, 0, len(whole + behind)).bodies == [b"Hi"]
    for other in (b"", HEAD, TAIL, HEAD + TAIL[1:], LINE[1:], LINE + b" "):
        data = layout.before + other + layout.behind
        assert one.first(data, 0, len(data)) == NOTHING
    assert one.first(whole[:-1], 0, len(whole)) == NOTHING


@pytest.mark.parametrize("count", [1, 2, 3, 50])
@pytest.mark.parametrize("behind", [b": a comment\n\n" + LINE, b"data: {}\n\n", b"", b"data: {"])
def test_how_far_records_reach_that_begin_alike(count: int, behind: bytes) -> None:
    """A short rest may be left for the next time."""
    block = lines(*[b"a", b"word "] * count, layout=ServerSentEvents.layout)
    reached = finder(layout=ServerSentEvents.layout).reach(block + behind, 0, len(block + behind))
    assert len(block) - 2 * len(LINE) < reached <= len(block)
    assert block[:reached].endswith(b"\n\n")


@pytest.mark.parametrize("count", [1, 2, 3, 9, 16])
def test_how_many_agree_is_found_by_halves(count: int) -> None:
    for most in range(count + 1):
        asked: list[int] = []

        def agree(many: int, most: int = most, asked: list[int] = asked) -> bool:
            asked.append(many)
            return many <= most

        assert agreeing(agree, count) == most
        assert len(asked) <= 1 + count.bit_length()


TEXTS = st.sampled_from([b"a", b"", b"word ", rb"\"", rb"\n", rb"\\", rb"say \"no\" ", "\u00e9".encode(), b"x" * 90])
ENDS = st.lists(TEXTS, max_size=14)
PLAIN = st.lists(st.sampled_from([b"a", b"", b"word "]), max_size=70)


@given(st.lists(st.tuples(ENDS, PLAIN, ENDS), max_size=4), st.sampled_from([LINE[:-1], LINE[5:], b"{}", b""]))
def test_whatever_the_texts_they_are_found(
    responses: list[tuple[list[bytes], list[bytes], list[bytes]]], odd: bytes
) -> None:
    """R3: wherever quotes stand, in one response after the other that is looked through by what was usual so far."""
    one = finder()
    for number, response in enumerate(responses):
        bodies = [body for part in response for body in part]
        name = b'"%d"' % (number % 3 * 50)
        start, end = HEAD.replace(b'"a"', name), TAIL + b"\n"
        one = one.renamed(start, b"", end)
        block = b"".join(start + body + end for body in bodies) + odd + b"\n"
        assert all_taken(one, block) == bodies


def test_what_is_usual_goes_on_under_another_name() -> None:
    """Between names of any length, and with padding."""
    bodies = [(rb"\"" * (n % 3), b"x%d" % n) for n in range(40)]
    one = padded_finder()
    for name in (b'"a"', b'"b"', b'"another"'):
        one = one.renamed(HEAD.replace(b'"a"', name), MIDDLE, LAST + b"\n")
        block = b"".join(one.start + text + MIDDLE + padding + one.end for text, padding in bodies)
        inside = one.take(block, 0, len(block))
        assert list(zip(inside.raws, inside.paddings, strict=True)) == bodies
        assert inside.size == sum(map(len, inside.bodies))
