"""Items of a response are known again by id, by index, by their text, or as the one that is open (R15)."""

from typing import Any

from unspool.dialects.items import Item, Items


def emitted(items: Items, kind: str, text: str, *addresses: Any) -> Item:
    item = items.of_delta(kind, addresses)
    item.add("text", text)
    return item


def test_deltas_without_an_address_belong_to_the_item_that_is_open() -> None:
    items = Items()
    first = emitted(items, "message", "Gate ")
    assert emitted(items, "message", "four.") is first
    first.closed = True
    assert emitted(items, "message", "Bye.") is not first


def test_an_unknown_address_is_another_item_unless_the_open_one_had_no_delta() -> None:
    items = Items()
    begun = items.begin("message", ("m",))
    assert emitted(items, "message", "Gate ", "other", 3) is begun
    assert emitted(items, "message", "Bye.", "third") is not begun


def test_arguments_whose_first_fragment_ends_in_a_sentence_go_on_under_another_index() -> None:
    """Found by a generated stream: the second fragment was taken for the arguments of another call."""
    items = Items()
    call = items.begin("function_call", (0,))
    call.begun = True
    assert emitted(items, "function_call", '{"message": "Gate four.', 0) is call
    assert emitted(items, "function_call", '"}', 1) is call


def test_an_index_that_all_items_have_tells_only_those_that_are_open() -> None:
    items = Items()
    first = emitted(items, "message", "Gate four.", 0)
    first.closed = True
    assert emitted(items, "message", "Bye.", 0) is not first


def test_a_snapshot_is_of_the_item_with_its_text_whatever_the_index_says() -> None:
    items = Items()
    first, second = emitted(items, "message", "Gate ", 0), emitted(items, "message", "Bye.", "m", 1)
    assert items.of_snapshot("message", {"text": "Bye."}, (2,)) is second
    assert items.of_snapshot("message", {"text": "Gate four."}, (1,)) is first
    assert first.remainder("text", "Gate four.") == "four."


def test_a_snapshot_of_another_text_is_of_the_item_under_its_index_and_the_deltas_count() -> None:
    items = Items()
    item = emitted(items, "message", "Gate four.", 0)
    assert items.of_snapshot("message", {"text": "Gate five."}, (0,)) is item
    assert item.remainder("text", "Gate five.") is None


def test_two_snapshots_of_the_same_text_are_two_items_if_their_addresses_say_so() -> None:
    items = Items()
    first = items.of_snapshot("message", {"text": "OK."}, ("a", 0))
    first.add("text", "OK.")
    first.closed = True
    assert items.of_snapshot("message", {"text": "OK."}, ("a", 0)) is first
    assert items.of_snapshot("message", {"text": "OK."}, ()) is first
    assert items.of_snapshot("message", {"text": "OK."}, ("b", 1)) is not first


def test_calls_are_told_apart_by_their_tools() -> None:
    items = Items()
    call = items.begin("call", (0,), "search")
    assert items.of_snapshot("call", {"text": "{}"}, (0,), "send_message") is not call


def test_the_texts_of_items_may_be_joined_in_the_end() -> None:
    items = Items()
    first, second = emitted(items, "message", "Gate four. ", 0), emitted(items, "message", "Bye", 1)
    items.reopen()
    assert items.of_snapshot("message", {"text": "Gate four. Bye."}, (5,), final=True) is first
    assert first.remainder("text", "Gate four. Bye.") == "."
    assert second.closed


def test_the_arguments_of_a_call_are_compared_as_json_in_every_spelling() -> None:
    call = Item()
    call.add("arguments", '{"message":"Caf\\u00e9 a')
    assert call.remainder("arguments", {"message": "Caf\u00e9 at nine"}) == 't nine"}'
    assert call.remainder("arguments", {"message": "Bye"}) is None
    spaced = Item()
    spaced.add("arguments", '{"message":"Gate ')
    assert spaced.remainder("arguments", {"message": "Gate  four"}) == ' four"}'
    assert call.remainder("arguments", None) is None


def test_a_part_without_a_known_index_is_one_that_is_open_or_a_new_one() -> None:
    item = Item()
    item.add("text", "Gate ", 0)
    item.add("text", "Bye.", 1)
    assert item.part_remainder("text", "Bye.", 2) == ("", "")
    assert item.part_remainder("text", "Gate four.", 0) == ("four.", "")
    assert item.part_remainder("text", "Bye.", 3) == ("Bye.", "")


def test_a_whole_response_is_the_same_only_if_its_id_is_and_nothing_is_new() -> None:
    items = Items("r")
    emitted(items, "message", "Gate four.", 0)
    assert items.repeat("r", [("message", {"text": "Gate four."}), ("message", {"text": ""})])
    assert not items.repeat("r", [("message", {"text": "Gate four. Bye."})])
    assert not items.repeat("other", [("message", {"text": "Gate four."})])
    assert not Items().repeat(None, [])
