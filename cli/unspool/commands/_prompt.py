"""The text of a question from the command line: the prompt, attached files, and piped input."""

import os
import select

from unspool.commands import _typer as typer
from unspool.commands._stderr import say
from unspool.descriptors import STANDARD_INPUT, is_ready
from unspool.environment import Environment, descriptor_of
from unspool.errors import ADVICE, SourceFailed
from unspool.files import joined, read_file
from unspool.sources.attachments import (
    Attachment,
    Content,
    attachment_of,
    image_type,
    message_content,
    read_attachment,
    with_attachments,
)
from unspool.sources.file import FileSource
from unspool.suggestions import similar_path

_PATIENCE = 2.0  # seconds until a line reports that the command waits for standard input


def text_or_file(value: str, option: str) -> str:
    """``value``; for @FILE the text of the file, for @@… the value with one @. Raises BadParameter."""
    if not value.startswith("@") or value.startswith("@@"):
        return value.removeprefix("@")
    path = os.path.expanduser(value[1:])
    try:
        return read_file(path).decode("utf-8-sig").strip()
    except OSError as error:
        reason = f"{path}: {error.strerror}; a text that begins with @ is written with @@"
    except UnicodeDecodeError as error:
        reason = f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8"
    raise typer.BadParameter(reason, param_hint=f"'{option}'")


def question(prompt: str, files: list[str], environment: Environment, timeout: float | None) -> Content:
    """The content of the message: attached texts, the prompt, what was piped in, and the images.

    Raises BadParameter for what cannot be sent.
    """
    text = text_or_file(prompt, "--prompt")
    attached = [_attachment(path) for path in files]
    piped = b"" if environment.stdin is None or environment.stdin_is_terminal else _piped(environment, timeout)
    if image_type(piped):
        attached.append(_attached("standard input", piped))
    elif piped.strip():
        text = f"{text}\n\n{_decoded(piped)}"
    return message_content(*with_attachments(text, attached))


def _decoded(piped: bytes) -> str:
    try:
        return piped.decode("utf-8-sig").strip()
    except UnicodeDecodeError as error:
        reason = f"standard input is sent after the prompt, and is not UTF-8 at byte {error.start}; see iconv"
        raise typer.BadParameter(reason, param_hint="'--prompt'") from None


def _piped(environment: Environment, timeout: float | None) -> bytes:
    """Return all of standard input; a line reports the wait for a pipe that stays open."""
    descriptor = descriptor_of(environment.stdin)
    if descriptor is not None and not is_ready(descriptor, select.POLLIN, _PATIENCE):
        say(environment.stderr, "waiting for the end of standard input; </dev/null sends the prompt alone")
    try:
        return joined(FileSource("-", environment.stdin, timeout).blocks())
    except (SourceFailed, ValueError) as fault:
        why = fault.reason if isinstance(fault, SourceFailed) else fault
        reason = f"{STANDARD_INPUT}: {why}; </dev/null sends the prompt alone"
        raise typer.BadParameter(reason, param_hint="'--prompt'") from None


def _attachment(path: str) -> Attachment:
    """The file at ``path``. Raises BadParameter where it cannot be sent."""
    try:
        return read_attachment(os.path.expanduser(path))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise typer.BadParameter(f"{path}: {reason}", param_hint="'--file'") from None


def _attached(name: str, data: bytes) -> Attachment:
    """Return the piped input. Raises BadParameter if it cannot be sent."""
    try:
        return attachment_of(name, data)
    except ValueError as error:
        raise typer.BadParameter(f"{name}: {error}", param_hint="'--prompt'") from None


def advice_for_missing(path: str) -> str:
    """Return advice about a missing file: it was probably meant as text, or as the number of a quirk."""
    if path[:1].isalpha() and path[1:].isdigit():
        return f"to explain a quirk: unspool lint --explain {path}"
    similar = advice_for_similar(path)
    if similar != ADVICE:
        return similar
    meant = path and (" " in path.strip() or not {".", "/"} & set(path))
    return "to ask a model, use --prompt TEXT" if meant else ADVICE


def advice_for_similar(path: str) -> str:
    """Return advice about a missing file: one with a similar name is next to it."""
    similar = None if path == "-" else similar_path(path)
    return ADVICE if similar is None else f"did you mean {similar}?"
