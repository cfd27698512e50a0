"""The layers that may be around what begins with an object of JSON, in the order in which they are tried.

A log of JSON needs none of the others, whose modules and patterns take 15 ms.
"""

import re
from typing import Final

from unspool.intake.containers import document
from unspool.intake.damaged import hard_wrapped, newest_first
from unspool.intake.envelopes import envelope_detection
from unspool.intake.items import Detect
from unspool.intake.logs import coded_lines, terminal_cast
from unspool.intake.unread import foreign_formats, requests

OBJECT: Final = re.compile(rb"\s*+(?:\[\s*+)?\{\s*+\"")
"""The beginning of an object, or of a list of objects."""
RECORD_LAYERS: tuple[Detect, ...] = (
    hard_wrapped.detect,
    requests.detect,
    coded_lines.detect,
    envelope_detection.detect_lines,
    document.detect_newest_first,
    envelope_detection.detect,
    document.detect_open_value,
    foreign_formats.detect_last,
)
"""The layers that are found by the records in them, and the descriptions of sources without any."""
JSON_LAYERS: tuple[Detect, ...] = (terminal_cast.detect, document.detect, newest_first.detect, *RECORD_LAYERS)
