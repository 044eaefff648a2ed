"""Errors that a user can fix; any other exception is a bug of the harness."""

import errno


class HarnessError(Exception):
    """Base of all errors for users: one line with what, where and the remedy."""


class DataError(HarnessError):
    """A source, a store, a split or a challenge file is missing, damaged or invalid."""


class RegistryError(HarnessError):
    """A plug-in is unknown or invalid, or two have the same name."""


class PluginError(HarnessError):
    """A plug-in raised an exception of its own."""


class ParameterError(HarnessError):
    """A parameter is unknown or has an invalid value."""


class ContractError(HarnessError):
    """The lists of a recommender break its contract."""


class SubmissionError(HarnessError):
    """A submission breaks a rule of the challenge."""


class MissingExtraError(HarnessError):
    """A command needs optional packages that are not installed."""


def is_of_system(error: Exception) -> bool:
    """Whether the system refused to read a file (memory, permission, open files), so that the file may be sound."""
    refused = isinstance(error, OSError) and error.errno not in {None, errno.ENOENT, errno.ENOTDIR}
    return refused or isinstance(error, MemoryError)
