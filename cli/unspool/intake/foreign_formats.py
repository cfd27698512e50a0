"""Recognition of sources that unspool does not read, with advice for each.

``recognise`` knows formats by their first bytes; some are certain at once, the
others only where nothing else could be read.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from unspool.dialects.error_bodies import error_body
from unspool.formats.json_codec import decode_unfinished, raw_decode
from unspool.intake.asked import HEAD_BYTES, Asked
from unspool.intake.exports import EXPORTS
from unspool.intake.items import Broken, Found, Item, NoStream, WholeLayer
from unspool.intake.paths import is_known
from unspool.intake.requests import detect_alone as detect_requests

_PYTHON_DICTS = ("Python dicts, not JSON", "json.dumps(chunk) writes what can be read")
_PYTHON_REPR = "print(chunk.model_dump_json()), or json.dumps of a dict, writes what can be read"


class ForeignFormat(NamedTuple):
    """A format by its first bytes: what it is, what to do; ``at_once`` if nothing else begins like it."""

    pattern: bytes
    what: str
    advice: str
    at_once: bool = True

    def match(self, head: bytes) -> re.Match[bytes] | None:
        """Match the beginning of a source; the pattern is compiled on first use, for all take 10 ms."""
        return re.compile(self.pattern, re.DOTALL).match(head)


# Most names of members are those of other programs' data too: a pattern asks for what those do not have as well.
_STRING = rb'"(?:[^"\\\n]|\\.)*+"'
_MEMBER = "MEMBER"
"""In an advice: what the group of this name, in lower case, has matched."""
_NO_TEXT = "[\\0-\\x08\\x0e-\\x1a\\x1c-\\x1f\\x7f\ufffd]"
_SAMPLE = 128  # bytes
_FEW = 6  # of text a smaller part than one character in so many is none


def _agent(pattern: bytes, what: str, texts: str, sse: bool = False) -> ForeignFormat:
    """A stream of an agent that no dialect reads, with the jq program that prints its texts."""
    program = f"jq -rj '{texts}'"
    run = f"grep -o '{{.*' FILE | {program}" if sse else f"{program} FILE"  # an event's, or a line's
    return ForeignFormat(rb"\s*\{" + pattern, what, f"its text: {run}", at_once=False)


def _export(pattern: bytes, what: str, texts: str) -> ForeignFormat:
    return ForeignFormat(rb"\s*[\[{].*?" + pattern, what, f"its texts: jq -r '{texts}' FILE", at_once=False)


_A2A_TEXT = (
    "(.result // .) | (.artifactUpdate // .statusUpdate // .task // .)"
    " | (.artifact, .artifacts[]?, .status.message, .) | .parts[]?.text // empty"
)
_A2A_RESULT = (
    rb'[^\n]*(?:"kind": ?"(?:task|message|status-update|artifact-update)"|"(?:task|statusUpdate|artifactUpdate)": ?\{)'
)
_A2A = (
    _agent(rb'(?=[^\n]*"(?:jsonrpc|contextId|taskId)": ?")' + _A2A_RESULT, "a stream of A2A", _A2A_TEXT, sse=True),
    # As events it is certain at once: by its id of the conversation, which nothing else has next to those members.
    ForeignFormat(
        rb'\s*(?:(?:id|event|retry):[^\n]*\n)*+data: ?\{(?=[^\n]*"contextId": ?")' + _A2A_RESULT,
        "a stream of A2A",
        f"its text: grep -o '{{.*' FILE | jq -rj '{_A2A_TEXT}'",
    ),
)
"""Agent2Agent: JSON-RPC or its bare results; with ``kind`` up to version 0.3, a member for each kind in version 1."""


_NO_MORE = (
    rb'(?:, ?"(?:role|refusal|reasoning|reasoning_content|function_call|tool_calls)": ?(?:null|"assistant"))*+ ?\}'
)
"""The end of a delta: members that may be there in addition to its content, and say nothing."""
_PIECE = rb'"content": ?"(?:[^"\\\n]|\\.){0,80}+"' + _NO_MORE
"""A delta; longer ones are documents, whose one member often has this name."""
_AGENTS = (
    _agent(
        rb'"type": ?"message", ?"message": ?\{[^\n]*"content": ?\[',
        "the output of goose",
        'select(.message.role == "assistant").message.content[].text // empty',
    ),
    _agent(
        rb'"type": ?"(?:message", ?"role": ?"\w+", ?"id"[^\n]*"session_id"'
        rb'|system", ?"subtype": ?"init"[^\n]*"reasoning_effort")',
        "the output of Factory's droid",
        'select(.type == "message" and .role == "assistant").text + "\\n"',
    ),
    _agent(
        rb'"type": ?"(?:begin|item)", ?(?:"content": ?' + _STRING + rb', ?)?"metadata": ?\{',
        "a stream of n8n",
        ".content // empty",
    ),
    *_A2A,
    _agent(
        rb'"type": ?"[a-z-]+", ?"runId": ?"[^"]*", ?"from": ?"',
        "a stream of Mastra",
        'select(.type == "text-delta").payload.text',
        sse=True,
    ),
    _agent(
        rb'(?:"ts": ?\d+, ?)?"type": ?"(?P<kind>say|ask)", ?"(?P=kind)": ?"',
        "the output of Cline",
        'select(.say == "text" and .partial != true).text + "\\n"',
    ),
    _agent(
        rb'[^\n]*"jsonrpc": ?"2.0"[^\n]*(?:"method": ?"(?:notifications|tools|resources|prompts|sampling|roots)/'
        rb'|"result": ?\{(?:"content": ?\[|[^\n]*"serverInfo"))',
        "messages of the Model Context Protocol",
        ".result.content[]?.text // empty",
    ),
    _agent(
        rb'"step_index": ?\d[^\n]*"type": ?"[A-Z_]+"',
        "a transcript of Antigravity",
        'select(.type == "PLANNER_RESPONSE").content + "\\n"',
    ),
    _agent(
        rb'[^\n]*"source": ?"(?:agent|user|environment)"[^\n]*"(?:action|observation)": ?"',
        "events of OpenHands",
        'select(.source == "agent" and .action == "message").args.content + "\\n"',
    ),
    _agent(
        rb'[^\n]*"models_usage": ?',
        "messages of AutoGen",
        'select(.type == "TextMessage" and .source != "user").content + "\\n"',
    ),
    _agent(
        rb'[^\n]*"content_type": ?"message"[^\n]*"items": ?\[',
        "messages of Semantic Kernel",
        '.items[] | select(.content_type == "text").text',
    ),
    _agent(
        rb'(?:(?=[^\n]*"chunk_type": ?"(?:text|tool_call)")[^\n]*"(?:task_index|agent_role)"'
        rb'|[^\n]*"type": ?"(?:crew_kickoff|flow_started|agent_execution|llm_(?:call|stream))[a-z_]*")',
        "a stream of CrewAI",
        '.chunk // (select(.chunk_type == "text").content) // empty',
    ),
    _agent(
        rb'(?=[^\n]*"finish_reason": ?)(?:"index": ?\d+, ?)?"delta": ?\{',
        "the choices of chunks (name the whole chunks: they have the calls' beginning and end)",
        ".delta.content // empty",
    ),
    _agent(
        rb'(?:"role": ?"assistant", ?"content": ?' + _STRING + _NO_MORE + rb"|" + _PIECE + rb")\r?\n\{" + _PIECE,
        "the deltas of chunks (name the whole chunks: they have the end)",
        ".content // empty",
    ),
    _agent(
        rb'"role": ?"(?:assistant|user|system)", ?"content": ?["\[]',
        "the messages of a chat, as Kimi Code prints them",
        'select(.role == "assistant").content | (strings, (arrays[] | .text // empty)) + "\\n"',
    ),
    _agent(
        rb'[^\n]*"qualified_name": ?"[\w.]*workflow',
        "events of a LlamaIndex workflow",
        ".value.delta // empty",
    ),
    _agent(
        rb'"content": ?"[^\n]*"component_info": ?\{',
        "chunks of Haystack",
        ".content // empty",
    ),
    ForeignFormat(
        rb"\s*event: ?output\r?\nid: ?[^\n]*\ndata: ?(?!\{)",
        "a stream of Replicate, whose events are plain text (its errors: grep -A2 '^event: *error' FILE)",
        "its text: grep -A2 '^event: *output' FILE | sed -n 's/^data: \\{0,1\\}//p' | tr -d '\\n'",
    ),
    ForeignFormat(
        rb'\s*(?:event: ?(?:Team)?Run(?:Started|Content)\s|\{[^\n]*"event": ?"(?:Team)?Run(?:Started|Content)")',
        "a stream of Agno",
        """its text: sed -n 's/^data: *//p' FILE | jq -rj 'select(.event == "RunContent").content'""",
    ),
    ForeignFormat(
        rb'\s*(?:event: ?conversation\.|\{[^\n]*"bot_id": ?")',  # read as lines, or as events
        "a stream of Coze",
        "its text: grep -A1 '^event: *conversation.message.delta' FILE | sed -n 's/^data: *//p'"
        """ | jq -rj 'select(.type == "answer").content'""",
        at_once=False,
    ),
    ForeignFormat(
        rb'\s*\{(?:"id": ?"[^"]*", ?)?"type": ?"[a-z]+\.[a-z.]+", ?"properties": ?\{',
        "events of opencode's server",
        "record with: opencode run --format json",
        at_once=False,
    ),
    ForeignFormat(
        rb'message:\s*\Z|\s*\{"event": ?"(?:start|token)", ?"data": ?' + _STRING + rb" ?\}",
        "a stream of Flowise",
        """its text: sed -n 's/^data: *//p' FILE | jq -rj 'select(.event == "token").data'""",
        at_once=False,
    ),
)
"""Streams of agents without a dialect."""


def _cumulative(pattern: bytes, what: str, text: str) -> ForeignFormat:
    """A stream of a server whose every record has the whole text so far, with the jq program that prints it."""
    last = "tr '\\0' '\\n' < FILE | sed -n 's/^data: *{/{/; /^{/p' | tail -n 1"
    return ForeignFormat(rb"\s*(?:data: ?)?\{" + pattern, what, f"its text: {last} | jq -r '{text}'", at_once=False)


def _named(event: bytes, data: bytes, what: str, said: str, text: str) -> ForeignFormat:
    """A stream whose events have names, with those that hold the text; at once, since unknown events are no faults."""
    run = f"grep -A1 -E '^event: *{said}' FILE | sed -n 's/^data: *//p' | jq -rj '{text}'"
    return ForeignFormat(rb"\s*event: ?(?:" + event + rb")\r?\ndata: ?\{" + data, what, f"its text: {run}")


_SERVERS = (
    _cumulative(
        rb'"text": ?\[ ?' + _STRING + rb"(?:, ?" + _STRING + rb")*+ ?\] ?\}",
        "a stream of vLLM's first interface",
        ".text[0]",
    ),
    _agent(
        rb'(?=[^\n]*"model_name": ?")[^\n]*"text_output": ?"',
        "a stream of Triton",
        ".text_output // empty",
        sse=True,
    ),
    # Without the finish_reason of newer versions. An event is looked at without what follows it; lines are not
    # KoboldCpp's, and a long value, or one with digits, may be a secret.
    _agent(
        rb'"token": ?"(?:[^"\\0-9_]|\\.){0,24}+" ?\}\Z',
        "a stream of KoboldCpp's own interface",
        ".token // empty",
        sse=True,
    ),
    _agent(
        rb'"event": ?"(?:text_stream|stream_end)"',
        "the messages of text-generation-webui",
        'select(.event == "text_stream").text',
    ),
    _agent(rb'"type": ?"channelSend"', "the messages of LM Studio's SDK", ".message.fragment.content // empty"),
    _named(
        rb"chat\.start",
        rb'"type": ?"chat\.',
        "a stream of LM Studio's own interface",
        "message.delta",
        ".content // empty",
    ),
    _named(rb"meta", rb'"content_type": ?"', "a stream of Poe", "text", ".text"),
    _named(rb"text", rb'"text": ?' + _STRING + rb" ?\}", "a stream of Poe", "text", ".text"),
    _named(
        rb"response\.status",
        rb'"(?:status|message)": ?"',
        "a stream of Snowflake's agents",
        "response.text.delta",
        ".text",
    ),
)
"""Streams of servers and providers in their native interfaces."""


def _text_file(pattern: bytes, what: str, advice: str = "name the capture itself") -> ForeignFormat:
    """A text file of another kind, unless a line in it begins as a record does: damaged ones are faults."""
    return ForeignFormat(rb"(?>" + pattern + rb")(?!.*?(?:\n|(?<=\n))(?:data: ?)?\[?\{\")", what, advice, at_once=False)


_NO_CODE = rb"(?:[ \t]*(?:(?:#(?!!|include)|//|--(?= )|;)[^\n]*)?\n)*+"
"""Blank lines and comments at the beginning of a file."""
_TEXT_FILES = (
    _text_file(
        rb"(?:commit [0-9a-f]{7,64}\b[^\n]*\n(?:\w+: [^\n]*\n)+|From [0-9a-f]{40} |diff --git |Index: \S+\n"
        rb"|--- [^\n]+\n\+\+\+ )",
        "a patch",
    ),
    _text_file(
        rb"(?:From \S+@\S+ |(?i:from|to|subject|received|return-path|delivered-to|message-id|mime-version): )[^\n]*\n"
        rb"(?:[ \t][^\n]*\n)*(?:[A-Z][\w\-]*|x-\w+): ",
        "a mail",
    ),
    _text_file(rb"-----BEGIN [A-Z0-9 ]+-----|ssh-(?:rsa|dss|ed25519) AAAA", "a key or certificate"),
    _text_file(
        _NO_CODE + rb"\[{1,2}[A-Za-z_][^\n\[\]{}]*\]{1,2}[ \t]*\r?\n(?:[ \t]*(?:[#;][^\n]*)?\r?\n)*"
        rb"[ \t]*(?:[\w.\"'\-]+(?: \w+)?[ \t]*=|\[)",
        "a file of settings (TOML, INI)",
    ),
    _text_file(
        _NO_CODE + rb"(?:(?:export )?[A-Za-z_][\w.\-]{0,60}[ \t]*=(?![^\n]*[ \t]\w+=)[^\n]*(?:\n|\Z)[ \t]*){2}",
        "a file of settings (NAME=value)",
    ),
    _text_file(
        _NO_CODE + rb"(?:---[^\n]*\n|%YAML[^\n]*\n)?" + _NO_CODE + rb"(?:[\w.\-]+: [^\n]+\n){0,20}"
        rb"(?:[\w.\"'\-]+:[ \t]*\r?\n"
        + _NO_CODE
        + rb"[ \t]*(?:- |[\w.\"'\-]+:[ \t\r\n])|- [\w\-]+: [^\n]*\n  [ \w\-]+:)",
        "YAML",
        "name the capture itself; of a cassette, the list of its interactions is missing",
    ),
    _text_file(
        rb"[\w\"][\w \"./()%#\-]*(?P<comma>[,;\t])(?! )[^\n ,;\t][^\n,;\t]{0,60}"
        rb"(?:(?P=comma)(?! )[^\n,;\t]{0,60})*\r?\n"
        rb"(?>[^\n]*?(?P=comma)(?! ))[^\n]*+(?:\n[^\n]*?(?P=comma)(?! )|\s*\Z)",
        "a table as text (CSV)",
        "where a column holds records, write them as lines of JSON",
    ),
    _text_file(
        _NO_CODE + rb"(?:#!/|[rbuf]?\"\"\"|'{3}|/\*|<\?php|#include [<\"]|[\"']use (?:strict|client)"
        rb"|(?:import|package|using|use|from) [\w.:*{}, \"'@/\-]++;?[ \t]*+\r?\n|from [\w.]+ import "
        rb"|(?:export |default |pub |public |private |static |async )*(?:def|func|fn|function|class|struct|enum"
        rb"|interface|impl|namespace|module|type) \w+[^\n:{(=]*[:{(=][^\n]*\n"
        rb"|(?:export )?(?:const|let|var) [^\n=]+ = |(?:SELECT|INSERT INTO|CREATE (?:TABLE|DATABASE)|PRAGMA) [^\n]"
        rb"|FROM [^\n]+\n\s*+(?:RUN|COPY|WORKDIR|CMD|ENV|ARG|ADD|USER) |@echo |[.\w-]+:[^\n=]*\n\t)",
        "source code",
        "run it, and name what it prints",
    ),
)
"""Text files that somebody named by mistake: a line for each of their first lines would hide what is wrong."""
FORMATS = (
    ForeignFormat(
        rb"SQLite format 3\0",
        "a SQLite database",
        "query it: sqlite3 FILE 'select …' | unspool text; of llm: llm logs --json",
    ),
    ForeignFormat(
        rb"PK\x03\x04.{26}(?:\[Content_Types\]\.xml|mimetype|_rels/|word/|xl/|ppt/|docProps/)"
        rb"|\xd0\xcf\x11\xe0|\{\\rtf",
        "a document of an office program",
        "name the capture itself",
    ),
    ForeignFormat(
        rb"PK\x03\x04|PK\x05\x06",
        "a zip archive",
        "run: unzip -p FILE | unspool text; of a HAR, unzip it and name the files of its bodies",
    ),
    ForeignFormat(
        rb".{257}ustar|(?=[^\0\n]{1,99}\0).{100}[0-7]{6,7}[ \0]{1,2}[0-7]{6,7}[ \0]",
        "a tar archive",
        "run: tar -xO -f FILE | unspool text",
    ),
    ForeignFormat(rb"PAR1", "a Parquet file", "export the column as lines of JSON first, for example with duckdb"),
    ForeignFormat(rb"Obj\x01", "an Avro file", "run: avro-tools tojson FILE | unspool text"),
    ForeignFormat(rb".{8}DUCK.\0{7}", "a DuckDB database", "query it: duckdb FILE -json -c 'select …' | unspool text"),
    ForeignFormat(rb"\x80[\x02-\x05](?:\x95|[}\]c(])", "a pickle of Python", "write each chunk as JSON instead"),
    ForeignFormat(rb"ARROW1|\xff\xff\xff\xff.\0\0\0\x10", "an Arrow file", "export the column as lines of JSON first"),
    ForeignFormat(rb"\x04\x22\x4d\x18|\x02\x21\x4c\x18", "lz4", "run: lz4 -dc FILE | unspool text"),
    ForeignFormat(rb"\x1f\x9d", "a file of compress", "run: gzip -dc FILE | unspool text"),
    ForeignFormat(rb"\xff\x06\0\0sNaPpY", "snappy", "decompress it first"),
    ForeignFormat(rb"LZIP\x01", "a file of lzip", "run: lzip -dc FILE | unspool text"),
    ForeignFormat(rb"\x89LZO", "a file of lzop", "run: lzop -dc FILE | unspool text"),
    ForeignFormat(rb"7z\xbc\xaf\x27\x1c", "a 7z archive", "run: 7z e -so FILE | unspool text"),
    ForeignFormat(rb"Rar!", "a rar archive", "unpack it first"),
    ForeignFormat(
        rb"\x89PNG|GIF8|\xff\xd8\xff|RIFF.{4}WEBP|\0\0[\1\2]\0[\1-\x20]\0|.{4}ftyp(?:hei|mif|avif)|\s*<svg",
        "an image",
        "name the capture, not its picture",
    ),
    ForeignFormat(
        rb"ID3|RIFF.{4}(?:WAVE|AVI)|OggS|fLaC|.{4}ftyp|\x1a\x45\xdf\xa3", "audio or video", "name the capture itself"
    ),
    ForeignFormat(rb"%PDF-", "a PDF file", "name the capture itself"),
    ForeignFormat(
        rb".{4}(?:M<\+\x1a|\x1a\+<M)|\xd4\xc3\xb2\xa1|\xa1\xb2\xc3\xd4",  # pcapng begins with blank lines
        "a packet capture",
        "export the HTTP objects first, or record with curl -sN",
    ),
    ForeignFormat(
        rb"\d{1,9}:(?:\d{1,9}:[a-z_]{2,20};|\d+:websocket)",
        "mitmproxy's flows",
        "run: mitmdump -nr FILE --set hardump=out.har, and name out.har",
    ),
    ForeignFormat(
        rb"\s*<\?xml",
        "an XML page",
        "a server or proxy answered instead of the model; of an export (Burp), name the body of the response",
    ),
    ForeignFormat(
        rb"(?i:\s*)(?i:<!doctype html|<html|<head|<!--)",
        "an HTML page",
        "a server or proxy answered instead of the model; check the address",
    ),
    ForeignFormat(
        rb"\s*(?:\d\d\d[ :]+)?(?:Bad Gateway|Internal Server Error|(?:Service|Temporarily) Unavailable"
        rb"|Gateway Time-?out|upstream (?:connect|request)|no healthy upstream|stream timeout"
        rb"|Too Many Requests|Unauthorized|Forbidden|Not Found|error code: \d{3,4}\s*\Z)",
        "an error of a server or proxy",
        "it answered instead of the model; ask again, or check the address and the key",
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d\.\d+ (?:\w+ +(?:In|Out) +)?(?:IP6?|ARP),? ",
        "the text of tcpdump",
        "record with curl -sN, or at the server",
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:[^\n]*\n){0,8}?\W{0,8}(?i:user|you|human|prompt|assistant|chatgpt|claude|gemini|copilot)(?: said)?"
        rb"\W{0,4}(?:\n|:)",
        "a conversation as text",
        "it holds no stream, and can be read as it is",
        at_once=False,
    ),
    ForeignFormat(
        rb'\s*\[\s*\{\s*"role"\s*:',
        "messages of a conversation",
        "its texts: jq -r '.[] | select(.role == \"assistant\").content | strings, arrays[]?.text' FILE",
        at_once=False,
    ),
    ForeignFormat(
        rb"[0-9a-fA-F]{6,8}:?\s+(?:[0-9a-fA-F]{2,4}[ -]+){7}",
        "a dump in hexadecimal",
        "run: xxd -r FILE | unspool text",
    ),
    ForeignFormat(
        rb"\s*(?:\$ )?curl(?:\.exe)? ",
        "a curl command, not its output",
        "run it with -sN and name what it prints",
        at_once=False,
    ),
    ForeignFormat(
        rb"\s*(?:fetch\(|await fetch|Invoke-WebRequest|\$session = New-Object)",
        "a command that a browser copied, not its output",
        "run it, or export a HAR with content",
    ),
    ForeignFormat(
        rb"(?:[\d:.]+ )?(?:== Info:|=> Send header|<= Recv)",
        "the output of curl --trace, which cuts lines",
        "record with curl -sN or curl -i instead",
    ),
    ForeignFormat(
        rb"\s*+(?:(?:const|let|var|import) [^\n]*+\n\s*+)*+nock\(",
        "nock's JavaScript",
        "record with output_objects: true and save the JSON",
    ),
    ForeignFormat(
        rb"(?=[^\n]{0,80}[A-Z])(?=[^\n]{0,80}[a-z])[A-Za-z0-9+/\r\n]{200,}={0,2}\s*\Z",
        "base64",
        "run: base64 -d FILE | unspool text",
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:.*?\n)??[^\n{]*\bb(?:'|\")(?:data|event):",
        "Python bytes literals (b'data: …')",
        "log line.decode() instead of the bytes",
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:.*?\n)??(?:Traceback \(most recent call last\):|[ \t]+at [^\n]*\([^\n]*:\d+:\d+\))",
        "the traceback of a program",
        "it names the cause",
        at_once=False,
    ),
    *_TEXT_FILES,
    *_AGENTS,
    *_SERVERS,
    *(_export(*one) for one in EXPORTS),
    ForeignFormat(
        rb'\s*[\[{].*?"(?P<member>[A-Za-z_]\w*)": ?"(?:eyJ|ZGF0YTo|ZXZlbnQ6)[A-Za-z0-9+/]{24,}={0,2}"',
        "JSON with records in base64",
        f"its text: jq -rj '.. | .{_MEMBER}? | strings | @base64d' FILE | unspool text",
        at_once=False,
    ),
    ForeignFormat(
        rb'\s*\{\s*"http_(?:buffered_trace|streamed_trace_segment)"',
        "a tap of Envoy",
        """its body: jq -rj '.. | .response?.body?, .response_body_chunk? | .as_bytes? | strings | @base64d' FILE""",
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:.*?\n)??(?:data: ?)?[\[ ]*\{\s*&(?:quot|#34|#x22);",
        "records whose quotes are escaped for HTML",
        "run: python3 -c 'import html, sys; sys.stdout.write(html.unescape(sys.stdin.read()))' < FILE | unspool text",
        at_once=False,
    ),
    ForeignFormat(
        rb"\s*+(?:data: ?)?[\[ ]*+\{\\\"",
        "records whose quotes are escaped, as in a string of JSON",
        "run: sed 's/.*/\"&\"/' FILE | unspool text",
        at_once=False,
    ),
    ForeignFormat(rb"\s*\[?\{\s*'\w+': (?![^\n]*: b['\"]\{)", *_PYTHON_DICTS),  # bytes in it are read
    ForeignFormat(rb"(?:.*?\n)??[^\n{]*\{\s*'\w+': ", *_PYTHON_DICTS, at_once=False),
    ForeignFormat(rb"\s*https?: error: ", "an error of httpie, which got no response", "ask again", at_once=False),
    ForeignFormat(
        rb"(?:.*?\n)??(?:[^\n{]*\b(?:[A-Z]\w+|namespace)\(\w+=|content='[^\n]*\badditional_kwargs=)",
        "Python objects as repr() prints them",
        _PYTHON_REPR,
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:.*?\n)??[^\n{\"]*(?:\{\s++\w+: |\[object Object\]|<Buffer [0-9a-f]{2} |Uint8Array\()",
        "objects as console.log prints them, with parts left out",
        "console.log(JSON.stringify(chunk)) writes what can be read",
        at_once=False,
    ),
    ForeignFormat(
        rb"(?:.*?\n)??[^\n]*(?:\w\"? ?=> ?[\"\[{(\d]|#<\w+::|&?\{\w+:[\w-]+ \w+:|Array\s*\(\s*\["
        rb"|\{\w+: [\"\[{(\d]|\b[A-Z]\w+(?:\{\w+[=:]|\(\w+: ))",
        "objects as a program prints them, not JSON",
        "write each as JSON",
        at_once=False,
    ),
)


def recognise(head: bytes, at_once: bool = False) -> ForeignFormat | None:
    """The format that ``head`` begins, None if it is none of these."""
    head = head[:HEAD_BYTES]
    for one in FORMATS:
        found = one.match(head) if one.at_once or not at_once else None
        if found is not None:
            member = found.groupdict().get("member")
            return one._replace(advice=one.advice.replace(_MEMBER, member.decode())) if member else one
    return None


def detect(head: bytes, ended: bool, asked: Asked) -> Found:
    """A format that is certain by its first bytes."""
    if head[:1] in (b"{", b"[") and not head.startswith((b"{'", b"[{'")):
        return False
    found = recognise(head, at_once=True)
    if found is not None and _ERROR_EVENTS in found.what:
        return WithError(found)
    if found is not None:
        return NoStream(Broken(f"this is {found.what}", found.advice))
    return False


_ERROR_EVENTS = "(its errors: "
_ERROR = re.compile(rb"^event: ?error\r?\n(?:id:[^\n]*\n)?data: ?([^\r\n]+)", re.MULTILINE)


class WithError(WholeLayer):
    """An event stream that is not read, but for the message of its error (R12)."""

    def __init__(self, found: ForeignFormat) -> None:
        super().__init__(f"this {found.what}", found.advice)

    def _whole(self) -> Iterator[Item]:
        """The name of the format, with the first error."""
        error = _ERROR.search(self._take())
        said = "" if error is None else f"; the provider sent an error: {_message(error[1])}"
        yield Broken(self._what.replace("this ", "this is ", 1) + said, self._advice)


def _message(data: bytes) -> str:
    """The message in the data of an error, or the data itself; at most 500 characters."""
    text = data.decode("utf-8", "replace")
    try:
        body = error_body(decode_unfinished(data))
    except ValueError:
        body = None
    return str((body or {}).get("message", text))[:500]


def detect_binary(head: bytes, ended: bool, asked: Asked) -> Found:
    """Bytes that are no text: brotli, which begins with no mark, or anything else."""
    text = head[:_SAMPLE].decode("utf-8", "replace")
    if head.startswith((b"\0\0", b"{", b"[", b"data:")) or not re.search(_NO_TEXT, text):
        return False  # frames of AWS, or text, also with damage
    if len(head) < _SAMPLE and not ended:
        return None
    if len(re.findall(_NO_TEXT, text)) * _FEW < len(text):
        return False
    return NoStream(
        Broken(
            "this is binary data of no known format",
            "decompress it first; of a server's brotli, record with curl --compressed",
        )
    )


def detect_last(head: bytes, ended: bool, asked: Asked) -> Found:
    """A format in which nothing was found that could be read."""
    if not ended:
        return False
    found = recognise(head)
    if found is not None and not is_known(_first_value(head)):
        return NoStream(Broken(f"this looks like {found.what}", found.advice))
    return detect_requests(head)


def _first_value(head: bytes) -> Any:
    """Return the first JSON value, whatever follows it on its line; None where the bytes begin with none."""
    try:
        return raw_decode(head.decode("utf-8", "replace").lstrip())[0]
    except (ValueError, RecursionError):
        return None
