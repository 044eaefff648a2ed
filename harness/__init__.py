"""The public API: the only names that a recommender or a user's script imports.

They are listed in `__init__.pyi`, and each is loaded when it is first used: so the command line starts at
once, and a recommender that needs no compiler does not wait for one.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
