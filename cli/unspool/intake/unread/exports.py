"""Exports of platforms that observe models, and of chats: they hold messages, not streams.

Where one holds whole responses of a provider, these are read (``envelope``). Of
the others a line says what the export is, and which jq program prints its texts.
Sources: the schemas of each platform, and exports in public repositories.
"""

_MESSAGES = '.. | objects | select(.role? == "assistant") | .content // .tool_calls[].function.arguments'
_OUTPUT = f".output | (fromjson? // .) | strings, ({_MESSAGES})"
"""An output is text, a message, a list of either, or the JSON of one."""

EXPORTS = (
    (
        rb'"gen_ai\.output\.messages"',
        "spans of OpenTelemetry",
        '.. | objects | (select(.key? == "gen_ai.output.messages").value.stringValue), ."gen_ai.output.messages"?'
        " | strings | fromjson | .. | .content? | strings",
    ),
    (
        rb'"gen_ai\.choice"',
        "events of OpenTelemetry",
        '.. | objects | select(has("finish_reason")) | .message? | .content? // .tool_calls[]?.function.arguments'
        " | strings",
    ),
    (
        rb'"(?:gen_ai\.completion|llm\.output_messages)\.\d+\.',
        "spans of OpenLLMetry or OpenInference",
        ".. | (arrays[], (objects | to_entries[])) | objects"
        ' | select(.key? | strings | test("(completion|output_messages)[.].*[.]?content$"))'
        " | .value | .stringValue? // .",
    ),
    (
        rb'"(?:llm\.)?output_messages"\s*:\s*\[',
        "spans of Phoenix",
        '.. | (.output_messages? // ."llm.output_messages"?) | arrays[] | .message.content? // ."message.content"',
    ),
    (
        rb'"run_type"\s*:',
        "runs of LangSmith",
        '.. | .outputs? | .. | objects | .text? // select(.role? == "assistant").content | strings',
    ),
    (rb'"type"\s*:\s*"GENERATION"', "observations of Langfuse", f'.. | select(.type? == "GENERATION") | {_OUTPUT}'),
    (
        rb'"span_attributes"\s*:\s*\{',
        "spans of Braintrust",
        f'.. | select(.span_attributes?.type? == "llm") | {_OUTPUT}',
    ),
    (rb'"op_name"\s*:\s*"weave:', "calls of Weave", f".. | select(.op_name?) | {_OUTPUT}"),
    (
        rb'"mapping"\s*:\s*\{',
        "an export of ChatGPT",
        '.. | select(.author?.role? == "assistant") | .content.parts[]? | strings',
    ),
    (rb'"chat_messages"\s*:\s*\[', "an export of Claude", '.. | select(.sender? == "assistant") | .text'),
    (
        rb'"event_kind"\s*:\s*"(?:part_|final_result)',
        "events of Pydantic AI",
        '.. | select(.event_kind? == "part_end").part | select(.part_kind == "text").content',
    ),
    (
        rb'"part_kind"\s*:',
        "messages of Pydantic AI",
        '.. | select(.kind? == "response") | .parts[] | select(.part_kind == "text").content',
    ),
    (
        rb'"(?:combined_chunk_content|response_data|pydantic_ai\.all_messages)"\s*:',
        "spans of Logfire",
        '.. | objects | .response_data, ."pydantic_ai.all_messages" | (strings | fromjson), objects, arrays'
        ' | .. | objects | .combined_chunk_content // (select(.role == "assistant") | .content // .parts[].content)'
        " | strings",
    ),
    (
        rb'"monocle_apptrace\.version"',
        "spans of Monocle",
        '.. | objects | select(.attributes?."span.type"? | strings | startswith("inference")) | .events[]'
        ' | select(.name == "data.output").attributes.response | strings'
        " | (fromjson? // .) | .assistant? // .ai? // strings",
    ),
    (
        rb'"(?:_dd|ml_app)"\s*:',
        "spans of Datadog",
        ".. | .output? | objects | (.messages[]?.content, .value) | strings",
    ),
    (
        rb'"trajectory"\s*:\s*\[\s*\{\s*"action"|"(?:mini_version|trajectory_format)"\s*:',
        "a trajectory of SWE-agent",
        '(.history // .messages)[] | select(.role == "assistant").content | strings',
    ),
    (
        rb'"history"\s*:\s*\[\s*\{\s*"message"\s*:',
        "a session of Continue",
        '.history[].message | select(.role == "assistant").content | strings, arrays[].text',
    ),
    (
        rb'"type"\s*:\s*"(?P<kind>say|ask)"\s*,\s*"(?P=kind)"\s*:\s*"',
        "messages of Cline",
        '.. | objects | select(.say? == "text" and .partial != true).text',
    ),
    (
        rb'"source"\s*:\s*"(?:agent|user|environment)".{0,1000}?"(?:action|observation)"\s*:\s*"',
        "events of OpenHands",
        '.. | objects | select(.source? == "agent" and .action? == "message").args.content',
    ),
    (rb'"conversations"\s*:\s*\[', "conversations of ShareGPT", '.. | select(.from? == "gpt") | .value'),
)
"""The member that shows each, in the first bytes of the file; what it is; the program for jq -r."""
