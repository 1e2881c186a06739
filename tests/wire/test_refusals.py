"""What is refused, and in which words: every row reads the same whichever parser is installed."""

import pytest

from chainruler.wire import DecodingLimits, DocumentTooLarge, Invalid, Malformed, WireError, plain
from chainruler.wire.arrays import ARRAYS_UNDER
from chainruler.wire.bodies import Reader, decode_json
from chainruler.wire.errors import Several
from chainruler.wire.limits import DEFAULT_LIMITS
from tests.wire.documents import READERS

NARROW = DecodingLimits(depth=4, arrays=2, lists=8, values=12, members=5)


def x(text: str) -> bytes:
    """A document whose data.x is this text."""
    return b'{"data":{"x":' + text.encode() + b"}}"


def encoded(shape: str = "[1]", dtype: str = '"float64"', base64: str = '"AAAAAAAA8D8="', more: str = "") -> bytes:
    """A document whose data.x is an array in base64."""
    return x(f'{{"shape":{shape},"dtype":{dtype},"base64":{base64}{more}}}')


# id: body, class, code, pointer, a part of the message
SYNTAX = {
    "empty": (b"", "malformed_json", "The body is empty"),
    "blank": (b" \n\t ", "malformed_json", "The body is empty"),
    "cut in an array": (b'{"data":{"x":[1,2', "malformed_json", "line 1, column 18 (byte 17)"),
    "cut in a string": (b'{"data":"ab', "malformed_json", "byte 8"),
    "cut after a key": (b'{"data":', "malformed_json", "byte 8"),
    "byte offset after text": ('{"ä":"ö",\n}'.encode(), "malformed_json", "line 2, column 1 (byte 12)"),
    "trailing bytes": (b"{} x", "malformed_json", "byte 3"),
    "trailing NUL": (b"{}\0", "malformed_json", "byte 2"),
    "form feed": (b"{}\x0c", "malformed_json", "byte 2"),
    "two documents": (b"{}{}", "malformed_json", "byte 2"),
    "trailing comma": (x("[1,]"), "malformed_json", "byte"),
    "leading zero": (x("[01]"), "malformed_json", "byte"),
    "no digit after the point": (x("[1.]"), "malformed_json", "byte"),
    "no digit before the point": (x("[.5]"), "malformed_json", "byte"),
    "plus sign": (x("[+1]"), "malformed_json", "byte"),
    "hexadecimal": (x("[0x10]"), "malformed_json", "byte"),
    "comment": (b'{"a":1 /* no */}', "malformed_json", "byte 7"),
    "single quotes": (b"{'a':1}", "malformed_json", "byte 1"),
    "bare word": (b'{"a":nan}', "malformed_json", "byte 5"),
    "control character": (b'{"a":"\x1f"}', "malformed_json", "byte"),
    "bad escape": (b'{"a":"\\x"}', "malformed_json", "byte"),
    "unclosed": (b'{"a":[[]', "malformed_json", "byte 8"),
    "closed twice": (b'{"a":1}}', "malformed_json", "byte 7"),
    "byte order mark": (b'\xef\xbb\xbf{"a":1}', "not_utf8", "byte order mark"),
    "UTF-16": ('{"a":1}'.encode("utf-16"), "not_utf8", "Byte 0"),
    "UTF-16 without a mark": ('{"a":1}'.encode("utf-16-le"), "malformed_json", "byte 1"),
    "Latin-1": (b'{"a":"\xe9"}', "not_utf8", "Byte 6"),
    "overlong": (b'{"a":"\xc0\x80"}', "not_utf8", "Byte 6"),
    "surrogate in UTF-8": (b'{"a":"\xed\xa0\x80"}', "not_utf8", "Byte 6"),
    "cut in a character": (b'{"a":"\xe2\x82', "not_utf8", "Byte 6"),
    "100,000 lists": (b'{"a":' + b"[" * 100_000, "too_deep", "nested"),
    "100,000 objects": (b'{"a":' * 100_000, "too_deep", "nested"),
    "65 objects": (b'{"a":' * 65 + b"1" + b"}" * 65, "too_deep", "nested"),
    "65 lists": (b'{"a":' + b"[" * 64 + b"]" * 64 + b"}", "too_deep", "nested"),
    "array of 33 axes": (x("[" * 33 + "1" + "]" * 33), "too_deep", "33 axes"),
}

