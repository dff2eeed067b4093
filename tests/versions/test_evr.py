"""Versions of rpm packages."""

from lading.versions.evr import join_evr, plain_evr


def test_an_epoch_of_0_is_left_out() -> None:
    assert join_evr("0", "1.1", "3.el9") == join_evr("", "1.1", "3.el9") == "1.1-3.el9"
    assert join_evr("2", "1.1", "3.el9") == "2:1.1-3.el9"
    assert join_evr("0", "1.1", "") == "1.1"
    assert plain_evr(" 0:1.1-3.el9\n") == plain_evr("1.1-3.el9") == "1.1-3.el9"
    assert plain_evr("10:1.1-3.el9") == "10:1.1-3.el9"
    assert plain_evr("") == ""
