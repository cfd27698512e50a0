"""The layers that are tried first: those that the first bytes show.

The modules and patterns of all others take 20 ms, which a compressed file or a response of HTTP need not pay.
"""

from unspool.intake.containers import zipped_har
from unspool.intake.damaged import zeros
from unspool.intake.encodings import amazon, compression, encoding
from unspool.intake.http import coloured, http_message
from unspool.intake.items import Detect
from unspool.intake.unread import foreign_formats

TEXT_LAYERS: tuple[Detect, ...] = (compression.detect, encoding.detect)
"""The layers that may be around plain text."""
FIRST_LAYERS: tuple[Detect, ...] = (
    amazon.detect,
    zeros.detect,
    *TEXT_LAYERS,
    zipped_har.detect,
    foreign_formats.detect,
    coloured.detect,
    http_message.detect,
)
