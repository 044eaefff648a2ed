"""The built-in recommenders: plug-ins like anyone else's, one module each."""
