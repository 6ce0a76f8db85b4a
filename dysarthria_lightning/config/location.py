"""Where ``conf/`` lies."""

from dysarthria_lightning.schema.location import CONF_DIR as CONF_DIR
