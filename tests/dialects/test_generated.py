"""However a dialect sends an answer, text, rewrite and events agree with it: each text once, and apart (R15, R16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.agents.wires import AGENT_WIRES
from tests.dialects.generated import MESSAGE, OTHER, TEXT, THOUGHTS, answers, check
from tests.dialects.piece_wires import PIECE_WIRES
from tests.dialects.wires import JOINS, WIRES
from tests.fastpath.differential import observe
from tests.strategies import cut
from tests.support import jsonl

from unspool.dialects.registry import DIALECTS

ALL = {**WIRES, **PIECE_WIRES, **AGENT_WIRES}
KINDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("gemini-cli", "dify", "assistants", "cohere-v1", "cloudflare"), (TEXT, MESSAGE, OTHER)),
    "managed-agents": (TEXT, MESSAGE, OTHER),
    **dict.fromkeys(("ernie", "gigachat", "minimax", "snowflake"), (TEXT, MESSAGE, OTHER)),
    **dict.fromkeys(("aleph-alpha", "dashscope", "koboldcpp", "llama-cpp", "mistral-text", "sglang", "tgi"), (TEXT,)),
}
"""The blocks of an answer that a dialect can send, where these are not all."""


def test_each_dialect_has_a_way_to_send_an_answer() -> None:
    assert DIALECTS.keys() - ALL.keys() == set()


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_an_answer_is_the_same_however_it_is_sent(name: str, data: st.DataObject) -> None:
    wire = ALL[name]
    kinds = KINDS.get(name, (TEXT, THOUGHTS, MESSAGE, OTHER))
    answer = data.draw(answers(kinds, joins=JOINS.get(name, (TEXT, THOUGHTS))))
    check(data.draw(wire(answer)), answer, steps=name in AGENT_WIRES)


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_every_cut_of_the_bytes_gives_the_same(name: str, data: st.DataObject) -> None:
    kinds = KINDS.get(name, (TEXT, THOUGHTS, MESSAGE, OTHER))
    stream = jsonl(data.draw(ALL[name](data.draw(answers(kinds, joins=JOINS.get(name, (TEXT, THOUGHTS)))))))
    blocks = cut(stream, data.draw(st.lists(st.integers(0, len(stream)), max_size=6)))
    whole, pieces = observe([stream], ["events", "jsonl"], fast=True), observe(blocks, ["events", "jsonl"], fast=True)
    for sink in ("events", "jsonl"):
        assert pieces.written(sink) == whole.written(sink)
    assert (pieces.summary, pieces.code) == (whole.summary, whole.code)
