"""F: the finish reason. Each row: the sentence, an example, the meaning, what unspool does."""

ROWS: dict[str, tuple[str, str, str, str]] = {
    "F1": (
        "The finish reason is stop although a tool was called.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}   after tool_calls',
        "Gemini, Ollama and several relays say stop after calls (googleapis/python-genai#2868, ollama#5995), and "
        "OpenAI itself was quoted with it where the call was forced by tool_choice (vllm#25054, not confirmed). An "
        "agent that runs its tools only at tool_calls runs none.",
        "Lets stop stand. Calls that pass keep the reason they came with.",
    ),
    "F2": (
        "finish_reason is an empty string where null belongs.",
        '{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":""}]}',
        "Servers with a string type and no null for it send this on every chunk (sglang#3912, openai-dotnet#389). A "
        "client that tests against null ends after the first word.",
        "Takes it for no finish.",
    ),
    "F3": (
        'finish_reason is the string "null", or another word for a choice that goes on.',
        '{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"null"}]}',
        "Somewhere on the way null was printed into a string (PowerShell/AIShell#350), as None or nil in other "
        "languages; watsonx says not_finished, and Google's libraries FINISH_REASON_UNSPECIFIED. A client ends at "
        "once, with a reason nobody knows.",
        "Takes it for no finish.",
    ),
    "F4": (
        "finish_reason is missing before the end.",
        '{"choices":[{"index":0,"delta":{"content":"Hi"}}]}',
        "Proxies that drop empty members leave it out (BerriAI/liteLLM-proxy#19). A client that indexes it raises on "
        "the first chunk.",
        "Takes it for no finish; rewritten chunks have the member, as null.",
    ),
    "F5": (
        "A choice never finishes.",
        'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}   data: [DONE]',
        "NVIDIA NIM and others were seen closing the connection, or sending [DONE], without a finish "
        "(earendil-works/pi#6226, DeepSeek-Reasonix#3957). Nobody can tell a whole answer from a cut one, and a client "
        "that waits for the finish waits for ever.",
        "Everything that arrived is out first; then the stream counts as cut, exit code 4. With [DONE] and no call "
        "left open, and of a whole completion (Snowflake), it is only named.",
    ),
    "F6": (
        "A choice finishes twice.",
        '{"finish_reason":"tool_calls"}   then {"finish_reason":"stop"}',
        "Some servers end the call and then the answer (RayBytes/ChatMock#114, sglang#8417); OpenRouter sends the "
        "finish again with the usage. A client that acts at each finish runs its tools twice.",
        "Rewritten choices finish once: the second leaves as null if its chunk carries anything else, else not at all.",
    ),
    "F7": (
        "The finish comes with the last text or fragment, not in a chunk of its own.",
        '{"choices":[{"index":0,"delta":{"content":"."},"finish_reason":"stop"}]}',
        "Gemini's endpoint and some versions of vLLM save a chunk this way (litellm#31634, vllm#36944). A client that "
        "breaks out of its loop at the finish loses the last words.",
        "Text and finish leave in one chunk.",
    ),
    "F8": (
        "The finish claims that a call is whole, while its arguments are open.",
        '{"arguments":"{\\"message\\": \\"Hel"}   then {"finish_reason":"tool_calls"}',
        "When the token limit strikes inside a call, vLLM and others still say tool_calls (vllm#46303, "
        "earendil-works/pi#8501). An agent parses what it has, or worse, repairs and runs it.",
        "The text so far is out; the call counts as cut, exit code 4. Events keep the reason as it was sent.",
    ),
    "F9": (
        "The finish reason is none of those in the contract.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":"cancel"}]}',
        'Servers say "cancel", "error", "eos", "UNKNOWN" or what their own API has (ROCm/FastFlowLM#500). Strict '
        "models "
        "refuse the chunk, others wait for a word they know.",
        "Takes it for a finish, and keeps the word.",
    ),
    "F10": (
        "A call came whole, and its finish in a later chunk that is empty.",
        '{"delta":{"tool_calls":[{…"arguments":"{\\"a\\":1}"}]}}   then {"delta":{},"finish_reason":"stop"}',
        "Gemini 3 sends the call and then an end of its own (envoyproxy/ai-gateway#2399). A gateway that closes at the "
        "call, and again at the end, finishes twice. Fragments followed by an empty finish are the contract, and lint "
        "does not name them.",
        "One call, one finish.",
    ),
    "F11": (
        "The finish reason is no text (an object or array that holds the word, a number, true), or has another name.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":{"type":"length","length":64}}]}',
        "SGLang's own reason is an object, which proxies pass on; LangSmith's recorder of JavaScript keeps the last "
        "choice there (sgl-project/sglang#1407); enumerations of protocol buffers can be numbers. OpenAI's first model "
        "with images had such an object as finish_details, and no finish_reason (openai-node#499); Inspect's logs have "
        "stop_reason, Oracle's whole answers finishReason. A client compares it with a word, and waits for an end.",
        "Reads the word in its type, finish_reason, reason, value or name, and takes true and a number but 0 for a "
        "finish; a chunk that changes nothing else keeps it.",
    ),
    "F12": (
        "The finish comes with every chunk.",
        '{"choices":[{"index":0,"delta":{"content":"Hel"},"finish_reason":"stop"}]}   then the same with "lo"',
        "Gemini once repeated it with every piece, and gateways pass that on (litellm#2195, one-api#1408, one-hub#402, "
        "new-api#378); Open WebUI sent it with every chunk of thoughts (open-webui#16377). A client that stops at the "
        "finish shows the first words.",
        "Reads one response as long as the id stays the same and every chunk before had a finish; the last one counts.",
    ),
}
