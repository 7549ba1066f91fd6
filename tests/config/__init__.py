"""Configuration files, read as an integrator writes them."""
