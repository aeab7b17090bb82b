"""How often a process looks for circles of objects that nothing else holds."""

import gc

SELDOM = (50_000, 20, 20)


def collect_seldom(after: tuple[int, int, int] = SELDOM) -> None:
    """Look for circles seldom from now on, and never among what is there already.

    A batch, or an answer, is thousands of small objects that end with it, without a circle. Looking
    after every 700 of them took ingest a tenth of the time of judging them, and the linker a sixth
    of all. `after` is as `gc.set_threshold` takes it.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*after)
