"""The command line `menjian`: one file per group of commands, registered in `api.cli.app`."""
