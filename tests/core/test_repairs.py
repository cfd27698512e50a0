"""ResendFilter: cumulative resends taken apart (R9, A5, Q13)."""

from tests.sizes import held_size

from unspool.core.repairs import ResendFilter


def unroll(*fragments: str) -> tuple[list[str], bool]:
    resend = ResendFilter("A5")
    return [resend.feed(fragment) for fragment in fragments], resend.quirks == ["A5"]


def test_a5_a_resend_gives_what_is_new() -> None:
    assert unroll('{"a', '{"a":1', '{"a":1', '{"a":1}') == (['{"a', '":1', "", "}"], True)


def test_a5_a_shorter_resend_adds_nothing() -> None:
    assert unroll("{", '{"a', "{", '{"a":') == (["{", '"a', "", '":'], True)


def test_a5_what_does_not_repeat_is_appended() -> None:
    assert unroll('{"a', '{"a":', "1}") == (['{"a', '":', "1}"], True)


def test_a5_ordinary_repetitions_are_never_touched() -> None:
    """Latched at the second fragment: `ll`, `xx` and a resend that comes too late stay."""
    assert unroll('{"a":"', "l", "l", "l", 'l"}') == (['{"a":"', "l", "l", "l", 'l"}'], False)
    assert unroll("", "", "H", "ello") == (["", "", "H", "ello"], False)


def test_a5_a_first_fragment_sent_twice_counts_once() -> None:
    assert unroll('{"a"', '{"a"', '{"a":1}') == (['{"a"', "", ":1}"], True)


def test_a5_identical_text_is_legal() -> None:
    """Q13: identical deltas are no resend; only an opening brace cannot come twice."""
    assert unroll("ha", "ha", "ha!")[0][:2] == ["ha", "ha"]


def test_a5_white_space_does_not_latch() -> None:
    given, latched = unroll(" ", ' {"message":"a', " ", 'b"}')
    assert "".join(given).lstrip() == '{"message":"a b"}'
    assert not latched


def test_the_resend_filter_keeps_one_fragment() -> None:
    """A5: once a call is known to be plain, nothing is kept of it."""
    resend = ResendFilter("A5")
    for _ in range(3000):
        resend.feed("plain text, and more of it")
    before = held_size(resend)
    for _ in range(3000):
        resend.feed("plain text, and more of it. ")
    assert held_size(resend) - before < 64
