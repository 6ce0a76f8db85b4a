def check_forms(words, config_name): pass
