"""What is said of files that were not read: exact remarks."""

from lading.inventory.unread import Remarks, left_out, unread
from lading.model.diagnostic import Diagnostic


def test_all_but_the_first_remarks_on_a_file_are_counted() -> None:
    remarks = Remarks("a")
    assert (bool(remarks), remarks.told()) == (False, ())
    for number in range(1500):
        remarks.left_out(f"fault {number}")
        remarks.unread("apk", f"fault {number}")
    whole = Diagnostic("warning", "other", "of the file", "a")
    remarks.add(whole)
    *first, last, more = remarks.told()
    assert bool(remarks)
    assert first == [
        one
        for number in range(500)
        for one in (left_out("a", f"fault {number}"), unread("a", "apk", f"fault {number}"))
    ]
    assert (last, more) == (whole, Diagnostic("incomplete", "more-unread", "2,000 more remarks of this kind", "a"))
