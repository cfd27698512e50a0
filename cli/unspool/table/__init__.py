"""A table: one row for each response of many sources.

    listing ─▶ work.groups ─▶ run ─▶ work.do, or pieces for a large file ─▶ parts

    one source         rows (the pure function), row_sink (events to rows), schema, shapes, limit
    rows to bytes      writers, work.PartFiles
    many sources       listing, stores, ahead, work
    many processes     run (the seam is an executor), pieces, cluster
    the folder         parts (lock, manifest, resuming)

Only ``writers``, ``stores`` and ``cluster`` import packages that are extras, each one when it is needed.
"""
