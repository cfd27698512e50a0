"""Intake: one source of bytes becomes a sequence of sources that hold plain streams.

    opening.parts(source, asked, note) -> sources, each with a name and blocks of bytes

A capture can be compressed, in another encoding, inside HTTP messages, log
lines, JSON around each record, or in a container such as a HAR file. Each of
these is a layer (``layers``), which removes itself from the bytes; a container
starts a new part for each response. A plain capture is recognised here by its
first record and passes through without a copy; nothing else is imported for it.
"""
