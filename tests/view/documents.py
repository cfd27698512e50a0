"""Markdown documents for the tests of the view: lines that meet in every way, and whole ones that models write."""

from hypothesis import strategies as st

LINES = (
    *("", "", "", "plain text", "two words  ", "漢字 and emoji 🥾", "a" * 130, "word " * 40),
    *(
        "# heading",
        "#",
        "##not",
        "===",
        "---",
        "- - -",
        "***",
        "- item",
        "-",
        "* star",
        "+ plus",
        "1. one",
        "2) two",
        "7. seven",
    ),
    *("  - nested", "    four spaces", "\ttab", "   three", "> quote", ">", "> > deep", "lazy", ">- in a quote"),
    *("```", "```python", "~~~", "````", " ```", "def f(x): return 'a'  # b", "    ```", "> ```"),
    *("| a | b |", "|---|--:|", "| 1 | `x|y` |", "a | b", "--|--", "|", "| 漢字 | **b** |"),
    *("|a|b|c|d|e|f|\n|-|-|-|-|-|-|\n|one|two three|four|5|漢字|6|", "> " * 12 + "deep"),
    *("'title'", '"tit', 'le"', "[a] and [b][a] and ![c][a]"),
    *("<div>", "<b>bold</b> and <br> it", "</div>", "<!-- note", "-->", "<think>", "&amp; &#x202e; &#27;[31m &lrm;"),
    *("**bold", "bold** *it*", "`code`", "``", '[link](http://x.y/z "t")', "![image](pic.png)", "<http://auto.link>"),
    *(
        "\\*escaped\\*",
        "~~struck~~",
        "a\\",
        "https://bare.url",
        "[x](javascript:alert(1))",
        "- [ ] task",
        "\x1b[31mred\x1b[0m",
    ),
)

DEFINITIONS = ("[a]: /url", "[a]: /url 'title'", "[b]: <x y>", "[c]:\n/url", '[c]: /url\n"tit\nle"', "")

documents = st.builds(
    lambda before, definitions, lines: "\n".join([*before, *definitions, *lines]),
    st.sampled_from([(), ("intro", ""), ("# intro",)]),
    st.lists(st.sampled_from(DEFINITIONS), max_size=4),
    st.lists(st.sampled_from(LINES), max_size=14),
)
"""A link's target is defined before it is used: what is in the scrollback cannot know what comes."""


def cut(text: str, size: int) -> list[str]:
    """``text`` in pieces of one size."""
    return [text[at : at + size] for at in range(0, len(text), size)]


ANSWER = """\
# A walk along the river

Start at the **old mill** and keep the water on your left. Bring:

- a jacket, as the wind turns in the afternoon
- water, *at least* a litre
  1. still
  2. not sparkling
- the key for the lower gate

> The bridge is closed on Mondays.
> Take the ferry then.

| Stretch | Kilometres | 時間 |
|---|--:|:-:|
| Mill to weir | 3.5 | 50 |
| Weir to bridge | 12 | 170 |

```python
def pace(kilometres: float, minutes: float) -> float:
    \"\"\"Minutes for a kilometre.\"\"\"
    return minutes / kilometres
```

See [the map](https://maps.example/river) or ask at `the mill`.

---

Enjoy the walk! 🥾
"""
