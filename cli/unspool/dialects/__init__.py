"""Other wire formats for the same content, translated into chunks: one file each.

``base`` is the contract of their readers. ``registry`` names and detects the dialects; ``translator`` selects the one
of a source. The module of a dialect is imported on first use.
"""
