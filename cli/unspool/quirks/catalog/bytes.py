"""B: frames and bytes. Each row: the sentence, an example, the meaning, what unspool does."""

ROWS: dict[str, tuple[str, str, str, str]] = {
    "B1": (
        "The event stream has comments.",
        ": WORKING ON IT",
        "OpenRouter keeps idle connections open with them, and a proxy was seen that wrapped them as data "
        "(openai-go#227, mnfst/llm-gateway#2053). Clients that parse each line as JSON fail.",
        "Skips them.",
    ),
    "B2": (
        "No space follows data: in the event stream.",
        'data:{"choices":[…]}   data:[DONE]',
        "The format allows it (openai-python#498, opencodex#1170). Clients that cut off six characters lose the first "
        "brace.",
        "Accepts it.",
    ),
    "B3": (
        "Lines of the event stream end with CR or CRLF.",
        "data: {…}\\r\\n\\r\\n",
        "The format allows all three ends, and a read may fall between CR and LF (kubernetes-sigs/inference-perf#781). "
        "Clients that split at two line feeds never see an event.",
        "Accepts all three, cut anywhere.",
    ),
    "B4": (
        "The event stream has no [DONE], another word in its place, or goes on after it.",
        'data: [DONE]   then data: {"choices":[…]}',
        "Some servers close without it, and recordings are joined (opencodex#1170, DeepSeek-Reasonix#3957). Others "
        'send DONE (java-genai#1084), "[DONE]" as JSON, or [DONE] without its field. A client that waits for it waits; '
        "one that stops at it loses the rest. JSON Lines need none, and lint does not ask for it there.",
        "The finish reason decides whether a stream is whole; what follows [DONE] is a new stream.",
    ),
    "B5": (
        "The last event is not closed by a blank line.",
        "data: {…}   and the end of the input",
        "Connections and recordings end early. By the letter of the format the event does not count, and the OpenAI "
        "package drops it: often it is the one with the finish.",
        "Takes it for a record like any other.",
    ),
    "B6": (
        "Events are glued together, or cut in the middle.",
        'data: {"object":"chat.cdata: {"id":"c",…}',
        "Two writers on one connection, or an error written into an open event (opencode#23442, sub2api#1471). The two "
        "halves are no JSON, and a client gives up on the whole stream.",
        "Takes apart what can be; else reports one malformed record, passes its bytes on and reads on, exit code 3.",
    ),
    "B7": (
        "The event stream has fields other than data, or data without a value.",
        "event: chunk   id: 7   retry: 3000   data:",
        "Frameworks add them, and some keep the line warm with bare data (openai-python#2722, opencodex#1188). Clients "
        "parse the empty string, or take retry for an event.",
        "Skips them.",
    ),
    "B8": (
        "One event has several data lines.",
        'data: {"id":"c",\ndata:  "choices":[…]}',
        "The format joins them with a line feed; servers that print indented JSON rely on it (WrzDJ#354). Clients that "
        "parse line by line find two broken halves.",
        "Joins them.",
    ),
    "B9": (
        "The input begins with a byte order mark, or has bytes that are no UTF-8.",
        "EF BB BF 64 61 74 61 3A …",
        "Marks come from editors and some recorders, broken bytes from clients that decode block by block where a "
        "character was cut (api7/aisix#111, Fabric#2203). A cut between two reads is no fault, and a file does not "
        "show it.",
        "Frames bytes before it decodes them, skips the mark, and reports a record that is no UTF-8, exit code 3.",
    ),
    "B10": (
        "A record holds U+2028, U+2029 or U+0085 as itself.",
        '{"delta":{"content":"a<U+2028>b"}}',
        "All three are ordinary characters of a JSON string. Functions that split text into lines, Python's splitlines "
        "among them, cut the record in two there.",
        "Cuts lines at line ends in bytes only: one record.",
    ),
    "B11": (
        "The input is no stream: a whole completion, JSON over many lines, or [DONE] glued to a value.",
        '{"object":"chat.completion","choices":[{"index":0,"message":{"content":"Hi"},"finish_reason":"stop"}]}',
        "Servers that ignore stream: true, or stream although nobody asked (hermes-agent#21535, 9router#3492). A "
        "client that looks for data: finds nothing and shows nothing.",
        "Reads a whole completion as one chunk, and splits the [DONE] off.",
    ),
    "B12": (
        "The records are of another wire format than Chat Completions.",
        '{"message":{"tool_calls":[{"function":{"name":"f","arguments":{"x":1}}}]},"done":true}',
        "Each provider has its own beside the one that all speak: Ollama sends such an object a line "
        "(langchain#28654), OpenAI has Responses, Anthropic has Messages. There are no choices, so a client of Chat "
        "Completions fails or shows nothing.",
        "Tells which dialect it is, unless --from does, and reads it: what leaves are chunks, and what these cannot "
        "say rides in their member unspool.",
    ),
    "B13": (
        "Pings stand between the chunks.",
        '{"message_type":"ping","date":"2031-05-04T03:02:01Z"}',
        "Letta keeps idle connections open with objects of its own, relays with a keepalive or a heartbeat, and "
        "proxies let those of other dialects through; older servers of Letta mark the ends of steps with [DONE_STEP] "
        "(letta#2283). Strict models refuse them. Among Anthropic's own events a ping is no quirk.",
        "Skips them: they do not leave.",
    ),
    "B30": (
        "Objects are glued together without a line end.",
        '{"id":"c",…}{"id":"c",…}',
        "Writers that forget the separator, and logs of whole buffers (agno#3868). Each is JSON, the line is not. A "
        "shell's echo of an unquoted variable puts a whole event stream, with its fields, into one line.",
        "Takes each for a record. A part of the line that cannot be read is reported.",
    ),
    "B31": (
        "The field name data: stands twice.",
        'data: data: {"choices":[…]}',
        "A proxy that frames what is framed already (openclaw#96497). The data of the event is no JSON then.",
        "Takes off the second one.",
    ),
    "B32": (
        "A byte order mark stands before a record in the middle.",
        "EF BB BF before {",
        "Two captures were joined, each with its mark. Clients take it for a character before the JSON.",
        "Skips it.",
    ),
    "B33": (
        "The JSON of the events is broken into lines.",
        'data: {\\n  "id": "c",\\n  "choices": […]\\n}',
        "A tool that indents JSON ran over an event stream. Only the first line of each event is a data line then.",
        "Joins the lines of each event.",
    ),
    "B34": (
        "The source is a browser's EventStream table, copied as text.",
        'message<TAB>{"id":"c",…}<TAB>10:11:12.131',
        "Developer tools show events as rows of id, type, data and time, and copy them so. No line is a record.",
        "Reads the type and the data of each row.",
    ),
    "B35": (
        "Lines are cut at the width of a terminal.",
        '{"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"cont<LF>ent":"Hi"}}]}',
        "Output that was copied out of a terminal or its history (tmux capture-pane, fold), whose lines end at one "
        "column whatever is there. No line is JSON then, and spaces at the ends of lines may be lost.",
        "Joins the lines, where all of a record but the last have the same width and its JSON is whole only then.",
    ),
    "B40": (
        "Text stands before data: in a line, or behind an object.",
        '     0K .data: {"id":"c",…}',
        "A program that writes to the same terminal or file came between: the meter of wget, a message of curl, or a "
        "status that curl -w writes without a line end. The line is no JSON then.",
        "Reads the record, and passes over the text.",
    ),
}
