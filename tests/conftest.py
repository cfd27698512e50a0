"""How properties are tried: quick by default, the same few examples each time in CI, whose faults were found when they
were drawn: new ones come from `make test` and, thousands of them, from `make fuzz`. Also the actions of signals.
"""

import gc
import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "default", max_examples=15, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("default"), max_examples=10, derandomize=True)
settings.register_profile("thorough", settings.get_profile("default"), max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "default"))

# A shell starts a job in the background with these ignored, and so would be the commands that tests start and signal.
for _number, _action in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGQUIT, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _action)


def pytest_collection_finish() -> None:
    """Take what was collected out of garbage collection, which would walk through it again and again."""
    gc.collect()
    gc.freeze()
