"""The demo's example source systems, and the invented people they know."""
