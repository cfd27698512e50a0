"""An HTTP server: a proxy that rewrites streams, and captures served back as an endpoint.

    Watch ─▶ Guard ─▶ RequestReader ─▶ Faults ─▶ StreamBodies ─▶ Interruptible ─▶ Replay ─▶ Recorder ─▶ Proxy

Each part is an ASGI application around the next one; ``app`` puts them together,
``service`` makes them from options, ``runner`` runs them on uvicorn.

    every request      watch, request_log, guard, request_reader, model_request, asgi, wire, interruptible
    the proxy          proxy, translation, recorder, sidecar
    bodies             middleware, rewriting, event_splitter, completion
    the replay         captures, library, replay, order
    faults             fault_spec, faults, provoked_quirks, report
    in tests           background, pytest_plugin
"""
