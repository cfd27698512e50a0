"""The members of a chunk in every shape that providers and relays send them, read from plain JSON values.

The contract of Chat Completions has one place and one type for each member.
What departs from it in shape alone is read here, so that the core has one
reading of each: a text, an error, a finish reason. The functions take decoded
JSON, raise nothing and keep no state; each names the quirk that it is for.
"""