SAYINGS = {
    "root is a list": (b"[1]", "not_an_object", "", "a list"),
    "root is a string": (b'"a"', "not_an_object", "", "a string"),
    "root is null": (b"null", "not_an_object", "", "null"),
    "root is a number": (b"1", "not_an_object", "", "a number"),
    "key twice in the root": (b'{"a":1,"a":1}', "duplicate_key", "/a", "twice"),
    "key twice inside": (b'{"model":{"a":[{"a":1},{"b":1,"b":2}]}}', "duplicate_key", "/model/a/1/b", "twice"),
    "key twice among arrays": (b'{"parameters":{"W":[1],"b":[1],"W":[1]}}', "duplicate_key", "/parameters/W", "twice"),
    "key twice by an escape": (b'{"a":1,"\\u0061":2}', "duplicate_key", "/a", "twice"),
    "key twice, hidden by a colon": (b'{"a":"\\u003a","b":1,"b":2}', "duplicate_key", "/b", "twice"),
    "array twice in base64": (encoded(more=',"dtype":"float64"'), "duplicate_key", "/data/x/dtype", "twice"),
    "NaN in an array": (x("[[1,2],[3,NaN]]"), "non_finite_number", "/data/x/1/1", "NaN"),
    "-Infinity in an array": (x("[0.5,-Infinity]"), "non_finite_number", "/data/x/1", "infinite"),
    "1e999 in an array": (x("[1e999]"), "non_finite_number", "/data/x/0", "too large"),
    "400 digits among decimals": (x("[0.5," + "9" * 400 + "]"), "non_finite_number", "/data/x/1", "too large"),
    "5,000 digits among decimals": (x("[0.5," + "9" * 5000 + "]"), "non_finite_number", "/data/x/1", "too large"),
    "NaN elsewhere": (b'{"loss":{"scale":NaN}}', "non_finite_number", "/loss/scale", "NaN"),
    "1e309 elsewhere": (b'{"loss":{"scale":-1e309}}', "non_finite_number", "/loss/scale", "NaN"),
    "2**63 in an array": (x("[1,9223372036854775808]"), "integer_out_of_range", "/data/x/1", "64 bits"),
    "2**64 in an array": (x("[[18446744073709551616,1]]"), "integer_out_of_range", "/data/x/0/0", "64 bits"),
    "-2**63-1 in an array": (x("[-9223372036854775809]"), "integer_out_of_range", "/data/x/0", "64 bits"),
    "31 digits in an array": (x("[1" + "0" * 30 + "]"), "integer_out_of_range", "/data/x/0", "64 bits"),
    "5,000 digits in an array": (x("[" + "9" * 5000 + "]"), "integer_out_of_range", "/data/x/0", "64 bits"),
    "2**63 elsewhere": (b'{"a":[9223372036854775808]}', "integer_out_of_range", "/a/0", "64 bits"),
    "31 digits elsewhere": (b'{"a":{"b":1' + b"0" * 30 + b"}}", "integer_out_of_range", "/a/b", "64 bits"),
    "5,000 digits elsewhere": (b'{"a":' + b"9" * 5000 + b"}", "integer_out_of_range", "/a", "64 bits"),
    "true in an array": (x("[[1,2],[true,4]]"), "not_a_number", "/data/x/1/0", "a boolean"),
    "true at the head": (x("[true]"), "not_a_number", "/data/x/0", "a boolean"),
    "null in an array": (x("[1.5,null]"), "not_a_number", "/data/x/1", "null"),
    "null at the head": (x("[null,1]"), "not_a_number", "/data/x/0", "null"),
    "string in an array": (x('[1,"2"]'), "not_a_number", "/data/x/1", "a string"),
    "string in a row": (x('[["1","2"]]'), "not_a_number", "/data/x/0/0", "a string"),
    "string for a row": (x('[[1,2],"ab"]'), "not_a_number", "/data/x/1", "a string"),
    "object in an array": (x('[1,{"a":1}]'), "not_a_number", "/data/x/1", "an object"),
    "object for a row": (x('[[1],{"a":1}]'), "not_a_number", "/data/x/1", "an object"),
    "object for a block": (x('[[[1]],{"a":[1]}]'), "not_a_number", "/data/x/1", "an object"),
    "short row": (
        x("[[1,2],[3,4],[5]]"),
        "ragged_array",
        "/data/x/2",
        "x[2] has 1 number, the rows before it have 2. All rows need the same length.",
    ),
    "long row": (x("[[1,2],[3,4,5]]"), "ragged_array", "/data/x/1", "has 3 numbers"),
    "empty row": (x("[[1,2],[]]"), "ragged_array", "/data/x/1", "has 0 numbers"),
    "row after empty rows": (x("[[],[1]]"), "ragged_array", "/data/x/1", "has 1 number,"),
    "number for a row": (x("[[1],2]"), "ragged_array", "/data/x/1", "is a number"),
    "row for a number": (x("[1,[2]]"), "ragged_array", "/data/x/1", "is a list"),
    "row in a row": (x("[[1,[2]],[3,4]]"), "ragged_array", "/data/x/0/1", "is a list"),
    "row for a number, compensated": (x("[[1,[2,3]],[4,[]]]"), "ragged_array", "/data/x/0/1", "is a list"),
    "row in a row, hidden by a bracket": (
        b'{"a":"\\u005b","data":{"x":[[1,[2]],[3,4]]}}',
        "ragged_array",
        "/data/x/0/1",
        "is a list",
    ),
    "blocks of different shapes": (x("[[[1,2]],[[1],[2]]]"), "ragged_array", "/data/x/1", "has shape (2, 1)"),
    "blocks of different depth": (x("[[[1,2]],[1,2]]"), "ragged_array", "/data/x/1", "has shape (2,)"),
    "NUL in a text": (b'{"a":"\\u0000"}', "invalid_text", "/a", "NUL"),
    "NUL in a key": (b'{"a\\u0000b":1}', "invalid_text", "/a\0b", "NUL"),
    "NUL in a description": (b'{"model":{"a":["b\\u0000"]}}', "invalid_text", "/model/a/0", "NUL"),
    "lone surrogate": (b'{"a":["\\ud800"]}', "invalid_text", "/a/0", "surrogate"),
    "surrogates in the wrong order": (b'{"a":"\\udc00\\ud800"}', "invalid_text", "/a", "surrogate"),
    "lone surrogate in a key": (b'{"\\udc00":1}', "invalid_text", "/\udc00", "surrogate"),
    "base64 cut": (encoded(base64='"AAAAAAAA8D8"'), "malformed_array", "/data/x/base64", "need 8"),
    "base64 with a line break": (encoded(base64='"AAAAAAAA8D8\\n"'), "malformed_array", "/data/x/base64", "not base64"),
    "base64 of another alphabet": (encoded(base64='"AAAAAAAA8D-="'), "malformed_array", "/data/x/base64", "not base64"),
    "base64 without ASCII": (encoded(base64='"AAAAAAAA8Dé="'), "malformed_array", "/data/x/base64", "not base64"),
    "base64 with padding inside": (encoded(base64='"AAAA====8D8="'), "malformed_array", "/data/x/base64", "not base64"),
    "base64 of fewer bytes": (encoded(base64='"AAAAAAAAAA=="'), "malformed_array", "/data/x/base64", "not base64"),
    "base64 is a number": (encoded(base64="1"), "malformed_array", "/data/x/base64", "string"),
    "dtype unknown": (encoded(dtype='"object"'), "malformed_array", "/data/x/dtype", "float64"),
    "dtype is a list": (encoded(dtype="[]"), "malformed_array", "/data/x/dtype", "float64"),
    "dtype missing": (x('{"shape":[1],"base64":"AAAAAAAA8D8="}'), "malformed_array", "/data/x", "members"),
    "shape negative": (encoded(shape="[-1]"), "malformed_array", "/data/x/shape", "sizes"),
    "shape of booleans": (encoded(shape="[true]"), "malformed_array", "/data/x/shape", "sizes"),
    "shape of decimals": (encoded(shape="[1.0]"), "malformed_array", "/data/x/shape", "sizes"),
    "shape is a number": (encoded(shape="1"), "malformed_array", "/data/x/shape", "sizes"),
    "shape too large": (encoded(shape="[1099511627776,1099511627776]"), "malformed_array", "/data/x/base64", "need"),
    "shape of an empty bomb": (encoded(shape="[0,1099511627776]"), "malformed_array", "/data/x/shape", "million"),
    "shape of 33 axes": (encoded(shape=str([1] * 33)), "malformed_array", "/data/x/shape", "33 axes"),
    "NaN in base64": (encoded(base64='"AAAAAAAA+H8="'), "non_finite_number", "/data/x", "index [0]"),
    "infinity in base64": (encoded(base64='"AAAAAAAA8P8="'), "non_finite_number", "/data/x", "index [0]"),
}  # fmt: skip

