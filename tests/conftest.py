"""How far the property tests search.

A plain run draws the same examples every time, so that a red run is red for everybody who repeats it.
`HYPOTHESIS_PROFILE=deep` draws new ones, and many more: run it after changing what a property test covers.
"""

import os

from hypothesis import settings

settings.register_profile("steady", max_examples=200, deadline=None, derandomize=True, database=None)
settings.register_profile("deep", max_examples=3_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
