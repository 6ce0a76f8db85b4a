"""What loggers are made of; these modules import Lightning."""