SIZES = {
    "arrays": (b'{"data":{"a":[1],"b":[2],"c":[3]}}', "too_many_arrays", "/data/c"),
    "arrays in base64": (encoded()[:-2] + b',"b":[1],"c":[1]}}', "too_many_arrays", "/data/c"),
    "lists": (x("[" + ",".join(["[1]"] * 8) + "]"), "too_many_lists", ""),
    "values in lists": (b'{"a":[1,2,3,4,5,6,7,8,9,10,11,12]}', "too_many_values", "/a"),
    "values in objects": (b'{"a":{"b":1,"c":2,"d":3},"e":{"f":1,"g":2,"h":3},"i":[1,2,3,4]}', "too_many_values", "/i"),
    "objects": (b'{"a":[' + b",".join([b"{}"] * 14) + b"]}", "too_many_values", ""),
    "members": (b'{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}', "too_many_members", ""),
    "members inside": (b'{"z":{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6}}', "too_many_members", "/z"),
}  # fmt: skip


def refusal(reader: Reader, body: bytes, limits: DecodingLimits = DEFAULT_LIMITS) -> WireError:
    """The error that a body gets, read this way."""
    with pytest.raises(WireError) as caught:
        decode_json(body, limits, quickly=reader)
    return caught.value


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize(("body", "code", "message"), SYNTAX.values(), ids=SYNTAX.keys())
def test_what_is_no_json_is_malformed(reader: Reader, body: bytes, code: str, message: str) -> None:
    """Syntax, encoding and depth are refused, with the place in bytes."""
    error = refusal(reader, body)

    assert (type(error), error.code) == (Malformed, code)
    assert message in error.message


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize(("body", "code", "pointer", "message"), SAYINGS.values(), ids=SAYINGS.keys())
def test_what_cannot_be_is_invalid(reader: Reader, body: bytes, code: str, pointer: str, message: str) -> None:
    """What is JSON and yet cannot be is refused, with a pointer to the very entry."""
    error = refusal(reader, body)

    assert (type(error), error.code, error.pointer) == (Invalid, code, pointer)
    assert message in error.message


