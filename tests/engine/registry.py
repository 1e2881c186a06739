"""All cases: at least one for every primitive, over the shapes that make a difference."""

from tests.engine.samples.arrays import JOINING, PRODUCTS, SHAPING
from tests.engine.samples.elementwise import ELEMENTWISE
from tests.engine.samples.indexing import INDEXING
from tests.engine.samples.reductions import REDUCTIONS
from tests.engine.samples.windows import WINDOWS

CASES = [*ELEMENTWISE, *PRODUCTS, *SHAPING, *INDEXING, *JOINING, *REDUCTIONS, *WINDOWS]
