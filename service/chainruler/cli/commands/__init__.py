"""The subcommands, one file each: `add_arguments(parser)` says what it takes, `run(options)` does it.

What a file says of itself after its first line is what `--help` says of the subcommand.
"""
