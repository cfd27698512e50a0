"""Text files that somebody named by mistake: a line for each of their first lines would hide what is wrong."""

from unspool.intake.unread.foreign_format import ForeignFormat


def _text_file(pattern: bytes, what: str, advice: str = "name the capture itself") -> ForeignFormat:
    """A text file of another kind, unless a line in it begins as a record does: damaged ones are faults."""
    return ForeignFormat(rb"(?>" + pattern + rb")(?!.*?(?:\n|(?<=\n))(?:data: ?)?\[?\{\")", what, advice, at_once=False)


_NO_CODE = rb"(?:[ \t]*(?:(?:#(?!!|include)|//|--(?= )|;)[^\n]*)?\n)*+"
"""Blank lines and comments at the beginning of a file."""
TEXT_FILES = (
    _text_file(
        rb"(?:commit [0-9a-f]{7,64}\b[^\n]*\n(?:\w+: [^\n]*\n)+|From [0-9a-f]{40} |diff --git |Index: \S+\n"
        rb"|--- [^\n]+\n\+\+\+ )",
        "a patch",
    ),
    _text_file(
        rb"(?:From \S+@\S+ |(?i:from|to|subject|received|return-path|delivered-to|message-id|mime-version): )[^\n]*\n"
        rb"(?:[ \t][^\n]*\n)*(?:[A-Z][\w\-]*|x-\w+): ",
        "a mail",
    ),
    _text_file(rb"-----BEGIN [A-Z0-9 ]+-----|ssh-(?:rsa|dss|ed25519) AAAA", "a key or certificate"),
    _text_file(
        _NO_CODE + rb"\[{1,2}[A-Za-z_][^\n\[\]{}]*\]{1,2}[ \t]*\r?\n(?:[ \t]*(?:[#;][^\n]*)?\r?\n)*"
        rb"[ \t]*(?:[\w.\"'\-]+(?: \w+)?[ \t]*=|\[)",
        "a file of settings (TOML, INI)",
    ),
    _text_file(
        _NO_CODE + rb"(?:(?:export )?[A-Za-z_][\w.\-]{0,60}[ \t]*=(?![^\n]*[ \t]\w+=)[^\n]*(?:\n|\Z)[ \t]*){2}",
        "a file of settings (NAME=value)",
    ),
    _text_file(
        _NO_CODE + rb"(?:---[^\n]*\n|%YAML[^\n]*\n)?" + _NO_CODE + rb"(?:[\w.\-]+: [^\n]+\n){0,20}"
        rb"(?:[\w.\"'\-]+:[ \t]*\r?\n"
        + _NO_CODE
        + rb"[ \t]*(?:- |[\w.\"'\-]+:[ \t\r\n])|- [\w\-]+: [^\n]*\n  [ \w\-]+:)",
        "YAML",
        "name the capture itself; of a cassette, the list of its interactions is missing",
    ),
    _text_file(
        rb"[\w\"][\w \"./()%#\-]*(?P<comma>[,;\t])(?! )[^\n ,;\t][^\n,;\t]{0,60}"
        rb"(?:(?P=comma)(?! )[^\n,;\t]{0,60})*\r?\n"
        rb"(?>[^\n]*?(?P=comma)(?! ))[^\n]*+(?:\n[^\n]*?(?P=comma)(?! )|\s*\Z)",
        "a table as text (CSV)",
        "where a column holds records, write them as lines of JSON",
    ),
    _text_file(
        _NO_CODE + rb"(?:#!/|[rbuf]?\"\"\"|'{3}|/\*|<\?php|#include [<\"]|[\"']use (?:strict|client)"
        rb"|(?:import|package|using|use|from) [\w.:*{}, \"'@/\-]++;?[ \t]*+\r?\n|from [\w.]+ import "
        rb"|(?:export |default |pub |public |private |static |async )*(?:def|func|fn|function|class|struct|enum"
        rb"|interface|impl|namespace|module|type) \w+[^\n:{(=]*[:{(=][^\n]*\n"
        rb"|(?:export )?(?:const|let|var) [^\n=]+ = |(?:SELECT|INSERT INTO|CREATE (?:TABLE|DATABASE)|PRAGMA) [^\n]"
        rb"|FROM [^\n]+\n\s*+(?:RUN|COPY|WORKDIR|CMD|ENV|ARG|ADD|USER) |@echo |[.\w-]+:[^\n=]*\n\t)",
        "source code",
        "run it, and name what it prints",
    ),
)
