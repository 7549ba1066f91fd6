"""Customer identification gateway: one API in front of every place where a company keeps its customers."""

__version__ = "0.1.0"
