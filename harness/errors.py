"""The errors a user can fix; every other exception is a bug of the harness."""


class HarnessError(Exception):
    """Base of all errors for users: one line that says what, where and the remedy."""


class DataError(HarnessError):
    """A source, a store, a split or a challenge file is not what it must be."""


class RegistryError(HarnessError):
    """A recommender cannot be found or imported, or two claim one name."""


class PluginError(HarnessError):
    """A plug-in raised an exception of its own."""


class ParameterError(HarnessError):
    """A hyper-parameter does not exist or has a value it cannot take."""


class ContractError(HarnessError):
    """A recommender answered something that its contract forbids."""


class SubmissionError(HarnessError):
    """A submission breaks a rule of the challenge."""


class MissingExtraError(HarnessError):
    """A command needs optional packages that are not installed."""
