"""Errors that a user can fix; any other exception is a bug of the harness."""


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
