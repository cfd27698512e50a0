"""The layers behind those of ``first_layers``, in the order in which they are tried.

What is certain by its first bytes comes before what needs records to be found;
the last rows describe sources without anything to read.
"""

from unspool.intake.containers import document, httprr
from unspool.intake.damaged import damage, newest_first, wrapped
from unspool.intake.encodings import compression
from unspool.intake.http import chunked, cliproxy, curl, mitmdump, wget, wget_debug
from unspool.intake.items import Detect
from unspool.intake.json_layers import RECORD_LAYERS
from unspool.intake.logs import container_log, docker_frames, literal_list, quoted, table_column, terminal_cast
from unspool.intake.unread import foreign_formats

LAYERS: tuple[Detect, ...] = (
    httprr.detect,
    curl.detect,
    wget.detect,
    wget_debug.detect,
    mitmdump.detect,
    cliproxy.detect,
    docker_frames.detect,
    container_log.detect,
    terminal_cast.detect,
    chunked.detect,
    compression.detect_deflate,
    foreign_formats.detect_binary,
    literal_list.detect,
    document.detect,
    damage.detect,
    wrapped.detect,
    newest_first.detect,
    table_column.detect,
    quoted.detect,
    *RECORD_LAYERS,
)
