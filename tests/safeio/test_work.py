"""What reading an image may cost."""

import pytest

from lading.model.errors import LimitError
from lading.safeio.limits import FREE_BYTES, WORK_FLOOR, Limits, Work, WorkPool


def test_an_image_of_any_size_may_cost_something() -> None:
    work = WorkPool(Limits().work, 1).for_layer()
    work.spend(WORK_FLOOR)
    with pytest.raises(LimitError, match="more work than an image of its size may") as caught:
        work.spend(1)
    assert caught.value.limit == "work"


def test_more_bytes_allow_for_more() -> None:
    work = WorkPool(400, 1).for_layer()
    work.grant(FREE_BYTES)
    work.grant(1_000_000)
    work.spend(WORK_FLOOR + 400_000)
    with pytest.raises(LimitError):
        work.spend(1)


def test_without_a_rate_nothing_is_bounded() -> None:
    Work().spend(1 << 60)


def test_a_layer_that_takes_too_much_leaves_the_others_their_share() -> None:
    pool = WorkPool(Limits().work, 10)
    greedy, modest = pool.for_layer(), pool.for_layer()
    with pytest.raises(LimitError):
        greedy.spend(WORK_FLOOR)
    modest.spend(WORK_FLOOR // 20)
    with pytest.raises(LimitError):
        modest.spend(1)
