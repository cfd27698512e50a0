"""Streams of agents: command lines, servers and front-end protocols that wrap a model's answers in a run.

One file per dialect, as in the package above. What they share is in ``run``: a
run is a row of messages, and each message becomes a step (R13).
"""
