"""A verdict on the client: what it did while the server did this to it, as JSON or JUnit's XML.

Findings are drawn from the logs of the requests alone. A request asks the same as
another if the hashes of their bodies are equal; then it is a retry.
"""

import json
import os
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from unspool.formats.printable import printable
from unspool.serve.http.request_log import End, RequestLog

_EARLY = 0.05
"""Seconds by which a client may come back too early: its clock and ours are two."""
_HARMLESS = ("split:", "slow:")
"""Faults at which a client has no reason to leave."""
_VERSION = 1


class Outcome(StrEnum):
    """The verdict of a finding."""

    PASSED = "passed"
    FAILED = "failed"
    NOTED = "noted"


@dataclass(frozen=True)
class Finding:
    """One thing that the client did at one request, which is counted from 1."""

    rule: str
    outcome: Outcome
    request: int
    what: str


def findings(logs: Sequence[RequestLog]) -> list[Finding]:
    """Return the findings about the client, in the order of the requests; a client that never asked fails."""
    if not logs:
        return [Finding("made-a-request", Outcome.FAILED, 0, "no request came")]
    ordered = sorted(logs, key=lambda log: log.began)
    found: list[Finding] = []
    for number, log in enumerate(ordered, 1):
        retry = next((one for one in ordered[number:] if log.key and one.key == log.key), None)
        for rule in _RULES:
            outcome = rule(log, retry)
            if outcome is not None:
                found.append(Finding(rule.__name__.replace("_", "-").lstrip("-"), outcome[0], number, outcome[1]))
    return found


Judged = tuple[Outcome, str] | None


def _closed_early(log: RequestLog, retry: RequestLog | None) -> Judged:
    if log.end is not End.CLIENT_LEFT or log.stalled is not None or log.error_sent is not None:
        return None
    if any(not fault.startswith(_HARMLESS) for fault in log.fault.split("; ") if fault):
        return Outcome.NOTED, f"the client left behind {log.size:,} bytes of a response with {log.fault}"
    return Outcome.FAILED, f"the client left behind {log.size:,} bytes, though nothing was wrong"


def _retried_after_text(log: RequestLog, retry: RequestLog | None) -> Judged:
    gave_up = log.stalled is not None and log.end is End.CLIENT_LEFT
    broken = log.error_sent is not None or log.end in (End.FAILED, End.STOPPED) or gave_up
    if not log.has_text or not broken:
        return None
    if retry is None:
        return Outcome.PASSED, "text had gone out, and the request was not made again"
    return Outcome.FAILED, "the request was made again although text had gone out: a user reads it twice"


def _honoured_retry_after(log: RequestLog, retry: RequestLog | None) -> Judged:
    if log.retry_after is None:
        return None
    if retry is None:
        return Outcome.NOTED, f"the client was asked to wait {log.retry_after:g} s, and did not come back"
    waited = retry.began - (log.ended or log.began)
    if waited + _EARLY < log.retry_after:
        return Outcome.FAILED, f"the client came back after {waited:.2f} s, not {log.retry_after:g} s"
    return Outcome.PASSED, f"the client waited {waited:.2f} s of the {log.retry_after:g} s that were asked for"


def _left_at_an_error(log: RequestLog, retry: RequestLog | None) -> Judged:
    if log.error_sent is None or log.end in (End.FAILED, End.STOPPED):
        return None  # the stream ended with it
    if log.end is End.CLIENT_LEFT:
        return Outcome.PASSED, "the client left at an error inside the stream"
    return Outcome.FAILED, f"the client read {log.after_error:,} bytes on behind an error inside the stream"


def _patience_at_a_stall(log: RequestLog, retry: RequestLog | None) -> Judged:
    if log.stalled is None or log.end is End.STOPPED:
        return None
    if log.end is End.CLIENT_LEFT:
        return Outcome.NOTED, f"the client gave up at a stall after {(log.ended or log.stalled) - log.stalled:.2f} s"
    return Outcome.NOTED, f"the client waited for all of a stall of {log.stall_seconds:g} s"


_RULES: tuple[Callable[[RequestLog, RequestLog | None], Judged], ...] = (
    _closed_early,
    _retried_after_text,
    _honoured_retry_after,
    _left_at_an_error,
    _patience_at_a_stall,
)


def failed(found: Sequence[Finding]) -> bool:
    """Return whether the client did something that it must not."""
    return any(one.outcome is Outcome.FAILED for one in found)


def as_json(logs: Sequence[RequestLog], found: Sequence[Finding]) -> bytes:
    """The requests and the findings as one JSON object; times are seconds."""
    value = {
        "version": _VERSION,
        "passed": not failed(found),
        "findings": [asdict(one) for one in found],
        "requests": [_request(log) for log in sorted(logs, key=lambda log: log.began)],
    }
    return json.dumps(value, ensure_ascii=False, indent=1).encode(errors="backslashreplace") + b"\n"


def _request(log: RequestLog) -> dict[str, Any]:
    ended = log.ended or log.began
    return {
        "method": log.method,
        "path": log.path,
        "model": log.model,
        "hash": log.key,
        "status": log.status,
        "bytes": log.size,
        "first_byte": None if log.first_byte is None else round(log.first_byte - log.began, 6),
        "seconds": round(ended - log.began, 6),
        "capture": log.source,
        "fault": log.fault,
        "end": log.end.name.lower(),
        "note": log.note,
    }


def as_junit(found: Sequence[Finding]) -> bytes:
    """The findings as JUnit's XML: one test case each, in a class named by its rule."""
    failures = sum(one.outcome is Outcome.FAILED for one in found)
    counts = {"tests": str(len(found)), "failures": str(failures), "errors": "0"}
    root = ET.Element("testsuites", {"name": "unspool serve", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "unspool serve", **counts})
    for one in found:
        case = ET.SubElement(suite, "testcase", {"classname": one.rule, "name": f"request {one.request}"})
        if one.outcome is Outcome.FAILED:
            ET.SubElement(case, "failure", {"message": printable(one.what)})
        else:
            ET.SubElement(case, "system-out").text = printable(one.what)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return document + b"\n"


def written(path: str, logs: Sequence[RequestLog]) -> tuple[bytes, bool]:
    """The report in the form that the ending of ``path`` names (``.xml`` or JSON), and whether the client passed."""
    found = findings(logs)
    junit = os.path.splitext(path)[1].lower() == ".xml"
    return as_junit(found) if junit else as_json(logs, found), not failed(found)
