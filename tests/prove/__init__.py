"""The long proofs, of which the test run does a fifth."""