@pytest.mark.parametrize(("body", "code", "pointer"), SIZES.values(), ids=SIZES.keys())
def test_what_is_beyond_a_limit_is_too_large(reader: Reader, body: bytes, code: str, pointer: str) -> None:
    """Each limit refuses what is one more, and would let it pass if it were higher."""
    error = refusal(reader, body, NARROW)

    assert (type(error), error.code, error.pointer) == (DocumentTooLarge, code, pointer)
    assert decode_json(body, quickly=reader)


JUST_RIGHT = {
    "arrays": b'{"data":{"a":[1],"b":[2]}}',
    "lists": x("[" + ",".join(["[1]"] * 7) + "]"),
    "values in lists": b'{"a":[1,2,3,4,5,6,7,8,9,10,11]}',
    "objects": b'{"a":[' + b",".join([b"{}"] * 11) + b"]}",
    "members": b'{"a":1,"b":2,"c":3,"d":4,"e":5}',
    "depth of objects": b'{"a":{"b":{"c":{}}}}',
    "depth of an array": x("[[1]]"),
}


@pytest.mark.parametrize("body", JUST_RIGHT.values(), ids=JUST_RIGHT.keys())
def test_what_is_at_a_limit_is_read(reader: Reader, body: bytes) -> None:
    """As much as a limit says is allowed, and by the quick readers too; lists that are no arrays are not sliced."""
    if reader is READERS["simdjson, in slices"] and b"data" not in body:
        assert decode_json(body, NARROW, quickly=reader)
    else:
        assert reader(body, NARROW, ARRAYS_UNDER)


