"""The JSON API, asked as a helpdesk asks it."""
