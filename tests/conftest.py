"""What every test shares."""

import pytest
from hypothesis import settings

# Machines that build are noisy: an example that takes long is no failure.
settings.register_profile("noisy", deadline=None)
settings.load_profile("noisy")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
