"""An HTTP server: a proxy that rewrites streams, and captures served back as an endpoint.

    Watch ─▶ Guard ─▶ Faults ─▶ StreamBodies ─▶ Interruptible ─▶ Recorder ─▶ Proxy or Replay

Each part is an ASGI application around the next one; ``app`` puts them together,
``runner`` runs them on uvicorn.
"""
