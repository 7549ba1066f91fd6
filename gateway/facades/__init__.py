"""Other vendors' wire formats, answered by the same use cases."""
