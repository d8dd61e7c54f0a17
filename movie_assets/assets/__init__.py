"""One module per asset or pair of assets: what comes in, one call, what goes out. Loops belong to domain packages."""
