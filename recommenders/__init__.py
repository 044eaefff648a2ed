"""Built-in recommenders, one module each; plug-ins like those of other packages."""
