"""However a dialect sends an answer, text, rewrite and events agree with it: each text once, and apart (R15, R16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dialects.agents.wires import AGENT_WIRES
from tests.dialects.generated import TEXT, THOUGHTS, answers, check
from tests.dialects.wires import JOINS, WIRES

ALL = {**WIRES, **AGENT_WIRES}


@pytest.mark.parametrize("name", ALL)
@given(data=st.data())
def test_an_answer_is_the_same_however_it_is_sent(name: str, data: st.DataObject) -> None:
    wire = ALL[name]
    answer = data.draw(answers(joins=JOINS.get(name, (TEXT, THOUGHTS))))
    check(data.draw(wire(answer)), answer, steps=name in AGENT_WIRES)
