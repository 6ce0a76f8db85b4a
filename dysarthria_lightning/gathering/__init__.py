"""From runs on disk to the content of a report, whoever planned or found them."""
