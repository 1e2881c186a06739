"""What goes wrong with one answer is the trouble of that answer: the others are graded as if it were not there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from chainruler.grading.errors import NotGradable

logger = logging.getLogger("chainruler")

NOT_GRADED = "This answer could not be graded. The service has logged why; the other answers are graded."


@contextmanager
def isolated(refuse: Callable[[NotGradable], None]) -> Iterator[None]:
    """Give whatever is raised inside to `refuse`, as what cannot be graded; errors nobody foresaw are logged.

    The log has the place in the program, and the answer learns no name of its inside.
    """
    try:
        yield
    except NotGradable as trouble:
        refuse(trouble)
    except MemoryError:  # nothing is wrong with the answer, and the request may be repeated
        raise
    except Exception as error:
        logger.exception("An answer could not be graded: %s", type(error).__name__)
        refuse(NotGradable(NOT_GRADED))
