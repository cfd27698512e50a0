"""All formats that unspool does not read, in the order in which they are tried."""

from unspool.intake.unread.exports import EXPORTS
from unspool.intake.unread.foreign_format import MEMBER, ForeignFormat
from unspool.intake.unread.foreign_streams import AGENTS, SERVERS
from unspool.intake.unread.foreign_texts import TEXT_FILES

_PYTHON_DICTS = ("Python dicts, not JSON", "json.dumps(chunk) writes what can be read")
_PYTHON_REPR = "print(chunk.model_dump_json()), or json.dumps of a dict, writes what can be read"


def _export(pattern: bytes, what: str, texts: str) -> ForeignFormat:
    return ForeignFormat(rb"\s*[\[{].*?" + pattern, what, f"its texts: jq -r '{texts}' FILE", at_once=False)


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
    ForeignFormat(
        rb"(?:version: ?\d+\s*\n)?stream_chunks:[ \t]*\r?\n(?:- ){1,2}!!binary",
        "a cassette of xAI's SDK, whose chunks are messages of protobuf",
        "decode them with it: chat_pb2.GetChatCompletionChunk.FromString(chunk).outputs[0].delta.content",
    ),
    # At once: the single objects in it could be read, and the arrays, which have commas behind the last element, not.
    ForeignFormat(
        rb"// (?:Vitest|Jest|Bun) Snapshot v\d",
        "a file of snapshots, as Vitest and Jest write them",
        "let the test write each response as JSON (toMatchFileSnapshot), and name that",
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
    *TEXT_FILES,
    *AGENTS,
    *SERVERS,
    *(_export(*one) for one in EXPORTS),
    ForeignFormat(
        rb'\s*[\[{].*?"(?P<member>[A-Za-z_]\w*)": ?"H4sI[A-Za-z0-9+/]{24,}={0,2}"',
        "JSON with gzip in base64",
        f"its text: jq -r '.. | .{MEMBER}? | strings' FILE | while read -r one; do echo \"$one\" | base64 -d; done"
        " | unspool text",
        at_once=False,
    ),
    ForeignFormat(
        rb'\s*[\[{].*?"(?P<member>[A-Za-z_]\w*)": ?"(?:eyJ|ZGF0YTo|ZXZlbnQ6)[A-Za-z0-9+/]{24,}={0,2}"',
        "JSON with records in base64",
        f"its text: jq -rj '.. | .{MEMBER}? | strings | @base64d' FILE | unspool text",
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
