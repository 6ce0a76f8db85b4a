"""The page that scores recordings in a browser, without a server."""
