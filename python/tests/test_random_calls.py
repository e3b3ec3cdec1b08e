"""Promise: random calls end in torch's result or in one exception, from one thread and from several."""

import random_calls


def test_from_one_thread():
    ends = random_calls.run(1_500, 1, "test")
    assert sum(ends.values()) == 1_500
    assert min(ends["equal"], ends["both refuse"], ends["storage too small: refused"]) > 10, ends


def test_from_eight_threads():
    assert sum(random_calls.run(1_600, 8, "test").values()) == 1_600
