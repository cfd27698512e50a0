"""Runs of agents that are received again, from their first record on: they do not leave twice (R15).

    runs.expects(record)                  whether a record must be fed
    runs.feed(record) -> [Record, …]      before a record is translated: those to be translated now; none where it is
                                          received again, or waits
    runs.see(record, value, missing)      a record was translated; ``missing`` is the end of its run, if it has not come
    runs.see_batch(records)               records that the fast path has taken
    runs.end() -> [Record, …]             [DONE] or the like came: records that still wait
    runs.close() -> [Record, …]           the input ended: records that still wait
    runs.cut                              whether it ended inside of a run that is received again

A client that connects again may receive a run from its beginning, and a log may
hold a stream twice. The records are then the same, one by one, from the first of
the run on. That proves nothing as long as they hold no id that another run cannot
have: until the first of those is reached they wait, and where they differ before,
they are another run. A run without such an id is never one that is received again.

Behind the last record that is known, or at one that differs, the run goes on where it was.
"""

import re
from array import array
from typing import Any, Final

from unspool.formats.json_codec import encode
from unspool.formats.record import DONE, Record

_IDS: Final = frozenset(
    {"uuid", "otid", "run_id", "runId", "messageId", "message_id", "messageID", "response_id", "invocationId"}
    | {"invocation_id", "task_id", "turn_id", "turnId", "interaction_id"}
)
"""Members that identify a run or a message; those of a session or of an agent are the same in several runs."""
_NUMBERED: Final = frozenset({"id", "toolCallId", "tool_call_id", "toolUseId", "callID", "call_id", "tool_id"})
"""Members that may be a number within a run, as in ``txt-0``, ``call_0`` or ``functions.search:0``."""
_IDENTIFYING: Final = _IDS | _NUMBERED | {"timestamp"}
_UNIQUE: Final = re.compile(
    r"(?:msg|message|run|resp|turn|interaction)[-_]"
    r"|(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[0-9A-Za-z]{8,}|[0-9a-f]{8}-[0-9a-f]{4}-"
)
"""A part of such a member that is no number."""
_HELD_IN: Final = frozenset(
    {"message", "part", "response", "item", "turn", "run", "value", "data", "event", "chunk", "params", "update", "ops"}
    | {
        "interaction",
        "contentBlockStart",
        "start",
        "toolUse",
        "current_tool_use",
        "toolCall",
        "tool_call",
        "state",
        "kwargs",
    }
)
"""Members that hold one of these."""
_THREAD: Final = "thread.started"
"""The type of Codex's record that begins a run, with the id of the session: its usage is the sum of all turns."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d")
_STEP: Final = "step-start"
"""The type of a record whose messageId is that of a message, of which each step has one."""
_MILLISECONDS: Final = 10**12
"""A time in milliseconds since 1970 is greater."""
_DEPTH: Final = 4
_DONE: Final = hash(DONE)


class RepeatedRuns:
    """The runs of one source; see the module's head."""

    def __init__(self, layered: bool) -> None:
        self._layered = layered  # the records were taken out of others, which may have changed their bytes
        self._marks = array("q")  # hashes of the records so far
        self._starts: dict[int, int] = {}  # the places of the first records of runs, by their hashes
        self._sizes: set[int] = set()  # of those records, in bytes: hashing each record would take longer
        self._proofs: dict[int, int] = {}  # by the place of its first record, that of the first with an id
        self._live = bytearray()  # behind each record, whether a run goes on that has an end
        self._start = 0  # of the last run
        self._heads: list[int] = []  # the places of first records before it, behind which no run went on
        self._went_on = False  # behind the last of them, or behind the first record of the run, one did
        self._threaded = False  # it has the id of a session alone
        self._next = -1  # the place of the record that is expected again; -1 where none is
        self._first = 0  # that of the first record of this run
        self._proof = 0  # that of the first one with an id
        self._waiting: list[Record] = []

    @property
    def cut(self) -> bool:
        """Return whether the input ended inside of a run that is received again, and has an end."""
        return 0 < self._next < len(self._marks) and self._live[self._next - 1] == 1

    def begins(self, record: Record) -> bool:
        """Return whether a record may begin a run that is received again."""
        return self._start_like(record) in self._proofs

    def expects(self, record: Record) -> bool:
        """Return whether a record may be one that is received again: others need not be fed."""
        return self._next >= 0 or self._start_like(record) >= 0

    def _start_like(self, record: Record) -> int:
        """Return the place of the first record of a run that is equal to this one; -1 where there is none."""
        if not self._layered and len(record.data) not in self._sizes:
            return -1
        return self._starts.get(self._mark(record), -1)

    def feed(self, record: Record) -> list[Record]:
        """Return the records to be translated now: none for one that is received again, or that waits."""
        mark, place = self._mark(record), self._next
        if 0 <= place < len(self._marks) and self._marks[place] == mark:
            self._next += 1
            self._waiting.append(record)
            # One record may be sent again as it was, such as the state of a run that goes on.
            if place >= self._proof and place > self._first:
                self._waiting.clear()
            return []
        left = self._settled(place == len(self._marks))
        start = self._starts.get(mark)
        if start is None or start not in self._proofs:
            return [*left, record]
        self._first, self._next, self._proof = start, start + 1, self._proofs[start]
        self._waiting.append(record)
        return left

    def _settled(self, complete: bool) -> list[Record]:
        """Return the records that wait, unless they are ``complete`` and one has the id: then they came before."""
        waiting, self._waiting = self._waiting, []
        # One record alone proves nothing: a text may begin with two equal pieces.
        proven = complete and self._next > max(self._proof, self._first + 1)
        self._next = -1
        return [] if proven else waiting

    def close(self) -> list[Record]:
        """Return the records that wait, where nothing proves that they are received again."""
        return self._settled(True)

    def end(self) -> list[Record]:
        """The mark of a stream's end came, and with it the end of a run. Returns the records that wait."""
        place = self._next
        if 0 <= place < len(self._marks) and self._marks[place] == _DONE:
            self._next += 1
            return []
        self._marks.append(_DONE)
        self._live.append(False)
        return self.close()

    def _mark(self, record: Record) -> int:
        return hash(encode(record.value)) if self._layered else hash(record.data)

    def see(self, record: Record, value: Any, missing: str) -> None:
        """Note a record that was translated."""
        place, mark, live = len(self._marks), self._mark(record), missing != ""
        record_begins = type(value) is dict and (
            value.get("type") == _THREAD or ("attempt" in value and "run_id" in value)  # of LangGraph's server
        )
        if place == 0 or record_begins or (live and not self._live[-1] and not self._threaded):
            if self._went_on:
                self._heads.clear()
            self._heads.append(place)
            self._start, self._went_on = place, False
            self._threaded = record_begins and "thread_id" in value
            if self._starts.get(mark) not in self._proofs:
                self._starts[mark] = place
                self._sizes.add(len(record.data))
        if self._start not in self._proofs and ("usage" in value if self._threaded else _is_unique(value, _DEPTH)):
            for head in self._heads:
                self._proofs[head] = place
            self._heads.clear()
        self._marks.append(mark)
        self._live.append(live)
        self._went_on = self._went_on or live

    def see_batch(self, records: list[Record]) -> None:
        """Note records that go on with the text of the last one."""
        self._marks.extend([self._mark(record) for record in records])
        self._live.extend(self._live[-1:] * len(records))


def _is_unique(value: Any, depth: int) -> bool:
    """Return whether a record holds an id, or a time to the millisecond, that no other run has."""
    if isinstance(value, list):
        return depth > 0 and any(_is_unique(one, depth - 1) for one in value[:2])
    if not isinstance(value, dict) or value.get("type") == _STEP:
        return False
    for name, held in value.items():  # a loop, since this is done for each record before the first with an id
        if name in _IDENTIFYING:
            if _is_id(name, held):
                return True
        elif depth > 0 and name in _HELD_IN and _is_unique(held, depth - 1):
            return True
    return False


def _is_id(name: str, value: Any) -> bool:
    if name == "timestamp":
        return value > _MILLISECONDS if isinstance(value, int) else isinstance(value, str) and bool(_TIME.match(value))
    if not isinstance(value, str):
        return False
    return bool(value) if name in _IDS else bool(_UNIQUE.search(value))
