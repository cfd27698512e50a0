"""Q: the envelope of a chunk and its choices. Each row: the sentence, an example, the meaning, what unspool does."""

ROWS: dict[str, tuple[str, str, str, str]] = {
    "Q1": (
        "A chunk without choices opens the stream: blank id, blank model and filter results.",
        '{"id":"","object":"","created":0,"model":"","choices":[],"prompt_filter_results":[{"prompt_index":0}]}',
        "Azure OpenAI reports on the prompt before it answers; older versions call the member prompt_annotations "
        "(pydantic-ai#164, simonw/llm#294). A client that reads choices[0] of every chunk fails on the first one.",
        "Passes the chunk on byte for byte. It has a blank id and starts no step.",
    ),
    "Q2": (
        "A choice has neither a delta nor a finish, only filter results.",
        '{"choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"check_offset":44}}]}',
        "Azure's asynchronous filter reports on text it has let through already, in chunks of its own with a blank "
        "object (run-llama/LlamaIndexTS#2118). Reading choice.delta.content raises there.",
        "Passes the chunk on byte for byte, also amid a message call, and takes it for no finish.",
    ),
    "Q3": (
        "A delta is null.",
        '{"choices":[{"index":0,"delta":null,"finish_reason":"stop"}]}',
        "Servers that serialise an empty delta as null do this, most often on the finish "
        "(microsoft/agent-framework#5734, AstrBotDevs/AstrBot#8244). A client that asks the delta before it asks the "
        "finish reason never sees the end.",
        "Reads the delta as empty; the finish counts.",
    ),
    "Q4": (
        "A choice that finishes has no delta.",
        '{"choices":[{"index":0,"finish_reason":"length"}]}',
        "Some gateways leave out a member that would be empty (QwenLM/qwen-code#1448). Strict models reject the chunk, "
        "and with it the finish reason.",
        "Reads the delta as empty; the finish counts.",
    ),
    "Q5": (
        "A usage arrives in a chunk that has no choices member.",
        '{"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}',
        "A usage that was asked for comes last, with an empty choices array: that is the contract, and lint does not "
        "name it. Some servers send it unasked, which a stream does not show, and some leave choices out "
        "(Arthur-Ficial/apfel#100, ROCm/ATOM#1711), so that a loop over choices fails.",
        "Passes the chunk on byte for byte; the usage belongs to the step before it.",
    ),
    "Q6": (
        "A usage comes with more than one chunk; each replaces the one before.",
        '{"choices":[{"index":0,"delta":{"content":"lo"}}],"usage":{"prompt_tokens":9,"completion_tokens":3}}',
        "vLLM on request, Baseten and Perplexity send running totals with each chunk (langchain#38070). A client that "
        "adds them up counts the prompt once for every token.",
        "Leaves the usage where it is, on rewritten chunks too; the last one of a step counts.",
    ),
    "Q7": (
        "A usage stands inside the choice.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":"stop","usage":{"prompt_tokens":9}}]}',
        "Moonshot's Kimi puts it beside the finish reason (earendil-works/pi#2017). A client that looks at the top of "
        "the chunk finds no usage at all.",
        "Keeps it in its place, and reports it like any other usage.",
    ),
    "Q8": (
        "A usage follows the finish in a chunk that has a choice again.",
        '{"choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"usage":{"total_tokens":13}}',
        "Gateways that copy the shape of the last chunk produce it (spring-ai#6762). A client that takes a choice "
        "after the finish for a new answer begins an empty message.",
        "Keeps it; a delta that says nothing starts no step.",
    ),
    "Q9": (
        "Text or a call, the finish and the usage share one chunk.",
        '{"choices":[{"index":0,"delta":{"content":"."},"finish_reason":"stop"}],"usage":{"total_tokens":13}}',
        "Gemini's compatible endpoint packs the end into one chunk (Routstr/routstr-core#543). A client that stops "
        "reading at the finish, or takes a usage chunk to be free of text, loses the last words.",
        "Keeps all three in one chunk.",
    ),
    "Q10": (
        "Chunks carry padding that means nothing.",
        '{"choices":[{"index":0,"delta":{"content":"lo"}}],"service_tier":"default","obfuscation":"k2Xq"}',
        "OpenAI pads chunks to one length so that nobody can guess the words from packet sizes; Mistral does so under "
        "the name p (openai-node#2423). service_tier and system_fingerprint on each chunk are documented and not named "
        "by lint. Models that forbid unknown members reject such chunks.",
        "Keeps every member it does not know, on rewritten chunks too.",
    ),
    "Q11": (
        "The id of the response changes while it goes on.",
        '{"id":"chat.id.1","choices":[…]}   {"id":"chat.id.2","choices":[…]}',
        "Foundry Local counts the chunks of one answer in its id (microsoft/foundry-local#221); the last chunk of "
        "Perplexity, which only finishes, has its own. A client that tells answers apart by id sees a new one.",
        "Starts no step for it while a choice is unfinished, unless a chunk that has more than a finish has a role.",
    ),
    "Q12": (
        "A choice has a message beside its delta.",
        '{"object":"chat.completion","choices":[{"index":0,"message":{"content":"Hello"},"delta":{"content":"lo"}}]}',
        "Perplexity sends the whole answer so far with each delta, and calls the object chat.completion "
        "(open-webui#9927, litellm#8455); its whole answers have an empty delta. A client that reads both shows "
        "everything twice, one that reads deltas alone shows no whole answer.",
        "Reads the delta; a message counts where there is no delta, or where an empty one finishes the choice, as in "
        "whole answers: what the deltas have said is not repeated (R15).",
    ),
    "Q13": (
        "Content deltas grow: each seems to repeat all before it.",
        '{"delta":{"content":"He"}}   {"delta":{"content":"Hello"}}   {"delta":{"content":"Hello wor"}}',
        "DashScope's default mode sends the answer so far instead of what is new (qwen-code#3896). Joined as they are, "
        "the deltas give HeHelloHello wor. Equal deltas in a row are legal (posit-dev/chatlas#435), so lint names only "
        "three in a row of which each strictly extends the last.",
        "Leaves deltas alone; --repair cumulative takes the repetition out once the second extends the first. Whole "
        "messages, as DashScope's own interface sends them in place of deltas, are read so without the option (R15).",
    ),
    "Q14": (
        "Choices take turns, or the first to speak is not choice 0.",
        '{"choices":[{"index":1,"delta":{"content":"Yo"}}]}   {"choices":[{"index":0,"delta":{"content":"Hi"}}]}',
        "With n above 1 the choices are interleaved as they are made (openai-python#3709, litellm#35793), and a few "
        "gateways write index 0 on all of them (Portkey-AI/gateway#354). A client that takes choices[0] for choice 0 "
        "mixes two answers.",
        "Knows a choice by its index alone. text prints one (--choice), rewrite keeps all.",
    ),
    "Q15": (
        "The role is repeated, null, or never sent.",
        '{"delta":{"role":"assistant","content":"Hel"}}   {"delta":{"role":"assistant","content":"lo"}}',
        "Many servers fill the role into every delta (litellm#9986); SGLang sent null (sglang#3912), others none at "
        "all (agentgateway#3005). A client that joins all strings of a delta gets assistantassistant.",
        "The first rewritten chunk of a choice has a role and no later one does; other chunks keep theirs.",
    ),
    "Q16": (
        "Content is an array of parts.",
        '{"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]}}',
        "Mistral's reasoning models send text and thoughts as parts, and relays pass them on (symfony/ai#2422, "
        "meilisearch#6327). Joined to a string they become [object Object], or an exception.",
        "Text parts are text, thinking parts are thoughts; rewrite passes the array on.",
    ),
    "Q17": (
        "Reasoning arrives under a name that is not in the contract, as marked content, or as <think> in the text.",
        '{"delta":{"reasoning_content":"Wave back."}}',
        "DeepSeek and vLLM say reasoning_content, OpenRouter, Ollama and newer vLLM reasoning and reasoning_details, "
        "others thinking, sometimes with null (AnswerDotAI/fastllm#61, aula-id/koma#45). Gemini's endpoint sends "
        "content between <thought> tags and marks it (extra_content.google.thought). Models without a parser in front "
        "write <think> into the text. A client that knows one name shows the others, or hides nothing.",
        "Takes each of the names, and marked content, for thoughts (--thoughts). A <think> inside the text stays text.",
    ),
    "Q18": (
        "Text, or an empty content, shares a delta with a tool call.",
        '{"delta":{"content":"Sure. ","tool_calls":[{"index":0,"id":"a","function":{"name":"f","arguments":""}}]}}',
        "Some servers write an empty string where OpenAI has null, others flush text together with a call "
        "(vllm-ascend#14501, litellm#5063). A client that decides text or call by the first member it finds loses the "
        "other half. The null that OpenAI itself sends is not named by lint.",
        "Counts both halves; an empty content is no text.",
    ),
    "Q19": (
        "A delta has tool_calls that hold nothing: null or an empty array.",
        '{"delta":{"content":"Hi","tool_calls":[]}}',
        "Serialisers that know no absent member write them into every text chunk (Effect-TS/effect#7269, sglang#3912). "
        "A client that asks for the member and not for what is in it goes into its tool branch.",
        "Sees no call.",
    ),
    "Q20": (
        "An error object arrives inside the stream.",
        '{"error":{"message":"the upstream went away","code":502},"choices":[]}',
        "After HTTP 200 there is no status left to change, so gateways put the failure into a chunk, with choices or "
        "without (diegosouzapw/OmniRoute#8210, vercel/ai#13506). A client that looks for choices only takes half an "
        "answer for a whole one.",
        "Reports message and code, ends the step with it and exits with 5; what had arrived is out before. One whose "
        "members are all blank, next to a choice or a usage, is no error: some gateways send it with each chunk.",
    ),
    "Q21": (
        "created is not an integer.",
        '{"created":"2031-05-04T03:02:01Z","choices":[{"index":0,"delta":{"content":"Hi"}}]}',
        "A server in Python that fills its chunk objects by hand may put a date there, and a library is handed it "
        "before it ever becomes JSON. Strict models refuse the chunk. On the wire lint sees the text of a date.",
        "Takes such chunks in; the member has no part in any decision.",
    ),
    "Q22": (
        "A choice holds its text itself, without a delta.",
        '{"object":"text_completion","choices":[{"index":0,"text":"At nine.","finish_reason":null}]}',
        "The older completions interface streams like this, and servers keep it for models without a chat template "
        "(vllm#13197). A client that reads deltas shows nothing.",
        "Reads text as the content of the choice; rewrite passes the chunk on as it came.",
    ),
    "Q23": (
        "The answer is spoken: its text is the transcript of the audio.",
        '{"choices":[{"index":0,"delta":{"audio":{"id":"audio_1","transcript":"At nine."}}}]}',
        "Audio models send the transcript beside the sound, and content stays empty (openai-node#1991). A client that "
        "reads content shows nothing.",
        "Reads the transcript as the text where there is no content; rewrite passes the chunk on as it came.",
    ),
    "Q24": (
        "The usage is a member of x_groq.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"id":"req_1","usage":{"total_tokens":13}}}',
        "Groq puts it there in the last chunk with a choice. A client that looks at the top of the chunk finds no "
        "usage.",
        "Keeps it in its place, and reports it like any other usage.",
    ),
    "Q25": (
        "An object is where a text is expected.",
        '{"choices":[{"index":0,"delta":{"reasoning_content":{"text":"The harbour opens at six."}}}]}',
        "Gateways translate parts of other interfaces without taking the text out: envoy's ai-gateway for reasoning "
        "(envoyproxy/ai-gateway#1222), others for content. A client prints [object Object], or fails.",
        "Takes the text out of the object, or of a list of such; rewrite passes the chunk on as it came.",
    ),
    "Q26": (
        "Counts of tokens are written with a decimal point.",
        '{"choices":[],"usage":{"prompt_tokens":31.0,"completion_tokens":17.0,"total_tokens":48.0}}',
        "Relays that read JSON into doubles write them so. A strict client expects an integer.",
        "Passes the usage on as it came; of another wire format a whole number becomes an integer.",
    ),
    "Q27": (
        "The message of an error is inside another error, or JSON in a text.",
        '{"error":{"message":"{\\"error\\":{\\"message\\":\\"Overloaded\\"}}"}}',
        "Relays wrap the error of the provider that they asked, at times more than once (inspect_ai#5218). A client "
        "shows JSON to its user.",
        "Reports the innermost message, and the nearest code around it (R12).",
    ),
    "Q28": (
        "A number is where a text is expected.",
        '{"choices":[{"index":0,"delta":{"content":6}}]}',
        "A server that reads each piece of text as JSON sends one that is a number so: Workers AI was seen with it "
        "(cloudflare/ai#651). A client rejects the chunk, or leaves the digits out of the answer.",
        "Takes the number for text; rewrite passes the chunk on as it came.",
    ),
    "Q29": (
        "A chunk has no choices, and no usage or error either.",
        '{"id":"c","object":"chat.completion.chunk","choices":null}',
        "Servers send it to keep the connection open, where a request was given up, or with a member of their own; "
        "MiniMax and others write null (pydantic-ai#5165, RooCodeInc/Roo-Code#9105). Open WebUI sends an object "
        "with the sources of an answer before it (openai-php/client#545). A loop over choices fails.",
        "Passes the chunk on byte for byte, if it calls itself a chat.completion.chunk, or has such members alone; it "
        "starts no step.",
    ),
    "Q40": (
        "Reasoning has a name or a shape from which no text is read.",
        '{"delta":{"thoughts":[{"step":1,"note":"They ask for a time."}]}}',
        "Gateways invent members for the thoughts of a model, and change their shape from version to version. The text "
        "of such a member is in none of unspool's outputs but the rewritten chunk, where it passes.",
        "Passes the member on in rewritten chunks; shows no thoughts.",
    ),
    "Q41": (
        "A special token of the model is part of the text.",
        '{"delta":{"content":"At nine.<|im_end|>"}}',
        "A server that does not know a model's stop tokens sends them as text: <|im_end|>, <|eot_id|>, <end_of_turn>, "
        "</s>. A client shows them. Lint goes by their form, so <s>struck out</s> in HTML is none.",
        "Leaves it text, for an answer may be about such tokens.",
    ),
    "Q50": (
        "Content holds the markup of channels: think tags, or the special tokens of gpt-oss or Kimi.",
        '{"delta":{"content":"<think>They ask for a time.</think>At nine."}}',
        "Where a server has no parser for a model's chat template, thoughts and calls arrive as the model wrote them: "
        "between think tags (DeepSeek R1, Qwen 3), of which the first may be part of the template, behind "
        "<|channel|>analysis<|message|> (gpt-oss), as <|tool_call_begin|>functions.f:0 (Kimi K2). Where a server takes "
        "out gpt-oss's special tokens alone, analysisWe need …assistantfinalAt nine is left. A client shows them.",
        "Leaves it text, for an answer may be about such markup; --channels think, think-open, harmony or kimi makes "
        "thoughts and calls of it.",
    ),
    "Q60": (
        "A number has more digits than readers keep, or an object has two members with one name.",
        '{"choices":[{"index":0,"delta":{"content":"lo"}}],"seed":123456789012345678901234567890}',
        "JSON allows both (RFC 8259, sections 4 and 6). Readers that take every number for a double change the first, "
        "and most keep the last of two members. A proxy that reads and writes chunks passes on other values.",
        "Passes on the source text of every member that it does not rewrite. Chunks made from another wire format hold "
        "what was read.",
    ),
    "Q66": (
        "A comma stands behind a record.",
        '{"id":"c",…},',
        "Lines were copied out of a list, or a writer ends each element with a comma and never closes the list. "
        "A line is no JSON then.",
        "Takes off the comma.",
    ),
    "Q67": (
        "A number or a line of text stands behind the end, or a request or a line of a log between records.",
        "data: [DONE]\\n\\n200",
        "The program that recorded the stream ends with words of its own: curl -w with a status and times, wget -nv "
        "with a summary, a shell with its prompt. A server prints its own lines among the chunks that it prints, and a "
        "program the request before each answer. None of them is a record.",
        "Leaves it out, unless it holds an object that is no request and not that of curl -w. Before the end only a "
        "request is left out, and a line that begins with a time or a level of at most INFO, and reports no failure; "
        "any other is malformed.",
    ),
    "Q70": (
        "A whole text is another than the deltas before it.",
        '{"delta":{"content":"At nine."}}   {"message":{"content":"At six."},"finish_reason":"stop"}',
        "A provider or a gateway replaces a text that was streamed: a filter masked it, the answer was made again, or "
        "two answers were mixed. A client that shows deltas and a client that shows the last message show two texts. "
        "White space, and a whole text that is a part of what was said, make no other text.",
        "Lets the deltas stand, for they were shown, and adds nothing. Where the text is for the user, one line says "
        "what the whole text is, and the exit code is 3. Of whole arguments, the message is compared.",
    ),
    "Q71": (
        "An object behind the end says no more than that.",
        '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}   {"done": true}',
        "Servers with an interface of their own around a provider's chunks close their stream with an object of their "
        "own: done, is_end, a type or status that names the end. It is no chunk.",
        "Leaves it out, if no member of it may hold text or a failure; before the end it is malformed.",
    ),
    "Q72": (
        "A delta is its text, not an object.",
        '{"choices":[{"index":0,"delta":"At nine.","finish_reason":""}]}',
        "SenseNova's own interface and early servers of FastChat send the piece itself (lm-sys/FastChat#873). A client "
        "that asks the delta for its content fails, or shows nothing.",
        "Reads it as the content of the choice; rewrite passes the chunk on as it came.",
    ),
}
