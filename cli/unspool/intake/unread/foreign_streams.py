"""Streams of agents and of servers without a dialect; the advice prints their text."""

from unspool.intake.unread.foreign_format import STRING, ForeignFormat


def _agent(pattern: bytes, what: str, texts: str) -> ForeignFormat:
    """A stream of an agent that no dialect reads, in lines or events, with the jq program that prints its texts."""
    return ForeignFormat(rb"\s*\{" + pattern, what, f"its text: grep -o '{{.*' FILE | jq -rj '{texts}'", at_once=False)


_A2A_TEXT = (
    "(.result // .) | (.artifactUpdate // .statusUpdate // .task // .)"
    " | (.artifact, .artifacts[]?, .status.message, .) | .parts[]?.text // empty"
)
_A2A_RESULT = (
    rb'[^\n]*(?:"kind": ?"(?:task|message|status-update|artifact-update)"|"(?:task|statusUpdate|artifactUpdate)": ?\{)'
)
_A2A = (
    _agent(rb'(?=[^\n]*"(?:jsonrpc|contextId|taskId)": ?")' + _A2A_RESULT, "a stream of A2A", _A2A_TEXT),
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
AGENTS = (
    _agent(
        rb'"type": ?"(?:message", ?"message": ?\{[^\n]*"content": ?\[|notification", ?"extension_id")',
        "the output of goose",
        'select(.message.role == "assistant").message.content[].text // empty',
    ),
    _agent(
        rb'"working_dir": ?"[^\n]*\n\{[^\n]*"role": ?"',
        "a session of goose",
        'select(.role == "assistant").content[]?.text // empty',
    ),
    _agent(
        rb'[^\n]*"[cC]ontents": ?\[ ?\{ ?"\$?type": ?"',
        "updates of the Microsoft Agent Framework",  # or of Microsoft.Extensions.AI, whose own names have capitals
        '(.contents // .Contents)[]? | select((.type // ."$type") == "text") | .text // .Text',
    ),
    _agent(
        rb'[^\n]*"(?:event": ?"on_(?:run_step|message_delta|reasoning_delta|agent_update)|isCreatedByUser": ?)',
        "a stream of LibreChat",
        'select(.event == "on_message_delta").data.delta.content | strings, arrays[].text',
    ),
    _agent(
        rb'"event": ?"[a-z.]+", ?"data": ?\{[^\n]*"sequenceNumber": ?',
        "a stream of AgentKit",
        'select(.event == "text.delta").data.delta',
    ),
    _agent(
        rb'"eventId": ?"[^"]*", ?"data": ?\{"type": ?"[^\n]*"(?:configurationId|messageId)": ?',
        "a stream of Dust",
        'select(.data.type == "generation_tokens" and .data.classification == "tokens").data.text',
    ),
    _agent(
        rb'"type": ?"(?:run\.(?:created|in-progress)|message\.(?:created|part))", ?"(?:run|message|part)": ?\{',
        "a stream of the Agent Communication Protocol",
        'select(.type == "message.part").part | select((.content_type // "text/plain") == "text/plain").content',
    ),
    _agent(
        rb'(?:"id": ?"[^"]*", ?)?"event": ?"(?:run|message)\.[a-z.]+", ?"data": ?\{',
        "a stream of watsonx Orchestrate",
        'select(.event == "message.delta").data.delta.content[]?.text // empty',
    ),
    _agent(
        rb'"event": ?"(?:add_message|token|vertices_sorted|end_vertex)", ?"data": ?\{',
        "a stream of Langflow",
        'select(.event == "token").data.chunk',
    ),
    _agent(
        rb'[^\n]*"textResponse": ?',
        "a stream of AnythingLLM",
        'select(.type | strings | startswith("textResponse")).textResponse // empty',
    ),
    _agent(
        rb'"type": ?"system", ?"subtype": ?"init", ?"content": ?"',
        "the output of Roo Code",
        'select((.type == "assistant" or .type == "result") and .done).content // empty | . + "\\n"',
    ),
    _agent(
        rb'(?:[^\n]*\n){0,3}?[^\n]*"type": ?"(?:TurnBegin|StepBegin|ContentPart)"',
        "messages of Kimi Code's wire protocol",
        '.message // .params | select(.type? == "ContentPart").payload | select(.type == "text").text',
    ),
    _agent(
        rb'"type": ?"metadata", ?"protocol_version": ?|"type": ?"(?:config\.update|context\.append_\w+|turn\.prompt)"',
        "a session of Kimi Code",
        'select(.event.type == "content.part").event.part | select(.type == "text").text + "\\n"',
    ),
    _agent(
        rb'"type": ?"system", ?"content": ?' + STRING + rb' ?\}\s*\{"type": ?"(?:user|assistant)", ?"content": ?',
        "a session of Grok",
        'select(.type == "assistant").content | strings | . + "\\n"',
    ),
    ForeignFormat(
        rb'\s*(?:\{\s*"info": ?\{.{0,20000}?"messages": ?\[\s*|\[\s*)\{\s*"info": ?\{',
        "a session of opencode",
        'its text: jq -rj \'(.messages? // .)[] | select(.info.role == "assistant").parts[]'
        """ | select(.type == "text").text + "\\n"' FILE""",
        at_once=False,
    ),
    _agent(
        rb'"type": ?"(?:begin|item)", ?(?:"content": ?' + STRING + rb', ?)?"metadata": ?\{',
        "a stream of n8n",
        ".content // empty",
    ),
    *_A2A,
    _agent(
        rb'(?:"type": ?"task_started"[^\n]*\n\{)?[^\n]*"type": ?"(?P<kind>say|ask)"[^\n]{0,1000}?"(?P=kind)": ?"',
        "the output of Cline",
        'select(.say == "text" and .partial != true).text + "\\n"',
    ),
    _agent(
        rb'[^\n]*"jsonrpc": ?"2.0"[^\n]*(?:"method": ?"(?:notifications|tools|resources|prompts|sampling|roots)/'
        rb'|"result": ?\{(?:"content": ?\[|[^\n]*"serverInfo"|(?=[^\n]*"role": ?")[^\n]*"content": ?\{))',
        "messages of the Model Context Protocol",
        ".result.content | (arrays[], objects) | .text // empty",
    ),
    _agent(
        rb'"event": ?"(?:init|step_update|result)", ?(?:"conversation_id": ?"[^"]*", ?)?'
        rb'"(?:init|step_update|result)": ?\{',
        "the output of Antigravity",
        'select(.event == "step_update").step_update.text_delta // empty',
    ),
    _agent(
        rb'(?=[^\n]*"conversation_id": ?")(?=[^\n]*"status": ?"[A-Z_]+")[^\n]*"response": ?"',
        "the output of Antigravity",
        ".response // empty",
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
        rb'[^\n]*"kind": ?"(?:MessageEvent|ActionEvent|SystemPromptEvent|ObservationEvent)"',
        "events of OpenHands",
        'select(.source == "agent") | .llm_message.content[]?.text // .action.message // empty | . + "\\n"',
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
        rb'(?:"role": ?"assistant", ?"content": ?' + STRING + _NO_MORE + rb"|" + _PIECE + rb")\r?\n\{" + _PIECE,
        "the deltas of chunks (name the whole chunks: they have the end)",
        ".content // empty",
    ),
    _agent(
        rb'"role": ?"(?:(?:assistant|user|system)", ?"content": ?["\[]|_checkpoint")',
        "the messages of a chat, as Kimi Code prints them",
        'select(.role == "assistant").content | (strings, (arrays[] | .text // empty)) + "\\n"',
    ),
    ForeignFormat(
        rb'\s*(?:data: ?)?\{ ?"sequence_number": ?\d+, ?"object": ?"(?:response|message|content)", ?"status": ?"',
        "a stream of AgentScope's runtime",
        "its text: grep -o '{.*' FILE"
        """ | jq -r 'select(.object == "message" and .type == "message" and .status == "completed")"""
        ".content[]?.text // empty'",
        at_once=False,
    ),
    _agent(
        rb'[^\n]*"\$type": ?"StreamingTextContent"',
        "messages of Semantic Kernel",
        '.Items[] | select(."$type" == "StreamingTextContent").Text',
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
        rb'\s*(?:data: ?)?\{"code": ?0, ?"(?:message|retmsg)": ?"[^"]*", ?"data": ?\{"answer": ?"',
        "a stream of RAGFlow, whose records have all of the text so far, or, in newer versions, what is new",
        "its text: grep -o '{.*' FILE | jq -sr 'reduce (.[].data.answer? // empty) as $a (\"\"; "
        "if . as $s | $a | startswith($s) then $a else . + $a end)'",
        at_once=False,
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
        rb'\s*(?:\[\s*)?\{\s*(?:"directory": ?"[^"]*",\s*"payload": ?\{\s*)?(?:"id": ?"[^"]*",\s*)?'
        rb'"type": ?"[a-z]+\.[a-z.]+",\s*"properties": ?\{',
        "events of opencode's server",
        "its text: sed 's/^data: *//; /^event:/d' FILE | jq -rs 'flatten | map(.payload // .)"
        ' | map(select(.type == "message.updated").properties.info | select(.role == "user").id) as $asked'
        ' | map(select(.type == "message.part.updated").properties.part | select(.type == "text"))'
        " | map(select(.messageID | IN($asked[]) | not)) | group_by(.id)[] | last.text'",
        at_once=False,
    ),
    ForeignFormat(
        rb'message:\s*\Z|\s*\{"event": ?"(?:start|token)", ?"data": ?' + STRING + rb" ?\}",
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


SERVERS = (
    _cumulative(
        rb'"text": ?\[ ?' + STRING + rb"(?:, ?" + STRING + rb")*+ ?\] ?\}",
        "a stream of vLLM's first interface",
        ".text[0]",
    ),
    _agent(
        rb'(?=[^\n]*"model_name": ?")[^\n]*"text_output": ?"',
        "a stream of Triton",
        ".text_output // empty",
    ),
    # Without the finish_reason of newer versions. An event is looked at without what follows it; lines are not
    # KoboldCpp's, and a long value, or one with digits, may be a secret.
    _agent(
        rb'"token": ?"(?:[^"\\0-9_]|\\.){0,24}+" ?\}\Z',
        "a stream of KoboldCpp's own interface",
        ".token // empty",
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
    _named(
        rb"[A-Z_]+",
        rb'[^\n]*"originEventId": ?[^\n]*"message": ?\{',
        "a stream of Agentforce",
        "TEXT_CHUNK",
        ".message.message // empty",
    ),
    _named(rb"meta", rb'"content_type": ?"', "a stream of Poe", "text", ".text"),
    _named(rb"text", rb'"text": ?' + STRING + rb" ?\}", "a stream of Poe", "text", ".text"),
    _named(
        rb"response\.(?:status|thinking\.delta|text\.delta|tool_use)",
        rb'(?![^\n]*"type": ?"response)(?=[^\n]*"(?:status|message|text|name)": ?")',
        "a stream of Snowflake's agents (its errors: grep -A2 '^event: *error' FILE)",
        "response.text.delta",
        ".text",
    ),
    _named(
        rb"message\.delta",
        rb'[^\n]*"object": ?"message\.delta"',
        "a stream of Snowflake's agents",
        "message.delta",
        ".delta.content[].text // empty",
    ),
    _named(
        rb"status",
        rb'"status": ?"interpreting_question"',
        "a stream of Snowflake's Analyst",
        "message.content.delta",
        ".text_delta // empty",
    ),
    ForeignFormat(
        rb'\s*(?:id: ?[^\n]*\n)?event: ?token\r?\ndata: ?\{ ?"message": ?\{',
        "a stream of CLOVA Studio",
        "its text: grep -A1 '^event: *token' FILE | sed -n 's/^data: *//p' | jq -rj '.message.content // empty'",
    ),
    _cumulative(
        rb'"result": ?\{ ?"alternatives": ?\[',
        "a stream of YandexGPT, whose records have all of the text so far",
        ".result.alternatives[0].message.text",
    ),
    ForeignFormat(
        rb'\s*(?:event: ?message\r?\n)?data: ?\{(?=[^\n]*"responses": ?\[ ?\{ ?"chunk": ?\{)',
        "a stream of Reka, whose records have all of the text so far",
        "its text: sed -n 's/^data: *{/{/p' FILE | tail -n 1 | jq -r '.responses[0].chunk.content'",
    ),
    _named(
        rb"search_results|generation_chunk",
        rb'"type": ?"(?:search_results|generation_chunk)"',
        "a stream of Vectara",
        "generation_chunk",
        ".generation_chunk // empty",
    ),
    _agent(
        rb'"event": ?"(?:start|token)", ?"data": ?\{ ?"(?:conversation_id|id)": ?',
        "a stream of Lightspeed",
        'select(.event == "token").data.token',
    ),
    _agent(
        rb'(?:"user_message_id": ?\d+, ?"reserved_assistant_message_id"|"answer_piece": ?"'
        rb'|"(?:ind|placement)": ?(?:\d+|\{[^{}]*\}), ?"obj": ?\{ ?"type": ?")',
        "a stream of Onyx",
        '.answer_piece // (.obj | select(.type? | IN("message_start", "message_delta")).content) // empty',
    ),
    _agent(
        rb'[^\n]*"(?:output|stream)": ?\[ ?\{[^\n]*"choices": ?\[ ?\{ ?"tokens": ?\[',
        "a job of RunPod",
        "[.. | .tokens? | arrays] | flatten[]",
    ),
    _agent(
        rb'"completion": ?\[ ?\{ ?"delta": ?"',
        "a stream of Elasticsearch's inference",
        ".completion[]?.delta // empty",
    ),
    ForeignFormat(
        rb'\s*(?:event: ?message\r?\ndata: ?\{ ?"text": ?' + STRING + rb" ?\}\r?\n\r?\n){2}",
        "an event stream of texts, as Maritaca sends them",
        "its text: sed -n 's/^data: *//p' FILE | jq -rj '.text | strings'",
    ),
    _agent(
        rb'"delta": ?\{(?=[^\n]*"id": ?")[^\n]*"role": ?"(?:assistant|tool)"',
        "a stream of MLflow's ChatAgent",
        '.delta | select(.role == "assistant").content // empty',
    ),
    _agent(
        rb'"type": ?"(?:sources|init|message|response)", ?"data": ?',
        "a stream of Perplexica",
        'select(.type == "message" or .type == "response").data | strings',
    ),
    ForeignFormat(
        rb'\s*id: ?[^\n]*\nevent: ?(?:(?:text|reasoning)\r?\ndata: ?"|tool_calls\r?\ndata: ?\['
        rb'|data\r?\ndata: ?\{"role")',
        "a stream of LobeChat",
        "its text: grep -A1 '^event: *text' FILE | sed -n 's/^data: *//p' | jq -rj .",
    ),
    ForeignFormat(
        rb"\s*event: ?(?:text|token|delta|answer|content)\r?\ndata: ?" + STRING + rb"\s*\n",
        "an event stream of JSON strings",
        "its text: grep -A1 -E '^event: *(text|token|delta|answer|content)' FILE | sed -n 's/^data: *//p' | jq -rj .",
    ),
    ForeignFormat(
        rb'\s*data: ?\{ ?"message": ?' + STRING + rb' ?\}\r?\n\r?\ndata: ?\{ ?"message": ?' + STRING + rb" ?\}",
        "an event stream of messages, as Genkit sends them",  # one alone is an error of a gateway
        "its text: sed -n 's/^data: *//p' FILE | jq -rj '.message | strings'",
    ),
    ForeignFormat(
        rb"\s*event: ?(?:generating|complete|heartbeat)\r?\ndata: ?(?:\[|null)",
        "a stream of Gradio",
        "its text: grep -A1 '^event: *complete' FILE | sed -n 's/^data: *//p' | jq -r '.[] | strings'",
    ),
    _agent(
        rb'"msg": ?"(?:estimation|send_hash|process_starts|process_generating|process_completed)"',
        "a stream of Gradio",
        'select(.msg == "process_completed").output.data[] | strings',
    ),
    _agent(
        rb'"type": ?"(?:status", ?"status|stream", ?"token)": ?"',
        "a stream of HuggingChat",
        'select(.type == "finalAnswer").text',
    ),
    _agent(
        rb'[^\n]*"messageType": ?"ASSISTANT"',
        "responses of Spring AI",
        ".result.output | .text // .content // empty",
    ),
    _agent(
        rb'"result": ?\{ ?"(?:conversation|response)": ?\{',
        "a stream of Grok's web page",
        ".result.response | select(.isThinking != true).token // empty",
    ),
    ForeignFormat(
        rb"\s*event: ?delta_encoding\r?\n",
        "a stream of ChatGPT's web page",
        "its text: sed -n 's/^data: *{/{/p' FILE"
        """ | jq -rj '(., (.v? | arrays[])) | select((.p? // "/parts/0") | endswith("/parts/0")).v | strings'""",
    ),
    ForeignFormat(
        rb'\s*event: ?ready\r?\ndata: ?\{ ?"request_message_id"',
        "a stream of DeepSeek's web page",
        "its text: sed -n 's/^data: *{/{/p' FILE"
        """ | jq -rj 'select((.p? // "content") | endswith("content")).v | strings'""",
    ),
    ForeignFormat(
        rb"\s*(?:data: ?)?" + STRING + rb"\s*\Z",  # the first record, as agents in Bedrock's AgentCore send it
        "JSON strings",
        "their text: sed 's/^data: *//' FILE | jq -Rrj 'fromjson? | strings'",
        at_once=False,
    ),
    ForeignFormat(
        rb'42(?:/\w+,)?\["\w+"',
        "messages of Socket.IO",
        "run: sed -n 's/^42[^[]*//p' FILE | jq -c '.[1]', and name what it prints",
        at_once=False,
    ),
)
"""Streams of servers and providers in their native interfaces."""
