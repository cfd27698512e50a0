"""The man pages: groff reads them without a warning, and they hold every command and option."""

import shutil
import subprocess

import pytest
from tests import manual
from tests.support import ROOT, run_installed


def shown(name: str) -> str:
    """A page as a terminal shows it."""
    path = ROOT / "docs" / "man" / f"{f'unspool-{name}' if name else 'unspool'}.1"
    ran = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-c", "-P-b", "-P-u", "-rLL=200n", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stderr == ""
    return ran.stdout.replace("\u2010", "-").replace("\u2212", "-")  # a hyphen and a minus sign


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
@pytest.mark.parametrize("name", manual.pages(), ids=lambda name: name or "unspool")
def test_a_page_is_read_without_warnings_and_has_every_option(name: str) -> None:
    page = shown(name)
    command = manual.GROUP.commands[name] if name else manual.GROUP
    for heading in ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "SEE ALSO"):
        assert f"\n{heading}\n" in page
    for option in command.params:
        if option.param_type_name == "option" and not option.hidden:
            assert option.opts[0] in page
    words = " ".join(page.split())
    for sentence in ("Example: unspool", " ".join(command.help.split("\n\n")[0].split())):
        assert sentence in words


def test_a_page_has_what_help_has() -> None:
    """The same panels, so that a man page and --help cannot drift apart."""
    page = manual.page("text")
    for heading in ("WHAT COUNTS AS A MESSAGE", "HOW THE STREAM IS READ", "A LIVE CALL"):
        assert f".SH {heading}\n" in page
        assert heading.lower() in run_installed(["text", "--help"]).stdout.decode().lower()


def test_text_is_never_a_request_or_an_escape() -> None:
    assert manual._text(".SH -x") == r"\&.SH \-x"
    assert manual._text(r"'a\b") == r"\&'a\eb"
