"""Long lists of paths."""

from random import Random

from lading.safeio.listing import Listing, ListingWriter, top
from lading.safeio.zstd import compress

PATHS = [f"usr/share/doc/package-{number}/copyright" for number in range(5000)] + [
    "a",
    "a/b",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE}/x",
]


def write(paths: list[str], every: int) -> ListingWriter:
    writer = ListingWriter(with_tops=True)
    for number, path in enumerate(paths):
        writer.append(path)
        if number % every == 0:
            writer.flush(1)
    return writer


def test_what_is_written_is_listed() -> None:
    for every in (1, 100, 10_000):
        writer = write(PATHS, every)
        listing = Listing(writer.finish())
        assert set(listing) == set(PATHS)
        assert all(listing.holds(path) for path in PATHS[::500])
        assert not listing.holds("usr") and not listing.holds("") and not listing.holds("opyright")
        assert list(listing.iter_below("a/")) == ["a/b"]
        assert list(listing.iter_below("usr/share/doc/package-77/")) == ["usr/share/doc/package-77/copyright"]
        assert len(list(listing.iter_below("usr/"))) == 5000
        assert list(listing.iter_below("")) == PATHS
        assert writer.tops == {"usr/share", "", "a", "caf\N{LATIN SMALL LETTER E WITH ACUTE}"}


def test_nothing_is_listed_as_nothing() -> None:
    assert ListingWriter().finish() == b""
    assert list(Listing(b"")) == []
    assert list(Listing(b"").iter_below("")) == []
    assert not Listing(b"").holds("a")


def test_same_paths_give_the_same_bytes() -> None:
    assert write(PATHS, 100).finish() == write(PATHS, 100).finish()


def test_several_frames_are_one_listing() -> None:
    frames = compress(b"a\0b\0") + compress(b"c\0")
    assert set(Listing(frames)) == {"a", "b", "c"}


def test_long_listings_are_whole() -> None:
    paths = sorted({Random(number).randbytes(300).hex() for number in range(5000)})
    assert set(Listing(write(paths, 1000).finish())) == set(paths)


def test_top() -> None:
    assert [top(path) for path in ("a", "a/b", "a/b/c", "a/b/c/d")] == ["", "a", "a/b", "a/b"]
