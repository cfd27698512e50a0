"""Turns LLM streams that speak through tool calls into text, live."""

__version__ = "0.1.0"
