"""What holds for all tests."""

import signal

# Where a script runs the tests in its background, interrupts are ignored, and by every program that is started from
# here too: one that a test interrupts would go on for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
