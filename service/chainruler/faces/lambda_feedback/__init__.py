"""Lambda Feedback's older interface: a command in the header `command`."""