@pytest.mark.sampled(0.3)
@pytest.mark.parametrize("quick", ["simdjson", "simdjson, in slices", "orjson"])
@pytest.mark.parametrize("body", [row[0] for row in [*SYNTAX.values(), *SAYINGS.values()]])
def test_a_quick_reader_vouches_for_nothing_that_is_refused(quick: str, body: bytes) -> None:
    """The quick readers say that they are unsure, with no error of another kind, and are as good as new afterwards."""
    with pytest.raises(plain.Unsure):
        READERS[quick](body, DEFAULT_LIMITS, ARRAYS_UNDER)

    assert READERS[quick](b'{"a":1}', DEFAULT_LIMITS, ARRAYS_UNDER) == {"a": 1}


MANY = b'{"data":{"x":[[1,2],[3]],"y":[0,true]},"parameters":{"W1":[[1,null]],"b1":[1,2]},"loss":{"scale":NaN}}'


def test_all_that_is_wrong_is_told_at_once(reader: Reader) -> None:
    """One fault of each array and each field, in the order of the document, and each with its own subject."""
    with pytest.raises(Several) as caught:
        decode_json(MANY, quickly=reader)

    assert [(error.pointer, error.message.partition(" ")[0]) for error in caught.value.errors] == [
        ("/data/x/1", "x[1]"),
        ("/data/y/1", "y[1]"),
        ("/parameters/W1/0/1", "parameters.W1[0][1]"),
        ("/loss/scale", "loss.scale"),
    ]


@pytest.mark.parametrize("number", [9, 10, 11, 5_000])
def test_ten_faults_are_told_and_no_more(reader: Reader, number: int) -> None:
    """However many there are, nobody reads on after ten."""
    rows = ",".join(f'"a{index}":[null]' for index in range(number // 2))
    entries = ",".join(f'{{"x":[1,"{index}"]}}' for index in range(number - number // 2))
    with pytest.raises(Several) as caught:
        decode_json(
            f'{{"batches":[{entries}],"parameters":{{{rows}}}}}'.encode(), DecodingLimits(members=5_000), quickly=reader
        )

    assert len(caught.value.errors) == min(number, 10)
    assert caught.value.errors[0].message.startswith("batches[0].x[1] is a string")


def test_a_long_place_is_told_by_its_end() -> None:
    """A subject is what is nearest, and short."""
    error = Invalid("not_a_number", "/" + "/".join(["key~1"] * 60) + "/3", "is null.")

    assert error.message == f"…{('.key/' * 60)[-96:]}[3] is null."


def test_an_error_is_short_whatever_was_sent(reader: Reader) -> None:
    """A key of a megabyte does not come back in the pointer, and nothing of the input does in the message."""
    error = refusal(reader, b'{"' + b"k" * 1_000_000 + b'":{"a":"' + b"secret" * 1_000 + b'","b":NaN}}')

    assert len(error.pointer) < 100
    assert "secret" not in f"{error.message}{error.hint}"
