"""The use cases: identify, contacts, interactions, prospects, summaries, the audit."""
