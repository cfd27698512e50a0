"""The quirks that can be provoked, by their number in docs/QUIRKS.md.

Most are of Chat Completions; an error inside the stream (Q20) and those of frames (B) are possible in any interface.
"""

from collections.abc import Callable
from functools import partial

from unspool.serve.faults.provoked import arguments, calls, envelope, finishes, frames
from unspool.serve.faults.provoked.arguments import Arguments
from unspool.serve.faults.provoked.calls import Fragments
from unspool.serve.faults.provoked.quirk import Changed, Quirk, Reframed
from unspool.serve.http.wire import CHAT

PROVOKED: dict[str, Callable[[], Quirk]] = {
    "Q1": envelope.FirstChunk,
    "Q2": envelope.FilterChunks,
    "Q3": partial(Changed, envelope.null_delta),
    "Q4": partial(Changed, envelope.no_delta),
    "Q5": envelope.UsageAtTheEnd,
    "Q6": envelope.UsageOnEachChunk,
    "Q7": partial(Changed, envelope.usage_in_the_choice),
    "Q8": envelope.UsageBehindTheFinish,
    "Q9": partial(Changed, envelope.usage_with_the_finish),
    "Q10": partial(Changed, envelope.padding),
    "Q11": envelope.NewIds,
    "Q12": envelope.MessageSoFar,
    "Q13": envelope.TextSoFar,
    "Q14": envelope.TwoChoices,
    "Q15": partial(Changed, envelope.role),
    "Q16": partial(Changed, envelope.content_parts),
    "Q17": partial(Changed, envelope.null_reasoning),
    "Q18": partial(Changed, envelope.empty_content),
    "Q19": partial(Changed, envelope.no_calls),
    "Q20": envelope.ErrorInside,
    "Q21": partial(Changed, envelope.created_in_words),
    "F1": partial(Changed, finishes.stop_after_calls),
    "F2": partial(Changed, finishes.each_finish("")),
    "F3": partial(Changed, finishes.each_finish("null")),
    "F4": partial(Changed, finishes.absent_finish),
    "F5": partial(Changed, finishes.never_finished),
    "F6": finishes.TwoFinishes,
    "F7": finishes.FinishWithText,
    "F8": partial(finishes.CutCall, "tool_calls"),
    "F9": partial(Changed, finishes.unknown_finish),
    "F10": finishes.LateFinish,
    "T1": calls.WholeCalls,
    "T2": calls.FragmentWithName,
    "T3": partial(Fragments, calls.no_index),
    "T4": partial(Fragments, calls.index_zero),
    "T5": partial(Fragments, calls.no_identity),
    "T6": partial(Fragments, calls.index_from_one),
    "T7": partial(Fragments, calls.index_drifts),
    "T8": partial(Fragments, calls.blank_id),
    "T9": partial(Fragments, calls.blank_name),
    "T10": partial(Fragments, calls.null_name),
    "T11": partial(Fragments, calls.name_again),
    "T12": calls.NameInPieces,
    "T13": partial(Fragments, calls.id_changes),
    "T14": partial(Fragments, calls.number_id),
    "T15": partial(Fragments, calls.id_again),
    "T16": partial(Changed, calls.two_entries),
    "T17": calls.TakeTurns,
    "T18": partial(Fragments, calls.null_members),
    "T19": partial(Fragments, calls.signature),
    "T20": partial(Changed, calls.legacy),
    "T21": calls.LeakedCall,
    "T22": calls.ProgressField,
    "T23": partial(Changed, calls.both_forms),
    "A1": arguments.NullArguments,
    "A2": partial(Arguments, each=arguments.empty),
    "A3": partial(arguments.WholeArguments, arguments.value_of),
    "A4": partial(Arguments, "{}"),
    "A5": arguments.ArgumentsSoFar,
    "A6": partial(Arguments, behind=str),
    "A7": partial(Arguments, behind=lambda text: ', "limit": 3}'),
    "A8": partial(Arguments, each=arguments.raw_controls),
    "A9": partial(Arguments, each=lambda text: text.replace(":", ": \\n", 1) if text.endswith('":') else text),
    "A10": partial(Arguments, each=arguments.escaped_twice),
    "A11": partial(Arguments, '"', arguments.quoted, lambda text: '"'),
    "A12": partial(Arguments, each=lambda text: text.replace('"', '\\"')),
    "A13": partial(Arguments, each=lambda text: text.replace('"', "'")),
    "A14": partial(Arguments, each=arguments.trailing_comma),
    "A15": partial(Arguments, "```json\n", behind=lambda text: "\n```"),
    "A16": arguments.Characters,
    "A17": partial(Arguments, each=arguments.without_a_quote),
    "A18": partial(finishes.CutCall, "length"),
    "A19": partial(Arguments, "[", behind=lambda text: "]"),
    "A20": partial(arguments.WholeArguments, str),
    "A21": partial(Arguments, behind=lambda text: "</s>"),
    "B1": partial(Reframed, frames.comment),
    "B2": partial(Reframed, frames.no_space),
    "B3": partial(Reframed, frames.line_ends),
    "B4": frames.WithoutDone,
    "B5": partial(Reframed, frames.open_end),
    "B6": partial(Reframed, frames.glued),
    "B7": partial(Reframed, frames.typed),
    "B8": partial(Reframed, frames.two_data_lines),
    "B9": partial(frames.Before, b"\xef\xbb\xbf"),
    "B10": partial(Changed, envelope.line_separator),
    "B11": frames.GluedDone,
    "B13": partial(frames.Before, b'data: {"message_type":"ping"}\n\n'),
}


def provoked(number: str, interface: str | None) -> Quirk:
    """The quirk with this number for a stream of an interface."""
    quirk = PROVOKED[number]()
    quirk.interface = interface or CHAT
    return quirk
