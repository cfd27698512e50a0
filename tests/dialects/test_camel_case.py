"""Records whose members a client for TypeScript gives in camel case (T40): the same text, calls and usage."""

import re

import pytest
from tests.support import ROOT, run_here


@pytest.mark.parametrize("name", ["cohere.sse", "cohere-v1.jsonl", "mistral-conversations.sse", "responses.jsonl"])
def test_the_names_in_camel_case_are_read(name: str) -> None:
    source = (ROOT / "samples" / name).read_bytes()
    in_camel_case = re.sub(rb'"(\w+)":', lambda found: re.sub(rb"_(\w)", lambda one: one[1].upper(), found[0]), source)
    assert in_camel_case != source
    of_wire, of_client = run_here(["stats", "--json"], source), run_here(["stats", "--json"], in_camel_case)
    assert of_wire == of_client
    assert run_here(["text"], in_camel_case).stdout == run_here(["text"], source).stdout
