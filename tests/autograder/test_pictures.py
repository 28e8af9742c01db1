"""Only PNGs as everybody knows them get through, rebuilt from their own chunks."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder.pictures import SIZE, known_chunks, safe_png
from tests.pngs import DATA, END, PLAIN, SIGNATURE, chunk, header


def test_a_plain_picture_stays_as_it_is():
    assert safe_png(PLAIN) == PLAIN


def test_a_picture_of_matplotlib_loses_only_its_remarks():
    from matplotlib.figure import Figure

    figure, content = Figure(figsize=(3, 2)), io.BytesIO()
    figure.subplots().plot([1, 3, 2])
    figure.savefig(content, format="png")
    safe = safe_png(content.getvalue())
    assert [kind for kind, _ in known_chunks(safe)][:2] == [b"IHDR", b"IDAT"]
    assert b"matplotlib" in content.getvalue() and b"matplotlib" not in safe
    assert len(safe) > len(content.getvalue()) - 200


@pytest.mark.parametrize(
    "stranger",
    [
        chunk(b"tEXt", b"Comment\0<script>"),
        chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0<svg/>"),
        chunk(b"eXIf", b"MM"),
        chunk(b"iCCP", b"x\0\0"),
        chunk(b"acTL", b"\0\0\0\2\0\0\0\0"),
        chunk(b"fdAT", b"\0\0\0\1abc"),
        chunk(b"IDAt", b"not the same letters"),
    ],
)
def test_what_is_not_needed_is_left_out(stranger):
    assert safe_png(SIGNATURE + header() + stranger + DATA + stranger + END + b"PK\3\4 a zip behind it") == PLAIN


def test_checksums_are_ours():
    wrong = PLAIN[:-4] + b"\0\0\0\0"
    assert safe_png(wrong) == PLAIN


def test_colours_from_a_palette():
    palette = chunk(b"PLTE", b"\0\0\0\xff\xff\xff") + chunk(b"tRNS", b"\0")
    content = SIGNATURE + header(colours=3) + palette + DATA + END
    assert safe_png(content) == content
    assert safe_png(SIGNATURE + header(colours=3) + DATA + END) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg onload=alert(1)>",
        b"GIF89a",
        SIGNATURE,
        SIGNATURE + END,
        SIGNATURE + header() + END,
        SIGNATURE + header() + DATA,
        SIGNATURE + DATA + header() + END,
        SIGNATURE + header() + header() + DATA + END,
        SIGNATURE + header() + DATA + header(9, 9) + END,
        SIGNATURE + header() + DATA + chunk(b"PLTE", b"abc") + END,
        SIGNATURE + header() + chunk(b"PLTE", b"a" * 769) + DATA + END,
        SIGNATURE + header() + chunk(b"tRNS", b"a" * 257) + DATA + END,
        SIGNATURE + header() + chunk(b"tRNS") + chunk(b"tRNS") + DATA + END,
        SIGNATURE + header() + DATA + chunk(b"IEND", b"more"),
        SIGNATURE + header(0, 2) + DATA + END,
        SIGNATURE + header(1201, 2) + DATA + END,
        SIGNATURE + header(2, 2**31) + DATA + END,
        SIGNATURE + header(depth=3) + DATA + END,
        SIGNATURE + header(colours=5) + DATA + END,
        SIGNATURE + header(depth=1, colours=2) + DATA + END,
        SIGNATURE + header(compression=1) + DATA + END,
        SIGNATURE + header(filtering=1) + DATA + END,
        SIGNATURE + header(interlace=2) + DATA + END,
        SIGNATURE + chunk(b"IHDR", b"short") + DATA + END,
        SIGNATURE + header() + b"\xff\xff\xff\xffIDAT" + b"x" * 50,
        SIGNATURE + header() + chunk(b"IDAT", b"x" * SIZE) + END,
    ],
    ids=lambda content: repr(content[8:40]),
)
def test_what_does_not_add_up_is_no_picture(content):
    assert safe_png(content) is None


def test_larger_limits_for_a_file_that_came_from_outside():
    wide = SIGNATURE + header(3000, 2) + DATA + END
    assert safe_png(wide, side=4096) == wide and safe_png(wide) is None


PARTS = st.sampled_from([SIGNATURE, header(), DATA, END, chunk(b"tEXt", b"x"), b"\0\0\0\5IDAT"]) | st.binary(max_size=8)


@given(st.lists(PARTS, max_size=6).map(b"".join))
def test_what_gets_through_is_known_and_stays(content):
    for candidate in (content, SIGNATURE + header() + content, PLAIN[:-12] + content):
        safe = safe_png(candidate)
        if safe is not None:
            kinds = [kind for kind, _ in known_chunks(safe)]
            assert kinds[0] == b"IHDR" and kinds[-1] == b"IEND" and b"IDAT" in kinds
            assert safe_png(safe) == safe and b"tEXt" not in safe
