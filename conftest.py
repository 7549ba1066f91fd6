"""What every test shares, the plugins' included."""

import os

import pytest
from hypothesis import settings

# Machines that build are noisy: an example that takes long is no failure. A proof does five times the examples.
settings.register_profile("test", deadline=None, max_examples=100)
settings.register_profile("proof", deadline=None, max_examples=500)
settings.load_profile("proof" if os.environ.get("GATEWAY_PROOF") else "test")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
