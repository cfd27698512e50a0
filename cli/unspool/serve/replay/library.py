"""The choice of the capture for a request: one whose recorded request is the same, else the next of the model."""

import json
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from unspool.serve.http.model_request import ModelRequest, canonical
from unspool.serve.http.wire import interface_at
from unspool.serve.replay.captures import Capture
from unspool.serve.replay.order import Order

_SHOWN = 8  # differences
_LONGEST = 60  # characters of a value


class Miss(NamedTuple):
    """The result where no capture answers a request: the capture with the nearest request, and the differences.

    Where none is at the path, ``nearest`` is "", and ``paths`` are those at which there are some.
    """

    nearest: str
    differences: list[str]
    paths: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.nearest:
            others = [*self.paths[:_SHOWN], *(["…"] if len(self.paths) > _SHOWN else [])]
            return f"no capture is served at this path; there are captures at {', '.join(others)}"
        shown = "; ".join(self.differences[:_SHOWN])
        more = len(self.differences) - _SHOWN
        return f"no capture answers this request; the nearest is {self.nearest}: {shown}" + (
            f"; {more} more" if more > 0 else ""
        )


class Library:
    """The captures, each given in its turn: of those that match, the one that was given least, in their order."""

    def __init__(self, captures: list[Capture], order: Order, ignore: Sequence[str]) -> None:
        self.captures = captures
        self._order = order
        self._ignore = ignore

    @property
    def unserved(self) -> list[Capture]:
        """The captures that were never requested."""
        return [capture for capture in self.captures if not capture.served]

    def take(self, path: str, asked: ModelRequest) -> Capture | Miss:
        """The capture for a request, counted as served."""
        here = list(self._at(path))
        if asked.value is None and asked.body.strip() and interface_at(path) is not None:
            return self._miss(here, asked)  # a client's mistake that must not look like success
        matching = [one for one in here if one.key and one.key == asked.key]
        matching = matching or self._of_model([one for one in here if not one.key], asked.model)
        same_shape = [one for one in matching if one.stream == asked.stream or one.status >= 400]
        chosen = min(same_shape or matching, key=lambda one: one.served, default=None)
        if chosen is None:
            return self._miss(here, asked)
        chosen.served += 1
        return chosen

    def _at(self, path: str) -> Iterator[Capture]:
        interface = interface_at(path)
        for capture in self.captures:
            if capture.path == path or (interface is not None and interface == capture.interface):
                yield capture

    def _of_model(self, captures: list[Capture], model: str) -> list[Capture]:
        """Those of the model; all where none is."""
        if self._order is Order.ANY or not model:
            return captures
        return [one for one in captures if one.model in ("", model)] or captures

    def _miss(self, here: list[Capture], asked: ModelRequest) -> Miss:
        if not here:
            return Miss("", [], tuple(dict.fromkeys(capture.path for capture in self.captures)))
        if asked.value is None:
            return Miss(here[0].name, ["the body of the request is no JSON object"])
        wanted = dict(_leaves(canonical(asked.value, self._ignore)))
        compared = [(self._differences(one, wanted), one.name) for one in here]
        differences, name = min(compared, key=lambda pair: len(pair[0]))
        return Miss(name, differences)

    def _differences(self, capture: Capture, wanted: dict[str, str]) -> list[str]:
        recorded = dict(_leaves(canonical(capture.request, self._ignore)))
        paths = [*wanted, *(path for path in recorded if path not in wanted)]
        return [
            f"{path or 'body'}: {_shown(wanted.get(path))}, recorded {_shown(recorded.get(path))}"
            for path in paths
            if wanted.get(path) != recorded.get(path)
        ]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The scalars inside a value, each with its path and as JSON."""
    if isinstance(value, dict) and value:
        for name, member in value.items():
            yield from _leaves(member, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for at, element in enumerate(value):
            yield from _leaves(element, f"{path}[{at}]")
    else:
        yield path, json.dumps(value, ensure_ascii=False)


def _shown(value: str | None) -> str:
    if value is None:
        return "absent"
    return value if len(value) <= _LONGEST else value[:_LONGEST] + "…"
