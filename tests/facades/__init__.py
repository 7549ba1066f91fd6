"""The facades, asked as their vendors ask them."""
