"""The layers that may be around what begins with an object of JSON, in the order in which they are tried.

A log of JSON needs none of the others, whose modules and patterns take 15 ms.
"""

import re
from typing import Final

from unspool.intake import (
    coded_lines,
    document,
    envelope_detection,
    foreign_formats,
    hard_wrapped,
    newest_first,
    requests,
    terminal_cast,
)
from unspool.intake.items import Detect

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
