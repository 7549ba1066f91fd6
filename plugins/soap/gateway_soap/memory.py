"""Gives back to the system what reading a large WSDL took: the allocator would keep it for a next one that never comes."""

from __future__ import annotations

import gc

LARGE = 512 * 1024
"""Bytes of documents from which on it is worth the milliseconds."""


def give_back() -> None:
    """Does what the system's C library can; where it cannot, the memory is used again by this process."""
    import ctypes

    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return
    trim(0)
