"""The report of `unspool lint`: the quirks, dialects and layers of all sources, each with the place of the first."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from unspool.core.rewriter.wire import EXTENSION
from unspool.formats.printable import one_line
from unspool.quirks.catalog import QUIRKS


@dataclass(slots=True)
class Finding:
    """The number of records with a quirk, and the place of the first."""

    count: int
    source: str
    record: int


@dataclass(slots=True)
class DetectedDialect:
    """A dialect of the input: its first record, why it was chosen, and members that Chat Completions does not have."""

    source: str
    record: int
    why: str
    beyond: dict[str, int] = field(default_factory=dict)


class LintReport:
    """What was found in all sources.

    Attributes:
        sources: their names, in order.
        quirks: the finding for each quirk, by number.
        dialects: those that were detected, by name.
        layers: what was removed from around the streams, as pairs of a source and a description.
        records, steps, faults: totals.
    """

    def __init__(self) -> None:
        self.sources: list[str] = []
        self.quirks: dict[str, Finding] = {}
        self.dialects: dict[str, DetectedDialect] = {}
        self.layers: dict[tuple[str, str], None] = {}  # a set that keeps their order
        self.records = self.steps = self.faults = 0

    def add(self, quirk: str, record: int) -> None:
        """Count a quirk that a record of the last source shows."""
        finding = self.quirks.get(quirk)
        if finding is None:
            finding = self.quirks[quirk] = Finding(0, self.sources[-1], record)
        finding.count += 1

    def _sorted(self) -> list[tuple[str, Finding]]:
        order = list(QUIRKS)
        return sorted(self.quirks.items(), key=lambda item: order.index(item[0]))

    def as_object(self) -> dict[str, Any]:
        """Return the report as an object.

        ``quirks`` are objects with ``quirk``, ``count``, ``first`` (``source`` and ``record``) and ``sentence``;
        ``dialects`` are objects with ``dialect``, ``first``, ``why`` and ``beyond`` (how often each kind came that a
        chunk has no place for); ``intake`` are objects with ``source`` and ``layer`` (what was around it, and why it
        was removed). The totals are ``records``, ``steps`` and ``faults`` (records and arguments that could not be
        read, early ends, errors in the stream).
        """
        quirks = [
            {
                "quirk": number,
                "count": finding.count,
                "first": {"source": finding.source, "record": finding.record},
                "sentence": QUIRKS[number].sentence,
            }
            for number, finding in self._sorted()
        ]
        dialects = [
            {
                "dialect": dialect,
                "first": {"source": found.source, "record": found.record},
                "why": found.why,
                "beyond": found.beyond,
            }
            for dialect, found in self.dialects.items()
        ]
        totals = {"records": self.records, "steps": self.steps, "faults": self.faults}
        intake = [{"source": source, "layer": text} for source, text in self.layers]
        return {"quirks": quirks, "dialects": dialects, "intake": intake, **totals}

    def lines(self) -> list[str]:
        """Return the report as lines of text, safe on a terminal."""
        layers = [one_line(f"{source}: {text}") for source, text in self.layers]
        if not self.quirks:
            return [self._nothing(), *layers]
        rows = [
            (number, str(finding.count), self._place(finding), QUIRKS[number].sentence)
            for number, finding in self._sorted()
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return (
            [
                f"{number:<{widths[0]}}  {count:>{widths[1]}}  {place:<{widths[2]}}  {sentence}"
                for number, count, place, sentence in rows
            ]
            + [line for item in self.dialects.items() for line in self._format_dialect(*item)]
            + layers
        )

    def _format_dialect(self, dialect: str, found: DetectedDialect) -> Iterator[str]:
        yield f"{dialect}: from {self._place(found)} on, because {found.why}"
        if found.beyond:
            kinds = ", ".join(f"{one_line(kind)} ({count})" for kind, count in found.beyond.items())
            yield f"{dialect}: beyond Chat Completions, in the member {EXTENSION} of the chunks: {kinds}"

    def _place(self, finding: Finding | DetectedDialect) -> str:
        source = f"{one_line(finding.source)} " if len(self.sources) > 1 else ""
        return f"{source}record {finding.record}"

    def _nothing(self) -> str:
        if not self.records:
            return "no records were read"
        if self.faults:
            return "no quirks, but something went wrong: see standard error"
        return f"nothing departs from the contract (records: {self.records}, steps: {self.steps})"
