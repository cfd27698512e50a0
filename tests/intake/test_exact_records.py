"""Records that are taken out of JSON around them keep their text: numbers, escapes, members that occur twice (R1)."""

import json

import pytest
from tests.support import run_here

ODD = '"x":1.10,"y":123456789012345678901234567890,"z":-0,"u":1e2,"v":1E400,"w":1,"w":2,"s":"\\u00e9 \\/"'
RECORDS = [
    f'{{"id":"a","object":"chat.completion.chunk","created":{n},"model":"m",{ODD},"choices":'
    f'[{{"index":0,"delta":{delta},"finish_reason":{finish}}}]}}'
    for n, (delta, finish) in enumerate([('{"content":"Hi"}', "null"), ('{"content":"."}', "null"), ("{}", '"stop"')])
]


def lines(text: str) -> str:
    """A line for each record, in place of ``@``."""
    return "".join(text.replace("@", record) + "\n" for record in RECORDS)


ENVELOPES = {
    "a member": lines('{"t":1,"chunk":@}'),
    "a member behind others": lines('{"chunk":{"a":1},"chunk":@,"t":1.50}'),
    "spaces": lines('{ "t" : 1, "chunk" : @ }'),
    "a deep member": lines('{"a":{"b":[{"chunk":@}]}}'),
    "lists": f'{{"t":1,"chunks":[{",".join(RECORDS)}]}}\n',
    "a list in a string": json.dumps({"t": 1, "chunks": f"[{','.join(RECORDS)}]"}) + "\n",
    "strings": "".join(json.dumps({"t": 1, "chunk": record}) + "\n" for record in RECORDS),
    "a document": f'{{"a":{{"t":1}},\n"runs":[\n{",".join(RECORDS)}\n]}}\n',
    "documents one behind the other": "".join(f'{{"runs":[{record}]}}' for record in RECORDS),
    "a list of strings": json.dumps(RECORDS) + "\n",
}


@pytest.mark.parametrize("name", ENVELOPES)
@pytest.mark.parametrize("times", [1, 8])  # a few lines are parsed, more of them are cut
def test_records_keep_their_source_text(name: str, times: int) -> None:
    times = 1 if "document" in name else times
    ran = run_here(["rewrite", "--unwrapped"], (ENVELOPES[name] * times).encode())
    assert ran.stdout.decode().splitlines() == RECORDS * times, ran.stderr
