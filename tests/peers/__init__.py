"""Servers of other people's making, which the adapters are tested against: the packages of package.json, from their lock.

A package is added with its exact version to package.json; `npm install --package-lock-only` writes the lock anew, from which
the members `resolved` and `funding` are taken out, since they hold addresses.
"""
