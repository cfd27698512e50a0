"""An HTTP server: a proxy that rewrites streams, and captures served back as an endpoint.

    Watch ─▶ Guard ─▶ RequestReader ─▶ Faults ─▶ StreamBodies ─▶ Interruptible ─▶ Replay ─▶ Recorder ─▶ Proxy

Each part is an ASGI application around the next one; ``app`` puts them together,
``service`` makes them from options, ``runner`` runs them on uvicorn.

    http       every request: as it is read, logged, guarded and answered
    faults     what goes wrong on the way to the client, and the report
    proxy      requests passed on or translated (forwarder, translation), bodies rewritten (middleware, rewriting)
    replay     captures served (captures, library, player), and made of what the proxy answers (recorder, sidecar)
    in tests   background, pytest_plugin
"""
