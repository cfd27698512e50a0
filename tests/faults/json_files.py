"""Small JSON texts in three classes: those every parser accepts, those it rejects, and those where parsers differ."""

_SCALARS = {
    "number": b"-0.5e+3",
    "true": b"true",
    "null": b"null",
    "string": b'"a"',
    "empty_string": b'""',
    "zero": b"0",
}
_SPACES = {"tab": b"\t", "spaces": b"   ", "return": b"\r"}
_ESCAPES = [
    b'\\"',
    b"\\\\",
    b"\\/",
    b"\\b",
    b"\\f",
    b"\\n",
    b"\\r",
    b"\\t",
    b"\\u0000",
    b"\\u00e9",
    b"\\ud83d\\ude00",
    b"\\u2028",
]
_BYTES = {"umlaut": "ü".encode(), "emoji": "😀".encode(), "delete": b"\x7f", "noncharacter": "\uffff".encode()}

ACCEPTED = {
    **{f"y_{name}": value for name, value in _SCALARS.items()},
    **{f"y_array_of_{name}": b"[%s]" % value for name, value in _SCALARS.items()},
    **{f"y_object_of_{name}": b'{"a":%s}' % value for name, value in _SCALARS.items()},
    **{f"y_space_{name}": b"[%s1%s,%s2]" % (space, space, space) for name, space in _SPACES.items()},
    **{f"y_escape_{number}": b'["%s"]' % escape for number, escape in enumerate(_ESCAPES)},
    **{f"y_bytes_{name}": b'["%s"]' % value for name, value in _BYTES.items()},
    **{f"y_nested_{depth}": b"[" * depth + b"]" * depth for depth in (1, 2, 50)},
    "y_duplicate_keys": b'{"a":1,"a":2}',
    "y_empty_key": b'{"":0}',
}
"""What RFC 8259 allows."""

REJECTED = {
    **{
        f"n_number_{number}": b"[%s]" % text
        for number, text in enumerate((b"01", b"+1", b"1.", b".5", b"1e", b"-", b"0x1"))
    },
    **{f"n_word_{text.decode()}": b"[%s]" % text for text in (b"nul", b"tru", b"TRUE", b"undefined")},
    **{
        f"n_escape_{number}": b'["%s"]' % text
        for number, text in enumerate((b"\\x41", b"\\u12", b"\\", b"\\a", b"\\U0041"))
    },
    **{f"n_control_{number:02x}": b'["a%ca"]' % number for number in (0, 1, 9, 31)},
    **{
        f"n_utf8_{text.hex()}": b'["%s"]' % text
        for text in (b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\xaf")
    },
    "n_open_array": b"[1",
    "n_open_object": b'{"a":1',
    "n_open_string": b'["a',
    "n_no_colon": b'{"a" 1}',
    "n_no_value": b'{"a":}',
    "n_two_commas": b"[1,,2]",
    "n_trailing_comma": b"[1,]",
    "n_first_comma": b"[,1]",
    "n_wrong_bracket": b"[1}",
    "n_number_key": b"{1:1}",
    "n_single_quotes": b"{'a':1}",
    "n_comment": b"[1] /* one */",
    "n_two_values": b"[1] x",
    "n_closing_bracket": b"[1]]",
}
"""What RFC 8259 does not allow."""

EITHER = {
    **{
        f"i_number_{number}": b"[%s]" % text
        for number, text in enumerate((b"1e999", b"-1e999", b"1e-999", b"9" * 40, b"0.1" + b"0" * 60))
    },
    **{f"i_word_{text.decode()}": b"[%s]" % text for text in (b"NaN", b"Infinity", b"-Infinity")},
    **{
        f"i_half_{number}": b'["%s"]' % text
        for number, text in enumerate((b"\\ud83d", b"\\ude00", b"\\ud83d\\ud83d", b"\\ude00\\ud83d"))
    },
    "i_deep": b"[" * 500 + b"]" * 500,
    "i_byte_order_mark": b"\xef\xbb\xbf[1]",
}
"""What parsers read in different ways."""
