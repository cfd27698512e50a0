"""T: whose fragment it is. Each row: the sentence, an example, the meaning, what unspool does."""

ROWS: dict[str, tuple[str, str, str, str]] = {
    "T1": (
        "A whole call arrives in one chunk.",
        '{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{\\"x\\": 1}"}}]}',
        "Ollama, Groq, Gemini and MiniMax behind vLLM finish the call before they send it (ollama#11633, litellm#7621, "
        "vllm#39649). That is allowed, but a client that waits for a second fragment never acts, and nothing can be "
        "shown while the model writes.",
        "Gives the message as one text delta.",
    ),
    "T2": (
        "The first fragment of the arguments comes with the name.",
        '{"tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}]}',
        "llama.cpp and vLLM save a chunk; OpenAI sends empty arguments with the name (agentjido/req_llm#801). A client "
        "that reads the name there and nothing else loses the opening brace.",
        "Reads both; to unspool this is normal.",
    ),
    "T3": (
        "A call fragment has no index, or null.",
        '{"tool_calls":[{"id":"call_9","type":"function","function":{"name":"f","arguments":"{}"}}]}',
        "Gemini's endpoint, Ollama and several relays leave it out (openai-python#2806, ollama#7881). Clients that "
        "collect by index raise, or put all calls into one.",
        "Goes by the id, and without one to the last open call.",
    ),
    "T4": (
        "Calls with different ids share one index.",
        '{"tool_calls":[{"index":0,"id":"a",…}]}   {"tool_calls":[{"index":0,"id":"b",…}]}',
        "Parallel calls all at index 0 were reported of Ollama, SGLang, Dynamo and others (ollama#15457, sglang#38198, "
        "litellm#16194). Clients append the second call to the first and get two objects in one string.",
        "A new id under a known index is a new call, if its arguments start afresh.",
    ),
    "T5": (
        "A second whole object follows under one index, without an id.",
        '{"index":0,"function":{"arguments":"{…}"}}   {"index":0,"function":{"name":"","arguments":"{…}"}}',
        "A server that lost both id and index of a parallel call leaves nothing but its braces (dyedd/lens#49). "
        "Clients join the two and fail to parse.",
        "An object that directly follows a complete one is a new call, wherever the fragments are cut. The same object "
        "again is a repetition (A6); after other text nothing is read (A7, A15, A21).",
    ),
    "T6": (
        "Call indexes do not start at 0, or leave gaps.",
        '{"tool_calls":[{"index":1,"id":"toolu_1","function":{"name":"f","arguments":""}}]}',
        "Proxies in front of Claude use the number of the content block, and text was block 0 (litellm#5025, "
        "CLIProxyAPI#5229). Clients that keep a list find a hole or raise.",
        "Numbers the calls that pass densely where a message call was taken out; otherwise they keep their bytes.",
    ),
    "T7": (
        "The index moves on while one call continues.",
        '{"index":0,"function":{"name":"f"}}   {"index":1,"function":{"arguments":"{"}}   {"index":2,…}',
        "Seen with Nebius and Cerebras, where the index counts fragments (dirac-run/dirac#215). Clients see many calls "
        "without a name.",
        "A fragment without a name under an unknown index continues the open call, with an id of its own if its "
        "arguments open no other object.",
    ),
    "T8": (
        "A call fragment has a blank id.",
        '{"tool_calls":[{"index":0,"id":"","function":{"arguments":"\\"Hi"}}]}',
        "Servers that know no absent string send it on continuations (symfony/ai#2220, langchain#35414). A client that "
        "overwrites the id with the last one it saw cannot answer the call.",
        "Takes it for absent.",
    ),
    "T9": (
        "A call fragment has a blank name.",
        '{"tool_calls":[{"index":0,"function":{"name":"","arguments":"{"}}]}',
        "The same serialisers do it to the name (opencode#37783, aish#200). A client that overwrites the name calls a "
        "tool without one.",
        "Takes it for absent.",
    ),
    "T10": (
        'A call fragment has the name "null", or its type in capitals.',
        '{"index":0,"id":"","type":"FUNCTION","function":{"name":"null","arguments":"\\"}"}}',
        "A relay printed null into a string and an enum by its name (litellm#12513). Clients call a tool named null.",
        "Takes the name for absent, and does not read the type.",
    ),
    "T11": (
        "The full name of a call is repeated.",
        '{"function":{"name":"read_file","arguments":"{"}}   {"function":{"name":"read_file","arguments":"}"}}',
        "MiniMax behind NIM and llama-cpp-python send it with every fragment (hermes-agent#11984). A client that "
        "appends names, as T12 asks for, gets read_fileread_file.",
        "An equal name, or one of which the other is a prefix, is a repeat.",
    ),
    "T12": (
        "The name of a call is split over several chunks.",
        '{"function":{"name":"get_"}}   {"function":{"name":"weather"}}',
        "Servers that stream the name token by token do this (NVIDIA-NeMo/Switchyard#785). A client that takes the "
        "first piece for the name looks for a tool that does not exist. It cannot be told from T11 in general: hence "
        "the rule of the prefix.",
        "Appends a name that is no repeat, and holds the call back while the name may still become a message tool's.",
    ),
    "T13": (
        "The id of a call changes from one chunk to the next.",
        '{"index":0,"id":"x",…}   {"index":0,"id":"call_7",…}',
        "A provisional id is replaced by the real one (poolsideai/pool#9). Clients that collect by id split the call "
        "in two, or answer under an id that the provider does not know.",
        "One call, known by either; the later id counts.",
    ),
    "T14": (
        "The id of a call is a number.",
        '{"tool_calls":[{"index":0,"id":7,"function":{"name":"f","arguments":"{}"}}]}',
        "Small servers count their calls (aish#200). Strict models refuse the chunk.",
        "Reads it as text.",
    ),
    "T15": (
        "The id of a call is repeated on its later fragments.",
        '{"index":0,"id":"a",…}   {"index":0,"id":"a",…}',
        "OpenAI sends the id once, others with every fragment (matthiasn/lotti#3085). A client that takes each id for "
        "the start of a call shows as many calls as fragments.",
        "The same id is the same call.",
    ),
    "T16": (
        "One chunk has two entries for the same call index.",
        '{"tool_calls":[{"index":0,…"arguments":"{"},{"index":0,…"arguments":"\\"a"}]}',
        "A server that gathers tokens for a while puts them side by side (openai-python#3201, #3438). Clients that "
        "make a table by index keep the last entry alone.",
        "Reads them in order.",
    ),
    "T17": (
        "Fragments of several calls take turns.",
        '{"index":0,"function":{"arguments":"{\\"a"}}   {"index":1,…}   {"index":0,…}',
        "Parallel calls written at the same time (continuedev/continue#13223, bifrost#1829). A client that has one "
        "open call mixes their arguments.",
        "Follows each call by itself. Two messages never mix: the later one waits, then follows whole.",
    ),
    "T18": (
        "A call fragment has a null type, function or name.",
        '{"index":0,"id":null,"type":null,"function":{"name":null,"arguments":"}"}}',
        "Serialisers that write out every member (huggingface.js#1512, pydantic-ai#8208). The OpenAI package asserts "
        "against some of these, and joining null to a string raises.",
        "Takes null for absent.",
    ),
    "T19": (
        "A call carries members that are not in the contract.",
        '{"index":0,"id":"a","function":{…},"extra_content":{"google":{"thought_signature":"c2ln"}}}',
        "Gemini wants its thought signature back with the answer to the call (pydantic-ai#3481, langroid#985). A proxy "
        "that rebuilds the call from the members it knows drops it, and the next request fails.",
        "Calls that pass keep every member, renumbered or not.",
    ),
    "T20": (
        "A call comes as the old function_call.",
        '{"delta":{"function_call":{"name":"f","arguments":"{\\""}}}   then {"finish_reason":"function_call"}',
        "The form before tool_calls is still spoken by older servers and by compatible ones (autogen#1178, "
        "can1357/oh-my-pi#1692). Clients that know tool_calls alone see an empty answer.",
        "Reads it as a call at index 0.",
    ),
    "T21": (
        "A tool call leaks into the text, as markup or as JSON.",
        '{"delta":{"content":"<tool_call>{\\"name\\": \\"weather\\""}}',
        "The server's parser missed what the model wrote, or sent it both ways (LocalAI#10346, guoqingbao/xinfer#383, "
        "kronk#950). The user reads markup, and the tool is not run. Lint goes by common markers, so it can miss one.",
        "Leaves content as it is, for an answer may be about such markup; --channels dsml (DeepSeek V3.2), kimi or "
        "harmony makes calls of it.",
    ),
    "T22": (
        "A delta reports progress instead of content, or is empty.",
        '{"delta":{"tool_call_generating":true}}   {"delta":{}}',
        "A server that finishes the call before it sends it keeps the line busy meanwhile (jjang-ai/vmlx#219; the "
        "exact shape is a guess from the report). Strict models refuse the member; clients that expect content in each "
        "delta raise.",
        "Passes the chunk on byte for byte.",
    ),
    "T23": (
        "One delta carries a fragment twice, as tool_calls and as function_call.",
        '{"function_call":{"arguments":"{"},"tool_calls":[{"index":0,"id":"a","function":{"arguments":"{"}}]}',
        "llama-cpp-python serves old and new clients at once, with name and id in every delta, role null, and control "
        "characters as they are inside the strings; its streams were recorded for this project. A client that reads "
        "both members gets every fragment twice.",
        "Counts the call once: beside tool_calls a function_call is an echo.",
    ),
    "T24": (
        "A call of a custom tool holds free text and no JSON.",
        '{"index":0,"id":"call_1","type":"custom","custom":{"name":"send_message","input":"At ni"}}',
        "Custom tools take any text as their input (openai-python#2530). A client that reads function.arguments finds "
        "nothing, and one that parses the input as JSON fails.",
        "Takes all of the input for the message where the tool is a message tool (R3), and passes other calls on.",
    ),
    "T35": (
        "The finish claims a tool call, and none came.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}   after no call',
        "Reported of vLLM (vllm#44326); calls that leak into the text (T21) may end this way too. An agent that runs "
        "its tools at this reason finds none to run.",
        "Passes the reason on as it was sent; no call is invented.",
    ),
    "T36": (
        "The calls are an object, not an array.",
        '{"tool_calls":{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}}',
        "Text Generation Inference sent its one call this way (versions 1.4 to 2.x). A client that iterates over the "
        "calls gets the names of members.",
        "Reads the object as the only call.",
    ),
    "T37": (
        "White space stands around the name of a call, or a special token of the model behind it.",
        '{"function":{"name":"weather<|channel|>commentary","arguments":""}}   {"function":{"name":"weather\\n"}}',
        "gpt-oss behind vLLM was seen with the first (vllm#32587), GLM behind mlx-lm with the second (mlx-lm#995). A "
        "client finds no tool of that name.",
        "Leaves both out of the name; calls that pass on keep theirs as it came.",
    ),
    "T38": (
        "A tool call leaks into the thoughts, as markup or as JSON.",
        '{"delta":{"reasoning_content":"<tool_call>{\\"name\\": \\"weather\\""}}',
        "A model that calls before it ends its thoughts, behind a server that looks for calls after them alone "
        "(ds4#167, mlx-openai-server#284, vllm-mlx#168, llxprt-code#750). The answer is empty, no tool is run, and an "
        "agent waits. Lint goes by the markers of T21.",
        "Leaves the thoughts as they are; no call is made of them.",
    ),
    "T39": (
        "The name and the arguments of a call are not in a function, or the arguments have another name.",
        '{"tool_calls":[{"id":"a","name":"f","arguments":"{}"}]}   {"function":{"name":"f","parameters":{"x":1}}}',
        "Gateways pass on calls of Responses, of LangChain (args), of Anthropic (input) or of Llama's prompts "
        "(parameters) as they are; in Inspect's logs the function is its name. A client finds a call without a name, "
        "or runs the tool without its arguments (crewAI#6657).",
        "Reads them there, and by the names args, parameters and input; calls that pass on keep their shape.",
    ),
    "T40": (
        "The members of a delta are in camel case.",
        '{"delta":{"toolCalls":[{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}]},"finishReason":null}',
        "The clients of Mistral, Cohere and OpenRouter for TypeScript rename the members of what they receive; a log "
        "of that has toolCalls, functionCall or reasoningContent. What is read by its name is not there.",
        "Reads them by these names, too, also those of Cohere and Responses; a chunk that passes on keeps its own.",
    ),
}
