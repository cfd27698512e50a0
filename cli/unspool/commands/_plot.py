"""A small plot for the terminal: how much came when."""

from collections.abc import Iterable

_BLOCKS = " ▁▂▃▄▅▆▇█"
_WIDTH, _HEIGHT = 60, 4  # characters


def plot(points: Iterable[tuple[float, int]], until: float) -> list[str]:
    """Lines that show amounts over their times, from 0 to ``until`` seconds; the last one is the axis."""
    columns = [0] * _WIDTH
    for time, amount in points:
        columns[min(_WIDTH - 1, int(time / until * _WIDTH)) if until > 0 else 0] += amount
    most = max(columns) or 1
    steps = len(_BLOCKS) - 1
    heights = [-(-amount * _HEIGHT * steps // most) for amount in columns]  # what came is seen, however little
    rows = [
        "".join(_BLOCKS[max(0, min(steps, height - row * steps))] for height in heights).rstrip()
        for row in reversed(range(_HEIGHT))
    ]
    end = f"{until:.2f} s"
    return [*rows, f"0 s{end:>{_WIDTH - len('0 s')}}"]
