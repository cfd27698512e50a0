"""A: the arguments of a call. Each row: the sentence, an example, the meaning, what unspool does."""

ROWS: dict[str, tuple[str, str, str, str]] = {
    "A1": (
        "The arguments of a call are null.",
        '{"function":{"name":"f","arguments":null}}',
        "Sent with the name before the first fragment, or all along for tools that take nothing (open-webui#27195, "
        "litellm#4440, pipecat#4060). Joining null to a string raises, or adds the word None.",
        "Reads them as nothing.",
    ),
    "A2": (
        "A call ends with blank arguments, without even {}.",
        '{"function":{"name":"now","arguments":""}}   then {"finish_reason":"tool_calls"}',
        "Common for tools without parameters (vercel/ai#6687, litellm#5063). Parsing an empty string as JSON fails; "
        "filling in {} too early ruins arguments that were only late (langchain#38694).",
        "Nothing is said, and the call is complete.",
    ),
    "A3": (
        "The arguments are a JSON value and not a string that holds one.",
        '{"function":{"name":"f","arguments":{"x":1}}}',
        "Ollama's own API has it so, and adapters forget to encode it (langchain#28654); MiniMax was seen with several "
        "objects whose strings grow (can1357/oh-my-pi#2082). The OpenAI package accepts it silently, and the code "
        "behind it fails.",
        "Reads it as complete arguments.",
    ),
    "A4": (
        "The arguments start with {} before the real object.",
        '{"arguments":"{}"}   {"arguments":"{\\"city\\": \\"Oslo\\"}"}',
        "Claude's blocks begin with an empty input, which Bedrock and LiteLLM passed on as a fragment "
        "(openai-agents-js#712, litellm#4537). Joined, the arguments are two objects.",
        "Drops the empty object when another follows.",
    ),
    "A5": (
        "Each fragment of the arguments seems to repeat all before it.",
        '{"arguments":"{\\"a"}   {"arguments":"{\\"a\\":1"}   {"arguments":"{\\"a\\":1}"}',
        "DeepSeek behind Qianfan was seen sending the arguments so far (hermes-agent#35718). Cutting out overlaps "
        "blindly turns ll -l into l -l (OmniRoute#3762), so lint names three in a row that each extend the last, and "
        "the repair decides once for each call.",
        "Reads them as they stand, which fails; --repair cumulative takes the repetition out.",
    ),
    "A6": (
        "The whole arguments are sent again after their end.",
        '{"arguments":"\\"}"}   {"arguments":"{\\"message\\": \\"Hi\\"}"}',
        "Servers that stream the pieces and then the result (elizaOS/eliza#16973, opencodex#361). Joined, the "
        "arguments are two objects.",
        "Emits nothing of a repeated object, also with other white space between its tokens. Another object is another "
        "call (T5).",
    ),
    "A7": (
        "The arguments go on although they were complete JSON before.",
        '{"arguments":"{\\"query\\": \\"test\\"}"}   {"arguments":", \\"limit\\": 3}"}',
        "A prefix of a longer text may happen to be whole, and some servers add members behind the brace "
        "(vercel/ai#13137, charmbracelet/fantasy#289). A client that tries to parse after every fragment, and runs the "
        "tool at the first success, runs it with half of its arguments.",
        "A call is complete when its choice ends, not before. What follows the closing brace is not emitted.",
    ),
    "A8": (
        "Strings in the arguments hold raw control characters.",
        'a line feed, a tab or an escape byte as itself between the quotes of "message"',
        "Kimi, Gemini and llama.cpp write line breaks into strings as they are (kimi-cli#1460, rhesis#2488, "
        "omlx#1931). Strict JSON parsers refuse them.",
        "Reads them as text. On a terminal they are shown, not obeyed.",
    ),
    "A9": (
        "A backslash and an n stand between two tokens of the arguments.",
        '{"arguments":"{\\"a\\": \\\\n[1]}"}',
        "Qwen escapes its own white space (OpenHands/software-agent-sdk#2488). No JSON parser reads on.",
        "Skips \\n, \\r and \\t between tokens.",
    ),
    "A10": (
        "The text holds a backslash and an n where a line break may be meant.",
        '{"arguments":"{\\"message\\": \\"a\\\\\\\\nb\\"}"}',
        "A model that escapes once too often (openclaw#110823). It looks the same as a path or code that is meant so, "
        "which is why nobody may repair it by default; lint only suspects.",
        "Gives the text as the JSON has it.",
    ),
    "A11": (
        "The arguments are a JSON string that holds the object.",
        '{"arguments":"\\"{\\\\\\"city\\\\\\": \\\\\\"Oslo\\\\\\"}\\""}',
        "Encoded twice, by the model or by a server (vllm#25729, quarkus-langchain4j#2642). A string may also be "
        "meant: "
        'vllm#54964 has "{hello world}".',
        "Fails with a hint, exit code 3; --repair double-encoded reads the string inside.",
    ),
    "A12": (
        "The quotes of a value are escaped outside of any string.",
        '{"arguments":"{\\"query\\": \\\\\\"tea\\\\\\"}"}',
        "One layer of escapes too many on part of the arguments (digitalocean/langchain-gradient#31). There is no "
        "single reading.",
        "Fails there, exit code 3; the text before it stands.",
    ),
    "A13": (
        "The arguments are written in Python: single quotes, True, None.",
        "{\"arguments\":\"{'message': 'Hi', 'urgent': True}\"}",
        "Models and adapters print a dictionary in place of JSON (waybarrios/vllm-mlx#63, vllm#5649). Replacing all "
        "quotes breaks every apostrophe (atropos#478).",
        "Accepts True, False and None; single quotes fail unless --repair single-quotes is given.",
    ),
    "A14": (
        "The arguments are nearly JSON: a trailing comma, a bare word, a key without quotes, half a number.",
        '{"arguments":"{\\"keywords\\": Dave,}"}',
        "Small models write them (dust#24414, pydantic-ai#4111). Where there is one reading it can be taken; guessing "
        "at the rest puts words into the model's mouth. A missing brace is named as a cut call (F8, A18), and a quote "
        "that is not escaped looks like lost bytes (A17).",
        "Accepts trailing commas; the rest fails, exit code 3, and the text before it stands.",
    ),
    "A15": (
        "Other text stands around the arguments: a fence or prose.",
        '```json   {"message": "Hi"}   ```',
        "Models answer as they would in a chat (earendil-works/pi#8858, QwenPaw#6364). A JSON parser refuses all of "
        "it.",
        "Skips what stands before the first brace, and all that follows other text after the object.",
    ),
    "A16": (
        "An escape is split between two fragments.",
        '{"arguments":"\\\\ud83d"}   {"arguments":"\\\\ude00"}',
        "Fragments are cut by tokens and tokens know no escapes (llama.cpp#16526 lists the cases; jiter#207). That is "
        "allowed. A client that decodes each fragment by itself shows a stray backslash, or half an emoji as U+FFFD.",
        "Holds back at most 11 characters until the escape is whole.",
    ),
    "A17": (
        "The arguments stop being JSON on the way, as if bytes were missing.",
        '{"message": "Hello city": "Oslo"}',
        "A server lost a piece (sglang#36339), or a quote is not escaped: the two look alike. Often the result is "
        "still JSON, and then nobody can see it.",
        "Fails at the first character that cannot be, exit code 3; the text before it stands.",
    ),
    "A18": (
        "The stream ends inside the arguments of a call.",
        '{"arguments":"{\\"content\\": \\"line1"}   then {"finish_reason":"length"}',
        "The token limit, or a connection that broke (langchainjs#11469). A client that closes the open brackets runs "
        "a tool with half a value (costrict#1360).",
        "The text so far is out first; the call counts as cut, exit code 4, and is never called complete.",
    ),
    "A19": (
        "The arguments are no object.",
        '{"arguments":"[\\"Hi\\"]"}',
        "A model that takes the schema lightly (open-webui#29323). Reading a member of it raises. An object in place "
        "of the message's string is legal JSON, and lint does not name it.",
        "Fails, exit code 3. A message that is not a string comes out as its JSON text, null as nothing.",
    ),
    "A20": (
        "The whole arguments of a call come in one fragment after its name.",
        '{"arguments":"{\\"message\\": \\"All of it at once.\\"}"}',
        "Claude sends each value whole unless asked otherwise, and some servers parse the call before they send it "
        "(copilot-sdk#1974, dynamo#13975). Whoever looks for the delay in the client looks in the wrong place. A short "
        "message may well fit one fragment by chance.",
        "Gives the text when it arrives: there is nothing earlier to show.",
    ),
    "A21": (
        "Markup or special tokens follow the arguments.",
        '{"arguments":"{\\"message\\": \\"Hi\\"}}</s"}',
        "The server's parser cut too late (vllm#51701). Parsing all of it fails on a call that was whole.",
        "Skips all that stands after the object, other objects too.",
    ),
    "A22": (
        "The message argument occurs a second time.",
        '{"arguments":"{\\"message\\": \\"Hi\\", \\"message\\": \\"Yo\\"}"}',
        "JSON does not forbid it, and most parsers keep the last. A stream has shown the first by then and cannot take "
        "it back.",
        "The first counts; the second is not emitted.",
    ),
}
