"""All layers, in the order in which they are tried.

What is certain by its first bytes comes before what needs records to be found;
the last rows describe sources without anything to read.
"""

from unspool.intake import (
    amazon,
    chunked,
    compression,
    container_log,
    curl,
    damage,
    docker_frames,
    document,
    encoding,
    foreign_formats,
    http_message,
    httprr,
    line_prefix,
    literal_list,
    mitmdump,
    newest_first,
    pretty,
    quoted,
    terminal_cast,
    wget,
    wget_debug,
    wrapped,
    zeros,
    zipped_har,
)
from unspool.intake.items import Detect
from unspool.intake.json_layers import RECORD_LAYERS

TEXT_LAYERS: tuple[Detect, ...] = (compression.detect, encoding.detect)
"""The layers that may be around plain text."""
LAYERS: tuple[Detect, ...] = (
    amazon.detect,
    zeros.detect,
    *TEXT_LAYERS,
    zipped_har.detect,
    foreign_formats.detect,
    curl.detect_colours,
    http_message.detect,
    httprr.detect,
    curl.detect,
    wget.detect,
    wget_debug.detect,
    mitmdump.detect,
    docker_frames.detect,
    container_log.detect,
    terminal_cast.detect,
    chunked.detect,
    foreign_formats.detect_binary,
    literal_list.detect,
    document.detect,
    damage.detect,
    line_prefix.detect,
    wrapped.detect,
    newest_first.detect,
    quoted.detect,
    pretty.detect,
    *RECORD_LAYERS,
)
