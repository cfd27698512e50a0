"""A stream in any two layers gives the text that it gives alone, and so does what rewrite makes of it."""

import itertools
import json
import random
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from tests.intake.test_layers import ANTHROPIC, CHAT, TEXT
from tests.intake.test_pairs import kind
from tests.intake.wrappers import DOCUMENT, WRAPPERS, Content, Wrapped, wrapped
from tests.support import ROOT, jsonl, run_here, sse

STREAMS = {
    "chat lines": jsonl(CHAT),
    "chat events": sse(CHAT),
    "anthropic lines": jsonl(ANTHROPIC),
    "anthropic events": b"".join(b"event: " + kind(one) + b"\n" + sse([one], False) for one in ANTHROPIC),
}


def inside(outer: str, inners: Iterable[str], streams: tuple[str, ...] = tuple(STREAMS)) -> Iterator[tuple[str, bytes]]:
    """Streams in one layer and in two, of which this is the outer."""
    turns = itertools.cycle(streams)
    for inner in (None, *inners):
        for stream in streams if inner is None else (next(turns),):
            found = wrapped(Wrapped(STREAMS[stream], Content.RECORDS), *((inner,) if inner else ()), outer)
            if found is not None:
                yield f"{stream} in {inner}", found.data


def check(name: str, data: bytes) -> None:
    ran = run_here(["text"], data)
    assert (ran.code, ran.stdout.decode()) == (0, TEXT), (name, ran.stderr)
    ran = run_here(["rewrite"], data)
    again = run_here(["text"], ran.stdout)
    assert (ran.code, again.code, again.stdout.decode()) == (0, 0, TEXT), (name, ran.stderr, again.stderr)
    assert b"send_message" not in ran.stdout, name


@pytest.mark.parametrize("outer", WRAPPERS)
def test_two_layers_give_the_text_also_rewritten(outer: str) -> None:
    """The streams take turns, and half of the pairs; ``python -m tests.intake.test_wrappers`` tries all of them."""
    names = list(WRAPPERS)
    for name, data in inside(outer, names[names.index(outer) % 2 :: 2]):
        check(name, data)


SAMPLES = [path for path in sorted((ROOT / "samples").glob("*.*")) if path.suffixes in ([".jsonl"], [".sse"])]
LAYERS = [*((name,) for name in WRAPPERS), *itertools.product(WRAPPERS, repeat=2)]
TRIED = 12  # ways to wrap each sample


def content_of(data: bytes) -> Content:
    """What a sample is: lines of records, or a text that is read as a whole."""
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        return Content.BYTES
    fields = ("event:", "id:", "retry:", ":", "data: [DONE]")
    return Content.RECORDS if all(not one or one.startswith(fields) or is_whole(one) for one in lines) else DOCUMENT


def is_whole(line: str) -> bool:
    try:
        return isinstance(json.loads(line.removeprefix("data:")), dict)
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("sample", "layers", "code"),
    [
        ("letta.sse", ["object, nested"], 0),  # {"event": {"message_type": ...}} alone is no record of Letta's
        ("error-in-stream.jsonl", ["UTF-8 mark", "python"], 5),  # the mark is in the first line of the log alone
    ],
)
def test_samples_in_layers_that_were_misread(sample: str, layers: list[str], code: int) -> None:
    data = (ROOT / "samples" / sample).read_bytes()
    found = wrapped(Wrapped(data, Content.RECORDS), *layers)
    assert found is not None
    ran, alone = run_here(["text"], found.data), run_here(["text"], data)
    assert (int(ran.code), ran.stdout) == (code, alone.stdout), ran.stderr


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_a_sample_in_layers_gives_what_it_gives_alone(sample: Path) -> None:
    data, options = sample.read_bytes(), sample.with_suffix(".args")
    command = ["text", *(shlex.split(options.read_text()) if options.exists() else [])]
    alone = run_here(command, data)
    for layers in random.Random(sample.name).sample(LAYERS, TRIED):
        found = wrapped(Wrapped(data, content_of(data)), *layers)
        if found is not None:
            ran = run_here(command, found.data)
            assert (ran.code, ran.stdout) == (alone.code, alone.stdout), (layers, ran.stderr)


def main() -> None:
    """Report each pair that fails."""
    tried = failed = 0
    for outer, stream in itertools.product(WRAPPERS, STREAMS):
        for name, data in inside(outer, WRAPPERS, (stream,)):
            tried += 1
            try:
                check(name, data)
            except AssertionError as fault:
                failed += 1
                print(f"{name} in {outer}: {fault}"[:300])
    print(f"{failed} of {tried} failed")


if __name__ == "__main__":
    main()
