"""What a capable developer would write by hand for one tenant: no verification, limits, metrics or authentication."""
