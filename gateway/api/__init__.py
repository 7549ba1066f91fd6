"""The JSON API: operations, their bodies, and the document that describes them."""
