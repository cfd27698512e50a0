"""All layers, in the order in which they are tried.

What is certain by its first bytes comes before what needs records to be found;
the last rows describe sources without anything to read.
"""

from unspool.intake import (
    chunked,
    coded_lines,
    compression,
    container_log,
    curl,
    damage,
    docker_frames,
    document,
    encoding,
    envelope_detection,
    foreign_formats,
    har,
    http_message,
    line_prefix,
    literal_list,
    mitmdump,
    newest_first,
    pretty,
    quoted,
    requests,
    terminal_cast,
    wget,
    wget_debug,
    wrapped,
    zeros,
    zipped_har,
)
from unspool.intake.items import Detect

TEXT_LAYERS: tuple[Detect, ...] = (compression.detect, encoding.detect)
"""The layers that may be around plain text."""
LAYERS: tuple[Detect, ...] = (
    zeros.detect,
    *TEXT_LAYERS,
    zipped_har.detect,
    foreign_formats.detect,
    curl.detect_colours,
    http_message.detect,
    curl.detect,
    wget.detect,
    wget_debug.detect,
    mitmdump.detect,
    docker_frames.detect,
    container_log.detect,
    terminal_cast.detect,
    chunked.detect,
    foreign_formats.detect_binary,
    har.detect,
    literal_list.detect,
    document.detect,
    damage.detect,
    line_prefix.detect,
    wrapped.detect,
    newest_first.detect,
    quoted.detect,
    pretty.detect,
    requests.detect,
    coded_lines.detect,
    envelope_detection.detect_lines,
    document.detect_newest_first,
    envelope_detection.detect,
    document.detect_open_value,
    foreign_formats.detect_last,
)
