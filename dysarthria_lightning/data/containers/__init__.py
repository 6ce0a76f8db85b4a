"""Audio files before they are decoded: what they are, and whether all of a recording is there.

libsndfile believes a header that counts too little, takes the start of a recording for all of it,
and guesses the length of an MP3 file. So the bytes are looked at first. No part of a recording is
used as if it were the whole, and none is refused that is whole and only counted wrongly.
"""

from dysarthria_lightning.data.containers.opening import Container, open_container, text_damage

__all__ = ["Container", "open_container", "text_damage"]
