"""Lists of strings as Python prints them."""

from collections.abc import Callable
from pprint import pformat

import pytest
from tests.support import message_call, run_here, sse

STREAM = sse(message_call(['{"message":"It is ', 'at \\"nine\\".', '\\nBring a coat. 🚢"}']))
SAID = 'It is at "nine".\nBring a coat. 🚢\n'
LISTS: dict[str, Callable[[bytes], list[bytes]]] = {
    "lines": bytes.splitlines,
    "events": lambda data: data.split(b"\n\n"),
    "pieces": lambda data: [data[at : at + 50] for at in range(0, len(data), 50)],
    "whole": lambda data: [data, b""],
    "named": lambda data: data.replace(b"data:", b"event: message\ndata:").splitlines(),
}
PRINTS = {"print": repr, "pprint": pformat}


@pytest.mark.parametrize("make", LISTS.values(), ids=[*LISTS])
@pytest.mark.parametrize("write", PRINTS.values(), ids=[*PRINTS])
@pytest.mark.parametrize("bytes_", [True, False])
def test_a_printed_list_of_strings_is_read(
    make: Callable[[bytes], list[bytes]], write: Callable[[object], str], bytes_: bool
) -> None:
    parts = make(STREAM)
    printed = write(parts if bytes_ else [part.decode() for part in parts])
    for data in (printed, printed + "\n", f" ({printed[1:-1]})\n"):
        assert run_here(["text"], data.encode()) == (0, SAID.encode(), "")


@pytest.mark.parametrize("cut", range(2, 400, 9))
def test_a_list_that_was_cut_is_reported(cut: int) -> None:
    printed = repr(STREAM.splitlines()[:-4])
    ran = run_here(["text"], printed[:-cut].encode())
    assert (ran.code, SAID.startswith(ran.stdout.decode().rstrip("\n"))) == (4, True), ran.stderr
    assert len(ran.stderr.splitlines()) < 3


def test_lists_behind_each_other_are_read() -> None:
    printed = f"{STREAM.splitlines()!r}\nOK\n" * 2
    assert run_here(["text"], printed.encode()) == (0, SAID.encode() * 2, "")


@pytest.mark.parametrize("data", ["['a', 'b']\n", "[b'data: 1", "['{', '}']\n", "['data: {', b\"\\x\", 'data: {']"])
def test_other_lists_are_not_read(data: str) -> None:
    ran = run_here(["text"], data.encode())
    assert (ran.code != 0, ran.stdout, "fault in unspool" in ran.stderr) == (True, b"", False)
